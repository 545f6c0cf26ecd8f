"""Traces, for whoever has installed the extra `telemetry` and says by OpenTelemetry's own variables where they go."""

import asyncio
import logging
import os
import threading
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import trace
from opentelemetry.propagate import extract
from opentelemetry.trace import SpanKind, StatusCode
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_log = logging.getLogger("enfilade")
_FLUSH_SECONDS: Final = 3
_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def is_wanted() -> bool:
    """Whether traces can be sent, and somebody said where to; what is missing for it is told to the operator."""
    named = [name for name in _ENDPOINTS if os.environ.get(name)]
    if not named or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    if find_spec("opentelemetry.sdk") is None:
        _log.warning("%s is set, but nothing is traced: install enfilade[telemetry]", named[0])
        return False
    return True


class Traced:
    """Has a span for each request of an application: a part of its client's trace, if that says so (W3C)."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application
        self._provider = _provider()
        self._tracer = self._provider.get_tracer("enfilade")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            came_with = extract(Headers(scope=scope))
            with self._tracer.start_as_current_span(scope["method"], came_with, SpanKind.SERVER):
                await self._application(scope, receive, send)
        else:
            await self._application(scope, receive, self._flushed(send))

    def _flushed(self, send: Send) -> Send:
        """Send what is not sent yet before the server calls itself ended: a worker lives no longer."""

        async def sent(message: Message) -> None:
            if message["type"] == "lifespan.shutdown.complete":
                await asyncio.to_thread(self._flush)
            await send(message)

        return sent

    def _flush(self) -> None:
        """Wait a moment, but for no collector that is away: the SDK would for half a minute."""
        flushing = threading.Thread(target=self._provider.shutdown, daemon=True)
        flushing.start()
        flushing.join(_FLUSH_SECONDS)


def tell(told: Mapping[str, Any]) -> None:
    """Say of the present request's span what its log line says."""
    span, status = trace.get_current_span(), told["status"]
    span.update_name(told["operation"])
    method, _, route = told["operation"].partition(" ")
    span.set_attributes(
        {
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": status,
            "enfilade.api": told["api"],
            "enfilade.trace_id": told["trace_id"],
        }
    )
    if told["caller"]:
        span.set_attribute("enduser.id", told["caller"])
    if status >= 500:
        span.set_status(StatusCode.ERROR)


def _provider() -> "TracerProvider":
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - an extra
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    name = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": "enfilade"}
    resource = Resource.create({"service.version": version("enfilade"), **name})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider
