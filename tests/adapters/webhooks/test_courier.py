"""One POST: what is told to whom, and by which connection."""

import asyncio
import base64
from importlib.metadata import version

import pytest
from listeners import until
from receivers import (
    Answer,
    dying,
    last,
    later,
    plain,
    raw,
    receiving,
    redirect,
)
from undelivered import BODY, BROKEN_OFF, OWN, SECRETS, outcome, refused

from app.adapters.webhooks import courier as courier_module
from app.adapters.webhooks.courier import Courier, origin

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


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
            "webhook_signature": "8",
            "Content_Length": "1",
            **dict.fromkeys(("Expect", "Upgrade", "TE", "Trailer", "Keep-Alive", "Proxy-Connection"), "x"),
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

    async def test_white_space_around_is_no_part_of_it(self, courier: Courier) -> None:
        async with receiving() as receiver:
            await courier.deliver(receiver.url, {"X-Secret": " hunter\t2\t ", "X-Nothing": " "}, OWN, BODY)
        [delivery] = receiver.deliveries
        assert (delivery.headers["x-secret"], delivery.headers["x-nothing"]) == ("hunter\t2", "")

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
            reason = "redirected with 308, and there: its address may not be reached: see WEBHOOK_PRIVATE_NETWORKS"
            assert outcome(await refused(courier, receiver.url)) == (reason, 308, True)
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
