"""How much the server takes of a request: the limits of the contract's "For every surface", and what stays below."""

import socket
import time
from pathlib import Path

import pytest
from processes import PATIENCE, Begin, Server
from wire import Connect, Wire

ROOM = "/api/realtime/room"
TOO_LARGE = {"httpCode": 413, "code": "BASE-00413", "id": None}
MEBIBYTE = 1024 * 1024
STRANGERS = 64 * 1024
MEMORY_GROWTH = 40 * MEBIBYTE
JSON = "Content-Type: application/json"
EXPECTED = (JSON, "Content-Length: 2", "Expect: 100-continue")


def memory(process: int) -> int:
    """Return the bytes that the process has in memory."""
    pages = Path(f"/proc/{process}/statm").read_text().split()[1]
    return int(pages) * 4096


def said_until_hung_up(wire: Wire, chunk: bytes, most: int) -> int:
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

    def test_over_32_kib_are_refused_in_the_grammar_of_vcs(self, wire: Wire, key: str) -> None:
        heard = wire.ask(f"GET {ROOM}", f"x-vcs-token: {key}", *self._fields(40 * 1024))
        assert heard.refusal == {"httpCode": 431, "code": "BASE-00431", "id": None}

    @pytest.mark.parametrize("path", ["/", "/health", "/nonsense"])
    def test_over_32_kib_are_refused_elsewhere_without_a_body(self, wire: Wire, path: str) -> None:
        heard = wire.ask(f"GET {path}", *self._fields(40 * 1024))
        assert (heard.status, heard.body, heard["content-type"]) == (431, b"", None)

    def test_one_of_40_kib_is_refused_likewise(self, wire: Wire) -> None:
        assert wire.ask(f"GET {ROOM}", "X: " + "x" * 40 * 1024).status == 431

    def test_just_below_are_accepted(self, wire: Wire, key: str) -> None:
        heard = wire.ask(f"GET {ROOM}", f"x-vcs-token: {key}", *self._fields(31 * 1024))
        assert heard.status == 200

    def test_a_query_is_no_header_field(self, wire: Wire, key: str) -> None:
        heard = wire.ask(f"GET {ROOM}?x={'x' * 40 * 1024}", f"x-vcs-token: {key}")
        assert heard.status == 200

    @pytest.mark.parametrize("chunk", [b"X-Many: x\r\n" * 1000, b"x" * 10_000], ids=["many", "one"])
    def test_without_end_are_hung_up_on(self, wire: Wire, server: Server, chunk: bytes) -> None:
        before = memory(server.process.pid)
        wire.say("GET /health HTTP/1.1\r\nHost: x\r\nX: x")
        assert said_until_hung_up(wire, chunk, 50 * MEBIBYTE) < 20 * MEBIBYTE
        assert memory(server.process.pid) - before < MEMORY_GROWTH

    def test_without_end_behind_a_chunked_body_keep_memory_bounded(self, wire: Wire, server: Server, key: str) -> None:
        before = memory(server.process.pid)
        wire.say(f"POST {ROOM} HTTP/1.1\r\nHost: x\r\nx-vcs-token: {key}\r\nTransfer-Encoding: chunked\r\n")
        wire.say(f"{JSON}\r\n\r\n2\r\n{{}}\r\n0\r\n")
        said_until_hung_up(wire, b"X-Many: x\r\n" * 1000, 20 * MEBIBYTE)
        assert memory(server.process.pid) - before < MEMORY_GROWTH

    def test_a_path_without_end_is_hung_up_on(self, wire: Wire, server: Server) -> None:
        before = memory(server.process.pid)
        wire.say("GET /")
        assert said_until_hung_up(wire, b"x" * 10_000, 50 * MEBIBYTE) < 20 * MEBIBYTE
        assert memory(server.process.pid) - before < MEMORY_GROWTH


class TestPipelining:
    @pytest.mark.parametrize("request_line", [f"GET {ROOM}", f"POST {ROOM[:-5]}/token"])
    def test_without_listening_keeps_memory_bounded(
        self, wire: Wire, server: Server, key: str, request_line: str
    ) -> None:
        before = memory(server.process.pid)
        fields = f"Host: x\r\nx-vcs-token: {key}\r\n{JSON}\r\nContent-Length: 2\r\n\r\n{{}}"
        requests = f"{request_line} HTTP/1.1\r\n{fields}".encode() * 100
        assert said_until_hung_up(wire, requests, 100 * MEBIBYTE) < 50 * MEBIBYTE
        assert memory(server.process.pid) - before < MEMORY_GROWTH
        assert server.get("/health/live").status_code == 204


class TestBodies:
    """A JSON body over 1 MiB is 413."""

    def test_of_10_mb_is_refused(self, wire: Wire, key: str) -> None:
        body = b'{"name":"' + b"x" * 10 * MEBIBYTE + b'"}'
        heard = wire.ask(f"POST {ROOM}", f"x-vcs-token: {key}", JSON, f"Content-Length: {len(body)}", body=body)
        assert heard.refusal == TOO_LARGE

    def test_declared_too_large_is_refused_before_it_comes(self, wire: Wire, key: str) -> None:
        heard = wire.ask(f"POST {ROOM}", f"x-vcs-token: {key}", JSON, f"Content-Length: {10 * MEBIBYTE}")
        assert heard.refusal == TOO_LARGE

    def test_chunked_over_1_mib_is_refused(self, wire: Wire, key: str) -> None:
        chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        fields = (f"x-vcs-token: {key}", JSON, "Transfer-Encoding: chunked")
        assert wire.ask(f"POST {ROOM}", *fields, body=chunk * 17 + b"0\r\n\r\n").refusal == TOO_LARGE

    def test_chunked_below_1_mib_is_read(self, wire: Wire, key: str) -> None:
        fields = (f"x-vcs-token: {key}", JSON, "Transfer-Encoding: chunked")
        heard = wire.ask(f"POST {ROOM}", *fields, body=b'9;ext=1\r\n{"name":"\r\n3\r\nA"}\r\n0\r\nX: x\r\n\r\n')
        assert (heard.status, heard.json["room"]["name"]) == (200, "A")

    def test_of_1_mib_exactly_is_read(self, wire: Wire, key: str) -> None:
        body = b'{"name":"A"' + b" " * (MEBIBYTE - 12) + b"}"
        heard = wire.ask(f"POST {ROOM}", f"x-vcs-token: {key}", JSON, f"Content-Length: {len(body)}", body=body)
        assert (heard.status, heard.json["room"]["name"]) == (200, "A")

    def test_are_not_awaited_from_a_stranger(self, wire: Wire) -> None:
        heard = wire.ask(f"POST {ROOM}", JSON, "Content-Length: 1000")
        assert heard.refusal["code"] == "BASE-00001"

    def test_are_not_awaited_with_what_can_be_no_key(self, wire: Wire) -> None:
        heard = wire.ask(f"POST {ROOM}", "x-vcs-token: junk", JSON, "Content-Length: 1000")
        assert heard.refusal["code"] == "REALTIME-00009"

    def test_of_a_stranger_are_refused_with_the_first_64_kib(self, wire: Wire) -> None:
        fields = (JSON, f"Content-Length: {MEBIBYTE}", f"x-vcs-token: {'0' * 64}")
        wire.say(f"POST {ROOM} HTTP/1.1\r\nHost: x\r\n", *(f"{field}\r\n" for field in fields), "\r\n")
        wire.say(b" " * STRANGERS)
        wire.socket.settimeout(0.5)
        with pytest.raises(TimeoutError):
            wire.socket.recv(1, socket.MSG_PEEK)
        wire.socket.settimeout(PATIENCE)
        wire.say(b" ")
        assert wire.hear().refusal["code"] == "REALTIME-00009"

    def test_of_an_owner_are_awaited_beyond_that(self, wire: Wire, key: str) -> None:
        body = b'{"name":"A"' + b" " * (MEBIBYTE - 12) + b"}"
        fields = (JSON, f"Content-Length: {MEBIBYTE}", f"x-vcs-token: {key}")
        wire.say(f"POST {ROOM} HTTP/1.1\r\nHost: x\r\n", *(f"{field}\r\n" for field in fields), "\r\n")
        wire.say(body[: STRANGERS + 1])
        time.sleep(0.3)
        wire.say(body[STRANGERS + 1 :])
        heard = wire.hear()
        assert (heard.status, heard.json["room"]["name"]) == (200, "A")

    def test_that_come_slowly_occupy_no_database_connection(
        self, begin: Begin, foreign: dict[str, str], connect: Connect
    ) -> None:
        server = begin(**foreign, ENFILADE_POOL_SIZE="1")
        key = server.create_key()
        slow = [connect(server.url) for _ in range(5)]
        for wire in slow:
            assert wire.ask(f"POST {ROOM}", f"x-vcs-token: {key}", *EXPECTED).status == 100
            wire.say("{")
        with server.client(**{"x-vcs-token": key}) as others:
            assert [others.get(ROOM, timeout=10).status_code for _ in range(5)] == [200] * 5
        for wire in slow:
            wire.say("}")
            assert wire.hear().status == 200

    def test_that_break_off_make_no_room_and_no_crash(self, server: Server, connect: Connect, key: str) -> None:
        wire = connect(server.url)
        wire.say(f"POST {ROOM} HTTP/1.1\r\nHost: x\r\nx-vcs-token: {key}\r\n{JSON}\r\nContent-Length: 99\r\n\r\n{{")
        before, begun = server.rooms(key).json()["data"], server.log.count("Traceback")
        wire.close()
        time.sleep(0.2)
        assert server.rooms(key).json()["data"] == before
        assert server.log.count("Traceback") == begun


class TestExpectContinue:
    def test_is_told_to_go_on_when_the_body_is_wanted(self, wire: Wire, key: str) -> None:
        assert wire.ask(f"POST {ROOM}", f"x-vcs-token: {key}", *EXPECTED).status == 100
        wire.say("{}")
        assert wire.hear().status == 200

    def test_is_refused_at_once_when_it_is_too_large(self, wire: Wire, key: str) -> None:
        fields = (f"x-vcs-token: {key}", JSON, f"Content-Length: {2 * MEBIBYTE}", "Expect: 100-continue")
        assert wire.ask(f"POST {ROOM}", *fields).refusal == TOO_LARGE

    def test_is_refused_at_once_without_a_key(self, wire: Wire) -> None:
        assert wire.ask(f"POST {ROOM}", *EXPECTED).status == 401
