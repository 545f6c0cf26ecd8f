"""The server as a socket sees it: RFC 9110 and 9112."""

import re
import socket

import pytest
from processes import Server, eventually
from wire import Connect, Heard, Wire

ROOM = "/api/realtime/room"
MEBIBYTE = 1024 * 1024
JSON = "Content-Type: application/json"


class TestConnections:
    def test_half_a_request_line_keeps_nobody_else_waiting(self, wire: Wire, connect: Connect, server: Server) -> None:
        wire.say("GET /hea")
        assert connect(server.url).ask("GET /health/live").status == 204
        wire.say("lth/live HTTP/1.1\r\nHost: x\r\n\r\n")
        assert wire.hear().status == 204

    def test_half_a_request_line_and_an_end_is_hung_up_on(self, wire: Wire) -> None:
        wire.say("GET /hea")
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.ended

    def test_left_in_the_middle_of_a_body_are_no_error_of_the_server(self, wire: Wire, server: Server) -> None:
        wire.say(f"POST /v2/token HTTP/1.1\r\nHost: x\r\n{JSON}\r\nContent-Length: 100\r\n\r\n", b'{"code":')
        wire.socket.shutdown(socket.SHUT_RDWR)
        assert eventually(lambda: " operation=POST /token status=499 " in server.log)
        assert " operation=POST /token status=500 " not in server.log

    def test_pipelined_requests_are_answered_in_their_order(self, wire: Wire, key: str) -> None:
        body = b'{"name":"piped"}'
        head = f"POST {ROOM} HTTP/1.1\r\nHost: x\r\nx-vcs-token: {key}\r\n{JSON}\r\nContent-Length: {len(body)}\r\n\r\n"
        get = "GET {} HTTP/1.1\r\nHost: x\r\n\r\n"
        wire.say(head, body, get.format("/health"), get.format("/nonsense"), get.format(ROOM))
        heard = [wire.hear() for _ in range(4)]
        assert [answer.status for answer in heard] == [200, 200, 404, 401]
        assert heard[0].json["room"]["name"] == "piped"
        assert heard[1].json["isLive"] is True

    def test_stay_open_after_errors(self, wire: Wire, key: str) -> None:
        token = f"x-vcs-token: {key}"
        large = b" " * (2 * MEBIBYTE)
        assert wire.ask("GET /nonsense").status == 404
        assert wire.ask(f"PUT {ROOM}").status == 405
        assert wire.ask(f"POST {ROOM}", JSON, "Content-Length: 2", body=b"{}").status == 401
        assert wire.ask(f"POST {ROOM}", token, JSON, "Content-Length: 1", body=b"{").status == 400
        assert wire.ask(f"POST {ROOM}", token, "Content-Length: 2", body=b"{}").status == 415
        assert wire.ask(f"POST {ROOM}", token, JSON, f"Content-Length: {len(large)}", body=large).status == 413
        assert wire.ask(f"GET {ROOM}", token).status == 200

    def test_of_http_1_0_are_answered_and_closed(self, wire: Wire) -> None:
        wire.say("GET /health HTTP/1.0\r\n\r\n")
        heard = wire.hear()
        assert (heard.status, heard.json["status"]) == (200, "ok")
        assert wire.ended

    def test_are_closed_when_the_client_wishes(self, wire: Wire) -> None:
        assert wire.ask("GET /health/live", "Connection: close")["connection"] == "close"
        assert wire.ended

    def test_what_is_no_http_is_hung_up_on(self, wire: Wire, connect: Connect, server: Server) -> None:
        wire.say(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
        heard = wire.hear()
        assert heard.status == 400
        assert wire.ended
        assert connect(server.url).ask("GET /health/live").status == 204

    def test_that_wish_for_another_protocol_are_answered_in_this(self, wire: Wire, key: str) -> None:
        """As curl does with --http2: RFC 9110, 7.8 lets a server ignore Upgrade."""
        upgrade = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA")
        fields = (f"x-vcs-token: {key}", JSON, "Content-Length: 12", *upgrade)
        heard = wire.ask(f"POST {ROOM}", *fields, body=b'{"name":"A"}')
        assert (heard.status, heard.json["room"]["name"]) == (200, "A")

    def test_that_wish_for_a_websocket_where_there_is_none_hear_404(self, wire: Wire) -> None:
        fields = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: eA==")
        assert wire.ask("GET /nonsense", *fields).status == 404


def lasting(heard: Heard) -> list[tuple[str, str]]:
    """Return the fields without those that are another with every answer."""
    return [field for field in heard.fields if field[0] not in {"date", "x-trace-id"}]


class TestHead:
    @pytest.mark.parametrize(
        "path",
        ["/health", "/health/", "/health/live", "/health/ready", "/", "/nonsense", ROOM, f"{ROOM}/x", "/api/realtime"],
    )
    def test_has_the_same_fields_and_no_body(self, wire: Wire, path: str) -> None:
        head, get = wire.ask(f"HEAD {path}", head=True), wire.ask(f"GET {path}")
        assert head.status == get.status
        assert lasting(head) == lasting(get)
        assert wire.ask("GET /health/live").status == 204

    def test_is_answered_where_rooms_are_read(self, wire: Wire, key: str) -> None:
        token = f"x-vcs-token: {key}"
        head, get = wire.ask(f"HEAD {ROOM}", token, head=True), wire.ask(f"GET {ROOM}", token)
        assert (head.status, lasting(head)) == (200, lasting(get))


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
    def test_has_a_trace_id_and_names_no_server(self, wire: Wire, method: str, path: str, status: int | None) -> None:
        heard = wire.ask(f"{method} {path}")
        assert heard.status == (status or 400)
        assert heard["server"] is None
        if status:  # what no parser knows is no HTTP
            assert re.fullmatch(r"[0-9a-f]{32}", heard["x-trace-id"])

    def test_has_a_trace_id_of_its_own(self, wire: Wire) -> None:
        assert wire.ask("GET /health")["x-trace-id"] != wire.ask("GET /health")["x-trace-id"]

    def test_has_the_trace_id_of_its_log_line(self, wire: Wire, server: Server) -> None:
        for line, status in (("GET /nonsense", 404), (f"GET {ROOM}", 401), ("GET /health/live", 204)):
            heard = wire.ask(line)
            assert f"status={status}" in server.logged(heard["x-trace-id"])

    def test_to_large_header_fields_has_a_trace_id(self, wire: Wire) -> None:
        assert re.fullmatch(r"[0-9a-f]{32}", wire.ask(f"GET {ROOM}", "X: " + "x" * 40_000)["x-trace-id"])

    def test_ignores_the_trace_id_of_the_caller(self, wire: Wire) -> None:
        assert wire.ask("GET /health", "X-Trace-Id: mine")["x-trace-id"] != "mine"

    def test_is_there_for_an_absolute_target(self, wire: Wire) -> None:
        assert wire.ask("GET http://x/health/live").status == 204

    def test_is_ours_where_the_target_is_no_path(self, wire: Wire) -> None:
        """`OPTIONS *` asks about the server as a whole (RFC 9110, 9.3.7)."""
        heard = wire.ask("OPTIONS *")
        assert heard.status in {200, 204, 400, 404, 405}
        assert heard.body == b""
        assert heard["x-trace-id"]

    def test_has_a_date(self, wire: Wire) -> None:
        assert wire.ask("GET /health/live")["date"]
