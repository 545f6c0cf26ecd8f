"""One POST to receivers of every kind: what is told to whom, and what becomes of it."""

import asyncio
import base64
import gzip
import time
import tracemalloc
from importlib.metadata import version

import pytest
from listeners import until
from ports import free_port
from receivers import (
    Answer,
    drip,
    dying,
    endless,
    gigabyte,
    last,
    later,
    plain,
    raw,
    receiving,
    redirect,
    silence,
)

from app.adapters.webhooks import courier as courier_module
from app.adapters.webhooks.courier import Courier, Undelivered, origin

BODY = b'{"type":"room.create.success"}'
SECRETS = {"X-Secret": "hunter2", "Authorization": "Bearer hunter2"}
OWN = {"webhook-id": "7"}
BROKEN_OFF = "it broke the connection off without an answer"
NO_HTTP = "its answer is none of HTTP"
TOO_LARGE = "its answer is too large"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


async def refused(courier: Courier, url: str, headers: dict[str, str] | None = None) -> Undelivered:
    """Return why it was not delivered; that says nothing of what is secret, or of what was received."""
    with pytest.raises(Undelivered) as raised:
        await courier.deliver(url, SECRETS if headers is None else headers, OWN, BODY)
    reason = str(raised.value)
    for hidden in ("hunter2", "X-Secret", "hook", "ada", "?", "As It Is", "\n"):
        assert hidden not in reason
    return raised.value


def outcome(undelivered: Undelivered) -> tuple[str, int | None, bool]:
    return (undelivered.reason, undelivered.status, undelivered.unreachable)


class TestRequest:
    async def test_as_it_comes(self, courier: Courier) -> None:
        async with receiving() as receiver:
            assert await courier.deliver(f"{receiver.url}?a=b&c#d", {"X-Secret": "hunter2"}, OWN, BODY) == 200
        [delivery] = receiver.deliveries
        assert (delivery.method, delivery.path, delivery.body) == ("POST", "/hook?a=b&c", BODY)
        assert delivery.headers == {
            "user-agent": f"Enfilade/{version('enfilade')}",
            "content-type": "application/json",
            "accept": "*/*",
            "accept-encoding": "identity",
            "x-secret": "hunter2",
            "webhook-id": "7",
            "host": f"127.0.0.1:{receiver.port}",
            "content-length": str(len(BODY)),
        }

    async def test_what_may_be_configured_and_what_not(self, courier: Courier) -> None:
        configured = {
            "content-type": "text/x",
            "USER-AGENT": "x",
            "X-Umlaut": "ü",
            "HOST": "x",
            "Content-length": "1",
            "transfer-encoding": "chunked",
            "Connection": "close",
            "Webhook-Id": "8",
            "WEBHOOK-Anything": "8",
        }
        async with receiving() as receiver:
            await courier.deliver(receiver.url, configured, OWN, BODY)
        [delivery] = receiver.deliveries
        assert delivery.body == BODY
        assert delivery.headers == {
            "user-agent": "x",
            "content-type": "text/x",
            "accept": "*/*",
            "accept-encoding": "identity",
            "x-umlaut": "ü".encode().decode("latin-1"),
            "webhook-id": "7",
            "host": f"127.0.0.1:{receiver.port}",
            "content-length": str(len(BODY)),
        }

    async def test_user_and_password_of_the_url(self, courier: Courier) -> None:
        async with receiving() as receiver:
            await courier.deliver(receiver.url.replace("//", "//ada:p%40%C3%BC@"), {}, OWN, BODY)
            await courier.deliver(receiver.url.replace("//", "//ada@"), {"authorization": "Bearer x"}, OWN, BODY)
        first, second = receiver.deliveries
        assert first.headers["authorization"] == f"Basic {base64.b64encode('ada:p@ü'.encode()).decode()}"
        assert second.headers["authorization"] == "Bearer x"
        assert first.headers["host"] == f"127.0.0.1:{receiver.port}"

    async def test_no_proxy_of_the_environment(self, courier: Courier, monkeypatch: pytest.MonkeyPatch) -> None:
        async with receiving() as proxy, receiving() as receiver:
            for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
                monkeypatch.setenv(name, proxy.origin)
            await courier.deliver(receiver.url, {}, OWN, BODY)
        assert (proxy.deliveries, len(receiver.deliveries)) == ([], 1)

    async def test_no_cookies(self, courier: Courier) -> None:
        async with receiving(plain(200, b"", "Set-Cookie: a=b; Path=/")) as receiver:
            await courier.deliver(receiver.url, {}, OWN, BODY)
            await courier.deliver(receiver.url, {}, OWN, BODY)
        assert [("cookie" in delivery.headers) for delivery in receiver.deliveries] == [False, False]

    async def test_a_header_field_that_is_none(self, courier: Courier) -> None:
        async with receiving() as receiver:
            undelivered = await refused(courier, receiver.url, {"X-Secret": "hunter2\r\nX: y"})
        assert outcome(undelivered) == ("a configured header field is none of HTTP", None, False)
        assert receiver.deliveries == []


class TestStatus:
    @pytest.mark.parametrize("status", [200, 201, 202, 299])
    async def test_all_of_2xx_is_success(self, courier: Courier, status: int) -> None:
        async with receiving(plain(status, b"ok")) as receiver:
            assert await courier.deliver(receiver.url, {}, OWN, BODY) == status

    async def test_204_without_a_body(self, courier: Courier) -> None:
        async with receiving(raw(b"HTTP/1.1 204 No\r\n\r\n")) as receiver:
            assert await courier.deliver(receiver.url, {}, OWN, BODY) == 204

    @pytest.mark.parametrize("status", [300, 304, 305, 400, 401, 404, 410, 429, 500, 503, 999])
    async def test_all_else_is_not(self, courier: Courier, status: int) -> None:
        async with receiving(plain(status, b"hunter2")) as receiver:
            assert outcome(await refused(courier, receiver.url)) == (f"answered with {status}", status, False)

    async def test_100_continue_comes_before(self, courier: Courier) -> None:
        answer = raw(CONTINUE, b"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n", b"HTTP/1.0 200 ok\r\n\r\n")
        async with receiving(last(answer)) as receiver:
            assert await courier.deliver(receiver.url, {}, OWN, BODY) == 200


class TestRedirects:
    @pytest.mark.parametrize("status", [307, 308])
    async def test_to_the_same_origin_with_everything(self, courier: Courier, status: int) -> None:
        async with receiving(redirect(status, "../there?x=ü"), plain(202)) as receiver:
            assert await courier.deliver(receiver.url, SECRETS, OWN, BODY) == 202
        first, second = receiver.deliveries
        assert (second.method, second.path, second.body) == ("POST", "/there?x=%C3%BC", BODY)
        assert second.headers == first.headers
        assert first.headers["x-secret"] == "hunter2"

    @pytest.mark.parametrize("status", [301, 302, 303])
    async def test_that_are_not_followed(self, courier: Courier, status: int) -> None:
        async with receiving(redirect(status, "/there")) as receiver:
            reason = f"redirected with {status}; only 307 and 308 are followed"
            assert outcome(await refused(courier, receiver.url)) == (reason, status, False)
        assert len(receiver.deliveries) == 1

    @pytest.mark.parametrize("secrets", [SECRETS, {}])
    async def test_to_another_origin_without_what_is_configured(
        self, courier: Courier, secrets: dict[str, str]
    ) -> None:
        async with receiving() as other, receiving(redirect(307, f"{other.url}?x")) as receiver:
            url = receiver.url.replace("//", "//ada:hunter2@")
            assert await courier.deliver(url, {**secrets, "Content-Type": "text/x"}, OWN, BODY) == 200
        assert receiver.deliveries[0].headers["authorization"]
        [delivery] = other.deliveries
        assert (delivery.path, delivery.body) == ("/hook?x", BODY)
        assert delivery.headers == {
            "user-agent": f"Enfilade/{version('enfilade')}",
            "content-type": "application/json",
            "accept": "*/*",
            "accept-encoding": "identity",
            "webhook-id": "7",
            "host": f"127.0.0.1:{other.port}",
            "content-length": str(len(BODY)),
        }

    async def test_back_again_they_stay_behind(self, courier: Courier) -> None:
        async with receiving() as other, receiving(redirect(307, f"{other.url}"), plain()) as receiver:
            other.answers = [redirect(308, f"{receiver.origin}/chosen")]
            assert await courier.deliver(receiver.url, SECRETS, OWN, BODY) == 200
        assert [("x-secret" in delivery.headers) for delivery in receiver.deliveries] == [True, False]

    async def test_the_password_of_a_redirect_is_not_used(self, courier: Courier) -> None:
        async with receiving() as receiver:
            receiver.answers = [redirect(307, receiver.url.replace("//", "//eve:x@")), plain()]
            await courier.deliver(receiver.url, {}, OWN, BODY)
        assert "authorization" not in receiver.deliveries[1].headers

    async def test_three_are_followed_and_not_four(self, courier: Courier) -> None:
        more = redirect(307, "/more")
        async with receiving(more, more, more, plain()) as receiver:
            assert await courier.deliver(receiver.url, {}, OWN, BODY) == 200
        async with receiving(more) as receiver:
            assert outcome(await refused(courier, receiver.url)) == ("redirected more than 3 times", 307, False)
        assert len(receiver.deliveries) == 4

    async def test_to_what_may_not_be_reached(self, connected: list[str]) -> None:
        async with (
            Courier(["127.0.0.2/32"]).open() as courier,
            receiving() as inside,
            receiving(redirect(308, inside.url), host="127.0.0.2") as receiver,
        ):
            reason = "its address may not be reached: see WEBHOOK_PRIVATE_NETWORKS"
            assert outcome(await refused(courier, receiver.url)) == (reason, None, True)
        assert (inside.connections, connected) == (0, ["127.0.0.2"])

    @pytest.mark.parametrize(
        "location",
        ["ftp://x/", "file:///etc/passwd", "https://", "http://[", "http://x:0/", "http://x:99999", "data:,"],
    )
    async def test_to_what_cannot_be_followed(self, courier: Courier, location: str) -> None:
        async with receiving(redirect(307, location)) as receiver:
            reason = "redirected to what is no http or https URL"
            assert outcome(await refused(courier, receiver.url)) == (reason, 307, False)

    async def test_to_nowhere(self, courier: Courier) -> None:
        async with receiving(plain(308)) as receiver:
            assert outcome(await refused(courier, receiver.url)) == ("redirected with 308, but nowhere", 308, False)


class TestUnreachable:
    async def test_nobody_listens(self, courier: Courier) -> None:
        undelivered = await refused(courier, f"http://127.0.0.1:{free_port()}/hook")
        assert outcome(undelivered) == ("connecting failed: Connection refused", None, True)

    @pytest.mark.parametrize("piece", [b"", b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\nX: y\r\n", CONTINUE])
    async def test_it_dies_in_the_middle(self, courier: Courier, piece: bytes) -> None:
        for answer in (dying(piece), last(raw(piece))):
            async with receiving(answer) as receiver:
                assert outcome(await refused(courier, receiver.url)) == (BROKEN_OFF, None, True)

    @pytest.mark.parametrize(
        "answer",
        [
            silence,
            endless(b"HTTP/1.1 200 OK\r\n", b"X", 0.02),
            endless(b"", CONTINUE, 0.02),
            later(5, plain()),
            redirect(307, "/slow"),
        ],
        ids=["silence", "slow head", "slow continues", "late", "redirect to silence"],
    )
    async def test_it_takes_too_long(self, courier: Courier, monkeypatch: pytest.MonkeyPatch, answer: Answer) -> None:
        monkeypatch.setattr(courier_module, "_SECONDS", 0.2)
        async with receiving(answer, silence) as receiver:
            began = time.monotonic()
            assert outcome(await refused(courier, receiver.url)) == ("no answer within 0.2 seconds", None, True)
            assert time.monotonic() - began < 2

    async def test_who_gives_up_leaves_no_connection(self, courier: Courier) -> None:
        async with receiving(silence) as receiver:
            delivering = asyncio.create_task(courier.deliver(receiver.url, {}, OWN, BODY))
            await until(lambda: receiver.deliveries)
            delivering.cancel()
            await asyncio.wait([delivering])
            assert delivering.cancelled()
            assert courier._pool.connections == []  # noqa: SLF001 - what is left cannot be seen otherwise


class TestLies:
    @pytest.mark.parametrize(
        "piece",
        [
            b"hello\r\n\r\n",
            b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
            b"\x16\x03\x01\x00\x00",
            b"HTTP/1.1 20 OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nX hunter2\r\n\r\n",
            b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n",
        ],
    )
    async def test_what_is_no_http(self, courier: Courier, piece: bytes) -> None:
        async with receiving(last(raw(piece))) as receiver:
            assert outcome(await refused(courier, receiver.url)) == (NO_HTTP, None, False)

    @pytest.mark.parametrize(
        "answer",
        [
            endless(b"", CONTINUE * 100),
            endless(b"", b"HTTP/1.1 103 Hints\r\nX: y\r\n\r\n" * 100),
            endless(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 100),
            endless(b"HTTP/1.1 200 OK\r\nX: ", b"y" * 1000),
            endless(b"HTTP/1.1 200 ", b"y" * 1000),
        ],
        ids=["continues", "hints", "fields", "one field", "reason"],
    )
    async def test_a_head_without_end(self, courier: Courier, answer: Answer) -> None:
        async with receiving(answer) as receiver:
            assert outcome(await refused(courier, receiver.url)) == (TOO_LARGE, None, False)

    @pytest.mark.parametrize(
        "answer",
        [
            raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nno"),
            raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nno"),
            raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n"),
        ],
    )
    async def test_a_body_that_is_none_changes_nothing(self, courier: Courier, answer: Answer) -> None:
        async with receiving(last(answer), plain()) as receiver:
            assert await courier.deliver(receiver.url, {}, OWN, BODY) == 200
            assert await courier.deliver(receiver.url, {}, OWN, BODY) == 200
        assert [delivery.connection for delivery in receiver.deliveries] == [1, 2]

    async def test_a_body_in_drips(self, courier: Courier, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(courier_module, "_BODY_SECONDS", 0.1)
        async with receiving(drip()) as receiver:
            assert await courier.deliver(receiver.url, {}, OWN, BODY) == 200
            assert courier._pool.connections == []  # noqa: SLF001 - what is left cannot be seen otherwise

    async def test_a_gigabyte(self, courier: Courier) -> None:
        async with receiving(gigabyte()) as receiver:
            await courier.deliver(receiver.url, {}, OWN, BODY)
            tracemalloc.start()
            try:
                for _ in range(3):
                    assert await courier.deliver(receiver.url, {}, OWN, BODY) == 200
                assert tracemalloc.get_traced_memory()[1] < 4_000_000  # the receiver's buffers are in it
            finally:
                tracemalloc.stop()
        assert receiver.connections == 4

    async def test_what_is_packed_stays_so(self, courier: Courier) -> None:
        bomb = gzip.compress(bytes(10_000_000))
        assert len(bomb) < 60_000
        async with receiving(plain(200, bomb, "Content-Encoding: gzip"), plain(200)) as receiver:
            await courier.deliver(receiver.url, {}, OWN, b"{}")
            tracemalloc.start()
            try:
                receiver.answers = [plain(200, bomb, "Content-Encoding: gzip")]
                assert await courier.deliver(receiver.url, {}, OWN, BODY) == 200
                assert tracemalloc.get_traced_memory()[1] < 1_000_000
            finally:
                tracemalloc.stop()


class TestConnections:
    async def test_they_are_used_again(self, courier: Courier) -> None:
        async with receiving(plain(200, b"x" * 60_000), plain(500), redirect(302, "/"), plain()) as receiver:
            assert await courier.deliver(receiver.url, {}, OWN, BODY) == 200
            await refused(courier, receiver.url)
            await refused(courier, receiver.url)
            assert await courier.deliver(receiver.url, {}, OWN, BODY) == 200
        assert [delivery.connection for delivery in receiver.deliveries] == [1, 1, 1, 1]

    async def test_not_with_more_than_is_read(self, courier: Courier) -> None:
        async with receiving(plain(200, b"x" * 70_000), plain()) as receiver:
            for _ in range(2):
                assert await courier.deliver(receiver.url, {}, OWN, BODY) == 200
        assert [delivery.connection for delivery in receiver.deliveries] == [1, 2]

    async def test_one_that_was_closed_when_idle(self, courier: Courier) -> None:
        async with receiving(last(plain()), plain(201)) as receiver:
            assert await courier.deliver(receiver.url, {}, OWN, BODY) == 200
            assert await courier.deliver(receiver.url, {}, OWN, BODY) == 201

    @pytest.mark.parametrize("ending", [last(raw()), dying()], ids=["closed", "reset"])
    async def test_one_that_is_closed_when_it_is_used_again(self, courier: Courier, ending: Answer) -> None:
        async with receiving(plain(), ending, plain(201)) as receiver:
            assert await courier.deliver(receiver.url, {}, OWN, BODY) == 200
            assert await courier.deliver(receiver.url, {}, OWN, BODY) == 201
        assert [delivery.connection for delivery in receiver.deliveries] == [1, 1, 2]
        assert [delivery.headers["webhook-id"] for delivery in receiver.deliveries] == ["7", "7", "7"]

    async def test_a_new_one_that_is_closed_is_not_tried_again(self, courier: Courier) -> None:
        async with receiving(plain(), last(raw())) as receiver:
            assert await courier.deliver(receiver.url, {}, OWN, BODY) == 200
            assert outcome(await refused(courier, receiver.url)) == (BROKEN_OFF, None, True)
        assert [delivery.connection for delivery in receiver.deliveries] == [1, 1, 2]

    async def test_many_at_once_and_twenty_idle(self, courier: Courier) -> None:
        async with receiving(later(0.1, plain())) as receiver:
            sent = [courier.deliver(receiver.url, {}, OWN, BODY) for _ in range(64)]
            assert await asyncio.gather(*sent) == [200] * 64
            assert receiver.connections == 64
            assert len(courier._pool.connections) <= 20  # noqa: SLF001 - how many are idle cannot be seen otherwise

    async def test_none_is_idle_for_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(courier_module, "_IDLE_SECONDS", 0.1)
        async with receiving() as receiver, Courier(["*"]).open() as courier:
            await courier.deliver(receiver.url, {}, OWN, BODY)
            assert receiver.open_connections == 1
            await until(lambda: not receiver.open_connections)

    async def test_none_is_left_at_the_end(self) -> None:
        async with receiving() as receiver:
            async with Courier(["*"]).open() as courier:
                await courier.deliver(receiver.url, {}, OWN, BODY)
            await until(lambda: not receiver.open_connections)


class TestOrigin:
    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("https://ada:hunter2@a.example/hook?x#y", "https://a.example:443"),
            ("HTTP://A.example", "http://a.example:80"),
            ("http://a.example:443", "http://a.example:443"),
            ("http://[::1]:8080/", "http://[::1]:8080"),
            ("http://127.1/", "http://127.0.0.1:80"),
            ("http://bücher.example/", "http://xn--bcher-kva.example:80"),
            ("http:///", ""),
            ("ftp://a.example/", ""),
            ("http://a.example:0/", ""),
            ("hunter2", ""),
        ],
    )
    def test_says_nothing_else(self, url: str, expected: str) -> None:
        assert origin(url) == expected
