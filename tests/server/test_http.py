"""The server as a socket sees it: RFC 9110 and 9112, and the limits of the contract's "For every surface"."""

import json
import re
import socket
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOM = "/api/realtime/room"
TOO_LARGE = {"httpCode": 413, "code": "BASE-00413", "id": None}
MEBIBYTE = 1024 * 1024
MEMORY_GROWTH = 40 * MEBIBYTE
JSON = "Content-Type: application/json"


def parsed(heard: Any) -> dict[str, Any]:
    assert heard["content-type"] == "application/json"
    return dict(json.loads(heard.body))


def refusal(heard: Any) -> dict[str, Any]:
    """Return the error without its sentence, which is short."""
    body = parsed(heard)
    assert list(body) == ["httpCode", "code", "id", "description"]
    [sentence] = body.pop("description")
    assert len(sentence) < 100
    assert body["httpCode"] == heard.status
    return body


def memory(process: int) -> int:
    """Return the bytes that the process has in memory."""
    pages = Path(f"/proc/{process}/statm").read_text().split()[1]
    return int(pages) * 4096


def said_until_hung_up(wire: Any, chunk: bytes, most: int) -> int:
    """Say the same again and again until nobody listens, and return how much it was."""
    said = 0
    try:
        while said < most:
            wire.say(chunk)
            said += len(chunk)
    except (ConnectionResetError, BrokenPipeError):
        return said
    return said


class TestHeaderFields:
    """Over 32 KiB in all: 431 in the API's grammar."""

    def _fields(self, size: int) -> list[str]:
        return [f"X-{number:04}: {'x' * 1000}" for number in range(size // 1006)]

    def test_over_32_kib_are_refused_in_the_grammar_of_vcs(self, wire: Any, key: str) -> None:
        heard = wire.ask(f"GET {ROOM}", f"x-vcs-token: {key}", *self._fields(40 * 1024))
        assert refusal(heard) == {"httpCode": 431, "code": "BASE-00431", "id": None}

    @pytest.mark.parametrize("path", ["/", "/health", "/nonsense"])
    def test_over_32_kib_are_refused_elsewhere_without_a_body(self, wire: Any, path: str) -> None:
        heard = wire.ask(f"GET {path}", *self._fields(40 * 1024))
        assert (heard.status, heard.body, heard["content-type"]) == (431, b"", None)

    def test_one_of_40_kib_is_refused_likewise(self, wire: Any) -> None:
        assert wire.ask(f"GET {ROOM}", "X: " + "x" * 40 * 1024).status == 431

    def test_just_below_are_accepted(self, wire: Any, key: str) -> None:
        heard = wire.ask(f"GET {ROOM}", f"x-vcs-token: {key}", *self._fields(31 * 1024))
        assert heard.status == 200

    def test_a_query_is_no_header_field(self, wire: Any, key: str) -> None:
        heard = wire.ask(f"GET {ROOM}?x={'x' * 40 * 1024}", f"x-vcs-token: {key}")
        assert heard.status == 200

    @pytest.mark.parametrize("chunk", [b"X-Many: x\r\n" * 1000, b"x" * 10_000], ids=["many", "one"])
    def test_without_end_are_hung_up_on(self, wire: Any, server: Any, chunk: bytes) -> None:
        before = memory(server.process.pid)
        wire.say("GET /health HTTP/1.1\r\nHost: x\r\nX: x")
        assert said_until_hung_up(wire, chunk, 50 * MEBIBYTE) < 20 * MEBIBYTE
        assert memory(server.process.pid) - before < MEMORY_GROWTH

    def test_without_end_behind_a_chunked_body_keep_memory_bounded(self, wire: Any, server: Any, key: str) -> None:
        before = memory(server.process.pid)
        wire.say(f"POST {ROOM} HTTP/1.1\r\nHost: x\r\nx-vcs-token: {key}\r\nTransfer-Encoding: chunked\r\n")
        wire.say(f"{JSON}\r\n\r\n2\r\n{{}}\r\n0\r\n")
        said_until_hung_up(wire, b"X-Many: x\r\n" * 1000, 20 * MEBIBYTE)
        assert memory(server.process.pid) - before < MEMORY_GROWTH

    def test_a_path_without_end_is_hung_up_on(self, wire: Any, server: Any) -> None:
        before = memory(server.process.pid)
        wire.say("GET /")
        assert said_until_hung_up(wire, b"x" * 10_000, 50 * MEBIBYTE) < 20 * MEBIBYTE
        assert memory(server.process.pid) - before < MEMORY_GROWTH


class TestBodies:
    """A JSON body over 1 MiB is 413."""

    def test_of_10_mb_is_refused(self, wire: Any, key: str) -> None:
        body = b'{"name":"' + b"x" * 10 * MEBIBYTE + b'"}'
        heard = wire.ask(f"POST {ROOM}", f"x-vcs-token: {key}", JSON, f"Content-Length: {len(body)}", body=body)
        assert refusal(heard) == TOO_LARGE

    def test_declared_too_large_is_refused_before_it_comes(self, wire: Any, key: str) -> None:
        heard = wire.ask(f"POST {ROOM}", f"x-vcs-token: {key}", JSON, f"Content-Length: {10 * MEBIBYTE}")
        assert refusal(heard) == TOO_LARGE

    def test_chunked_over_1_mib_is_refused(self, wire: Any, key: str) -> None:
        chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        fields = (f"x-vcs-token: {key}", JSON, "Transfer-Encoding: chunked")
        assert refusal(wire.ask(f"POST {ROOM}", *fields, body=chunk * 17 + b"0\r\n\r\n")) == TOO_LARGE

    def test_chunked_below_1_mib_is_read(self, wire: Any, key: str) -> None:
        fields = (f"x-vcs-token: {key}", JSON, "Transfer-Encoding: chunked")
        heard = wire.ask(f"POST {ROOM}", *fields, body=b'9;ext=1\r\n{"name":"\r\n3\r\nA"}\r\n0\r\nX: x\r\n\r\n')
        assert (heard.status, parsed(heard)["room"]["name"]) == (200, "A")

    def test_of_1_mib_exactly_is_read(self, wire: Any, key: str) -> None:
        body = b'{"name":"A"' + b" " * (MEBIBYTE - 12) + b"}"
        heard = wire.ask(f"POST {ROOM}", f"x-vcs-token: {key}", JSON, f"Content-Length: {len(body)}", body=body)
        assert (heard.status, parsed(heard)["room"]["name"]) == (200, "A")

    def test_are_not_awaited_from_a_stranger(self, wire: Any) -> None:
        heard = wire.ask(f"POST {ROOM}", JSON, "Content-Length: 1000")
        assert refusal(heard)["code"] == "BASE-00001"

    def test_that_come_slowly_occupy_no_database_connection(self, begin: Any, foreign: Any, connect: Any) -> None:
        running = begin(**foreign, ENFILADE_POOL_SIZE="1")
        key = running.enfilade("keys", "create", "vcs")["api_key"]
        slow = [connect(running.url) for _ in range(5)]
        for wire in slow:
            wire.say(f"POST {ROOM} HTTP/1.1\r\nHost: x\r\nx-vcs-token: {key}\r\n{JSON}\r\nContent-Length: 2\r\n\r\n{{")
        time.sleep(0.2)
        with running.client(**{"x-vcs-token": key}) as others:
            assert [others.get(ROOM, timeout=3).status_code for _ in range(5)] == [200] * 5
        for wire in slow:
            wire.say("}")
            assert wire.hear().status == 200

    def test_that_break_off_make_no_room_and_no_crash(self, server: Any, connect: Any, key: str) -> None:
        wire = connect(server.url)
        wire.say(f"POST {ROOM} HTTP/1.1\r\nHost: x\r\nx-vcs-token: {key}\r\n{JSON}\r\nContent-Length: 99\r\n\r\n{{")
        before, begun = rooms(server, key), server.log.read_text().count("Traceback")
        wire.close()
        time.sleep(0.2)
        assert rooms(server, key) == before
        assert server.log.read_text().count("Traceback") == begun


def rooms(server: Any, key: str) -> Any:
    answer = httpx.get(f"{server.url}{ROOM}?numberOfRecords=100", headers={"x-vcs-token": key}).json()
    return [room["id"] for room in answer["data"]]


class TestConnections:
    def test_half_a_request_line_keeps_nobody_else_waiting(self, wire: Any, connect: Any, server: Any) -> None:
        wire.say("GET /hea")
        assert connect(server.url).ask("GET /health/live").status == 204
        wire.say("lth/live HTTP/1.1\r\nHost: x\r\n\r\n")
        assert wire.hear().status == 204

    def test_half_a_request_line_and_an_end_is_hung_up_on(self, wire: Any) -> None:
        wire.say("GET /hea")
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.ended

    def test_pipelined_requests_are_answered_in_their_order(self, wire: Any, key: str) -> None:
        body = b'{"name":"piped"}'
        head = f"POST {ROOM} HTTP/1.1\r\nHost: x\r\nx-vcs-token: {key}\r\n{JSON}\r\nContent-Length: {len(body)}\r\n\r\n"
        get = "GET {} HTTP/1.1\r\nHost: x\r\n\r\n"
        wire.say(head, body, get.format("/health"), get.format("/nonsense"), get.format(ROOM))
        heard = [wire.hear() for _ in range(4)]
        assert [answer.status for answer in heard] == [200, 200, 404, 401]
        assert parsed(heard[0])["room"]["name"] == "piped"
        assert parsed(heard[1])["isLive"] is True

    def test_stay_open_after_errors(self, wire: Any, key: str) -> None:
        token = f"x-vcs-token: {key}"
        large = b" " * (2 * MEBIBYTE)
        assert wire.ask("GET /nonsense").status == 404
        assert wire.ask(f"PUT {ROOM}").status == 405
        assert wire.ask(f"POST {ROOM}", JSON, "Content-Length: 2", body=b"{}").status == 401
        assert wire.ask(f"POST {ROOM}", token, JSON, "Content-Length: 1", body=b"{").status == 400
        assert wire.ask(f"POST {ROOM}", token, "Content-Length: 2", body=b"{}").status == 415
        assert wire.ask(f"POST {ROOM}", token, JSON, f"Content-Length: {len(large)}", body=large).status == 413
        assert wire.ask(f"GET {ROOM}", token).status == 200

    def test_of_http_1_0_are_answered_and_closed(self, wire: Any) -> None:
        wire.say("GET /health HTTP/1.0\r\n\r\n")
        heard = wire.hear()
        assert (heard.status, parsed(heard)["status"]) == (200, "ok")
        assert wire.ended

    def test_are_closed_when_the_client_wishes(self, wire: Any) -> None:
        assert wire.ask("GET /health/live", "Connection: close")["connection"] == "close"
        assert wire.ended

    def test_what_is_no_http_is_hung_up_on(self, wire: Any, connect: Any, server: Any) -> None:
        wire.say(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
        heard = wire.hear()
        assert heard.status == 400
        assert wire.ended
        assert connect(server.url).ask("GET /health/live").status == 204

    def test_that_wish_for_another_protocol_are_answered_in_this(self, wire: Any, key: str) -> None:
        """As curl does with --http2: RFC 9110, 7.8 lets a server ignore Upgrade."""
        upgrade = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA")
        fields = (f"x-vcs-token: {key}", JSON, "Content-Length: 12", *upgrade)
        heard = wire.ask(f"POST {ROOM}", *fields, body=b'{"name":"A"}')
        assert (heard.status, parsed(heard)["room"]["name"]) == (200, "A")

    def test_that_wish_for_a_websocket_where_there_is_none_hear_404(self, wire: Any) -> None:
        fields = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: eA==")
        assert wire.ask("GET /nonsense", *fields).status == 404


class TestExpectContinue:
    def test_is_told_to_go_on_when_the_body_is_wanted(self, wire: Any, key: str) -> None:
        fields = (f"x-vcs-token: {key}", JSON, "Content-Length: 2", "Expect: 100-continue")
        assert wire.ask(f"POST {ROOM}", *fields).status == 100
        wire.say("{}")
        assert wire.hear().status == 200

    def test_is_refused_at_once_when_it_is_too_large(self, wire: Any, key: str) -> None:
        fields = (f"x-vcs-token: {key}", JSON, f"Content-Length: {2 * MEBIBYTE}", "Expect: 100-continue")
        assert refusal(wire.ask(f"POST {ROOM}", *fields)) == TOO_LARGE

    def test_is_refused_at_once_without_a_key(self, wire: Any) -> None:
        fields = (JSON, "Content-Length: 2", "Expect: 100-continue")
        assert wire.ask(f"POST {ROOM}", *fields).status == 401


class TestHead:
    @pytest.mark.parametrize(
        "path",
        ["/health", "/health/", "/health/live", "/health/ready", "/", "/nonsense", ROOM, f"{ROOM}/x", "/api/realtime"],
    )
    def test_has_the_same_fields_and_no_body(self, wire: Any, path: str) -> None:
        head, get = wire.ask(f"HEAD {path}", head=True), wire.ask(f"GET {path}")
        assert head.status == get.status
        assert lasting(head) == lasting(get)
        assert wire.ask("GET /health/live").status == 204

    def test_is_answered_where_rooms_are_read(self, wire: Any, key: str) -> None:
        token = f"x-vcs-token: {key}"
        head, get = wire.ask(f"HEAD {ROOM}", token, head=True), wire.ask(f"GET {ROOM}", token)
        assert (head.status, lasting(head)) == (200, lasting(get))


def lasting(heard: Any) -> list[tuple[str, str]]:
    """Return the fields without those that are another with every answer."""
    return [field for field in heard.fields if field[0] not in {"date", "x-trace-id"}]


def logged(server: Any, trace_id: str) -> str:
    """Return the log line of this request, which may be written a moment after its answer."""
    for _ in range(100):
        lines = [line for line in server.log.read_text().splitlines() if trace_id in line]
        if lines:
            [line] = lines
            return str(line)
        time.sleep(0.02)
    raise AssertionError(f"there is no line of {trace_id}")


EVERYTHING = [
    ("GET", "/health", 200),
    ("GET", "/health/live", 204),
    ("PUT", "/health", 405),
    ("GET", "/", 404),
    ("GET", "/nonsense", 404),
    ("GET", ROOM, 401),
    ("PUT", ROOM, 405),
    ("GET", "/api/realtime", 404),
    ("OPTIONS", ROOM, 405),
    ("FOO", ROOM, None),
]


class TestEveryAnswer:
    @pytest.mark.parametrize(("method", "path", "status"), EVERYTHING)
    def test_has_a_trace_id_and_names_no_server(self, wire: Any, method: str, path: str, status: int | None) -> None:
        heard = wire.ask(f"{method} {path}")
        assert heard.status == (status or 400)
        assert heard["server"] is None
        if status:  # what no parser knows is no HTTP
            assert re.fullmatch(r"[0-9a-f]{32}", heard["x-trace-id"])

    def test_has_a_trace_id_of_its_own(self, wire: Any) -> None:
        assert wire.ask("GET /health")["x-trace-id"] != wire.ask("GET /health")["x-trace-id"]

    def test_has_the_trace_id_of_its_log_line(self, wire: Any, server: Any) -> None:
        for line, status in (("GET /nonsense", 404), (f"GET {ROOM}", 401), ("GET /health/live", 204)):
            heard = wire.ask(line)
            assert f"status={status}" in logged(server, heard["x-trace-id"])

    def test_to_large_header_fields_has_a_trace_id(self, wire: Any) -> None:
        assert re.fullmatch(r"[0-9a-f]{32}", wire.ask(f"GET {ROOM}", "X: " + "x" * 40_000)["x-trace-id"])

    def test_ignores_the_trace_id_of_the_caller(self, wire: Any) -> None:
        assert wire.ask("GET /health", "X-Trace-Id: mine")["x-trace-id"] != "mine"

    def test_is_there_for_an_absolute_target(self, wire: Any) -> None:
        assert wire.ask("GET http://x/health/live").status == 204

    def test_is_ours_where_the_target_is_no_path(self, wire: Any) -> None:
        """`OPTIONS *` asks about the server as a whole (RFC 9110, 9.3.7)."""
        heard = wire.ask("OPTIONS *")
        assert heard.status in {200, 204, 400, 404, 405}
        assert heard.body == b""
        assert heard["x-trace-id"]

    def test_has_a_date(self, wire: Any) -> None:
        assert wire.ask("GET /health/live")["date"]
