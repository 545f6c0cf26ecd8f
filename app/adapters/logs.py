"""What the server writes to its terminal: a line a request, and what went wrong. Never a secret, never a query."""

import asyncio
import json
import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from select import PIPE_BUF
from typing import Literal, TypeAlias

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

trace_id: ContextVar[str] = ContextVar("trace_id", default="")
"""The request that is being answered; in each line that it causes, and in its answer's `X-Trace-Id`."""

LogFormat: TypeAlias = Literal["text", "json"]
Tell: TypeAlias = Callable[[Mapping[str, object]], None]
"""Writes the line of a request, given its fields; one that is None is not known."""

_TEXT = "%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s"
_MOMENT = "%Y-%m-%dT%H:%M:%S"


class _TextFormatter(logging.Formatter):
    """One readable line: the message, then the request that caused it, if one did."""

    converter = staticmethod(time.gmtime)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is logging's
        return super().formatMessage(record) + _known({"trace_id": getattr(record, "trace_id", None) or None})


def request_log(log_format: LogFormat) -> Tell:
    """Return what writes the lines of requests.

    Not by way of `logging`, whose record of a line costs as much as a query. What is told in one turn of the loop is
    written at once (docs/performance.md).
    """
    spelled = {"text": _text_of_request, "json": _json_of_request}[log_format]
    lines: list[str] = []

    def tell(fields: Mapping[str, object]) -> None:
        if not lines:
            asyncio.get_running_loop().call_soon(write)
        lines.append(spelled(fields))

    def write() -> None:
        told = lines.copy()
        lines.clear()
        # A full disk, no reader, no stderr: all is answered already.
        with suppress(OSError, ValueError, AttributeError):
            for part in _parts(told):
                sys.stderr.write(part)

    return tell


def _parts(lines: Sequence[str]) -> Iterator[str]:
    """Join lines as far as a pipe takes them in one piece: several workers write to the same."""
    part = ""
    for line in lines:
        if len(part) + len(line) >= PIPE_BUF:
            yield part
            part = ""
        part += line + "\n"
    yield part


def _text_of_request(fields: Mapping[str, object]) -> str:
    moment = datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
    return f"{moment}Z INFO request{_known(fields)}"


def _json_of_request(fields: Mapping[str, object]) -> str:
    moment = datetime.now(UTC).isoformat(timespec="microseconds")
    return json.dumps({"level": "INFO", "message": "request", **fields, "timestamp": moment})


def _known(fields: Mapping[str, object]) -> str:
    return "".join([f" {name}={value}" for name, value in fields.items() if value is not None])


def configure(log_format: LogFormat) -> None:
    """Send every logger's lines of level INFO and above to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_add_trace_id)
    handler.setFormatter(_formatter(log_format))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of its plugins, line by line
    logging.getLogger("opentelemetry").setLevel(logging.ERROR)  # it warns of each attempt to reach a collector
    logging.getLogger("python_multipart").setLevel(logging.ERROR)  # it warns of every form that a client spoils


def _formatter(log_format: LogFormat) -> logging.Formatter:
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
