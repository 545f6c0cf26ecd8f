"""What a collector of OpenTelemetry is sent."""

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from processes import PATIENCE, Begin, RunServer, Server, eventually
from sharing import Sharer

ROOM = "/api/realtime/room"
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SECRET = "f00dfeed" * 8
HIDING = """
import sys
from importlib.machinery import PathFinder


class WithoutTheExtra(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        hidden = name.startswith(("opentelemetry.sdk", "opentelemetry.exporter"))
        return None if hidden else super().find_spec(name, path, target)


sys.meta_path[sys.meta_path.index(PathFinder)] = WithoutTheExtra
"""


class Collector:
    """A local one, which keeps what it is sent."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        received = self.received

        class Receiver(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == "/v1/traces"
                received.append(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        self.settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{self._server.server_port}"}

    @contextlib.contextmanager
    def running(self) -> Iterator["Collector"]:
        thread = threading.Thread(target=self._server.serve_forever)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def parts(self) -> list[tuple[dict[str, Any], Any]]:
        """Return each span with what is said of the server that sent it."""
        batches = [
            batch for said in self.received for batch in ExportTraceServiceRequest.FromString(said).resource_spans
        ]
        return [
            (values(batch.resource), span) for batch in batches for scope in batch.scope_spans for span in scope.spans
        ]

    def of(self, trace_id: str) -> Any:
        """Return the span of the request that was answered with this trace id."""

        def found() -> list[Any]:
            return [span for _, span in self.parts() if values(span).get("enfilade.trace_id") == trace_id]

        assert eventually(found)
        [span] = found()
        return span


def values(part: Any) -> dict[str, Any]:
    """Return the attributes of a span, or of a server."""
    each = {pair.key: pair.value for pair in part.attributes}
    return {name: getattr(value, value.WhichOneof("value")) for name, value in each.items()}


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with Collector().running() as collector:
        yield collector


@pytest.fixture(scope="module")
def traced(run_server: RunServer, sharer: Sharer, collector: Collector) -> Iterator[Server]:
    with run_server(**sharer.settings, **collector.settings, OTEL_BSP_SCHEDULE_DELAY="100") as server:
        yield server


class TestASpan:
    def test_says_what_the_requests_log_line_says(self, traced: Server, collector: Collector) -> None:
        key = traced.create_key()
        answer = traced.get(ROOM, **{"x-vcs-token": key})
        span = collector.of(answer.headers["x-trace-id"])
        said = values(span)
        line = traced.logged(answer.headers["x-trace-id"])
        assert f" caller={said.pop('enduser.id')} " in line
        assert said == {
            "http.request.method": "GET",
            "http.route": "/room",
            "http.response.status_code": 200,
            "enfilade.api": "vcs",
            "enfilade.trace_id": answer.headers["x-trace-id"],
        }
        assert (span.name, span.kind, span.parent_span_id) == ("GET /room", span.SPAN_KIND_SERVER, b"")
        assert 0 < span.end_time_unix_nano - span.start_time_unix_nano < 60e9
        assert span.status.code == 0

    def test_is_a_part_of_its_clients_trace(self, traced: Server, collector: Collector) -> None:
        answer = traced.get("/health/live", traceparent=f"00-{TRACE}-{PARENT}-01")
        span = collector.of(answer.headers["x-trace-id"])
        assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, PARENT)

    @pytest.mark.parametrize("wrong", ["", "00-0-0-01", f"00-{'0' * 32}-{PARENT}-01", "x" * 1000])
    def test_has_a_trace_of_its_own_where_that_is_none(self, traced: Server, collector: Collector, wrong: str) -> None:
        answer = traced.get("/health/live", traceparent=wrong)
        span = collector.of(answer.headers["x-trace-id"])
        assert span.parent_span_id == b""

    def test_of_no_operation_has_no_path(self, traced: Server, collector: Collector) -> None:
        answer = traced.get("/nonsense/of/mine")
        span = collector.of(answer.headers["x-trace-id"])
        assert (span.name, values(span)["http.response.status_code"]) == ("GET -", 404)

    def test_is_told_who_sent_it(self, traced: Server, collector: Collector) -> None:
        collector.of(traced.get("/health/live").headers["x-trace-id"])
        servers = [server for server, _ in collector.parts()]
        assert {server["service.name"] for server in servers} == {"enfilade"}
        assert all(server["service.version"] for server in servers)

    def test_shows_no_query_and_no_credential(self, traced: Server, collector: Collector, sharer: Sharer) -> None:
        room = sharer.room(traced)
        room.client.get(f"/rooms/{room.id}", params={"secret": "of-the-query"})
        fields = {"x-vcs-token": SECRET, "baggage": "secret=of-the-baggage"}
        collector.of(traced.get(ROOM, **fields).headers["x-trace-id"])
        sent = b"".join(collector.received)
        shown = [SECRET, sharer.token, room.id, "of-the-query", "of-the-baggage"]
        assert [word for word in shown if word.encode() in sent] == []


class TestTheEnd:
    @pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.long)])
    def test_sends_what_was_not_sent_yet(
        self, begin: Begin, foreign: dict[str, str], collector: Collector, workers: str
    ) -> None:
        server = begin(**foreign, **collector.settings, ENFILADE_WORKERS=workers, OTEL_BSP_SCHEDULE_DELAY="600000")
        asked = {server.get("/health/live").headers["x-trace-id"] for _ in range(10)}
        assert server.end() == 0
        assert asked <= {values(span)["enfilade.trace_id"] for _, span in collector.parts()}
        assert "Traceback" not in server.log

    @pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.long)])
    @pytest.mark.long
    def test_does_not_wait_for_a_collector_that_hangs(
        self, begin: Begin, foreign: dict[str, str], workers: str
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            server = begin(**foreign, ENFILADE_WORKERS=workers, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{port}")
            assert server.get("/health/live").status_code == 204
            server.process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            assert server.process.wait(PATIENCE) == 0
            assert time.monotonic() - began < 6
            assert "Traceback" not in server.log

    @pytest.mark.long
    def test_does_not_wait_for_a_collector_that_is_away(self, begin: Begin, foreign: dict[str, str]) -> None:
        server = begin(**foreign, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9", OTEL_BSP_SCHEDULE_DELAY="100")
        for _ in range(5):
            assert server.get("/health/live").status_code == 204
            time.sleep(0.1)
        server.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert server.process.wait(PATIENCE) == 0
        assert time.monotonic() - began < 8
        assert "Traceback" not in server.log


class TestWithoutTheExtra:
    @pytest.mark.long
    @pytest.mark.usefixtures("anew")
    def test_the_operator_is_warned_once_and_all_goes_on(
        self, begin: Begin, foreign: dict[str, str], collector: Collector, tmp_path: Path
    ) -> None:
        (tmp_path / "sitecustomize.py").write_text(HIDING)
        path = f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}"
        server = begin(**foreign, **collector.settings, PYTHONPATH=path)
        assert server.get("/health/live").status_code == 204
        [told] = [line for line in server.log.splitlines() if "OTEL_" in line]
        assert told.endswith("OTEL_EXPORTER_OTLP_ENDPOINT is set, but nothing is traced: install enfilade[telemetry]")

    def test_nobody_is_warned_who_wants_no_traces(self, server: Server) -> None:
        assert "OTEL_" not in server.log
