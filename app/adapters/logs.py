"""What the server writes to its terminal: a line a request, and what went wrong. Never a secret, never a query."""

import logging
import sys
import time
from contextvars import ContextVar
from typing import Literal

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

trace_id: ContextVar[str] = ContextVar("trace_id", default="")
"""The request that is being answered; in each line that it causes, and in its answer's `X-Trace-Id`."""

_FIELDS = ("api", "operation", "status", "milliseconds", "caller", "trace_id")
_TEXT = "%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s"
_MOMENT = "%Y-%m-%dT%H:%M:%S"


class _TextFormatter(logging.Formatter):
    """One readable line: the message, then the fields that are known as `name=value`."""

    converter = staticmethod(time.gmtime)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is logging's
        fields = ((name, getattr(record, name, "")) for name in _FIELDS)
        known = "".join(f" {name}={value}" for name, value in fields if value not in {"", None})
        return super().formatMessage(record) + known


def configure(log_format: Literal["text", "json"]) -> None:
    """Send every logger's lines of level INFO and above to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_add_trace_id)
    handler.setFormatter(_formatter(log_format))
    # What no format shows need not be found out for each line (as logging's documentation has it).
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of its plugins, line by line


def _formatter(log_format: Literal["text", "json"]) -> logging.Formatter:
    if log_format == "text":
        return _TextFormatter(_TEXT, _MOMENT)
    return JsonFormatter(
        "{levelname}{message}",
        style="{",
        timestamp=True,
        rename_fields={"levelname": "level"},
        reserved_attrs=[*RESERVED_ATTRS, "color_message"],  # uvicorn's message again, for terminals
    )


def _add_trace_id(record: logging.LogRecord) -> bool:
    record.trace_id = trace_id.get()
    return True
