"""Webhooks by TLS: to whom the certificate says that it is the host of the URL, and to nobody else."""

from pathlib import Path

import pytest
from authorities import Authority
from receivers import Receiver, last, plain, raw, receiving, redirect, silence

from app.adapters.webhooks.courier import Courier, Undelivered

OWN = {"webhook-id": "7"}
SECRETS = {"X-Secret": "hunter2"}


def looked_up(host: str) -> list[str]:
    return ["127.0.0.1"]


def url_of(receiver: Receiver, host: str = "secure.example") -> str:
    return f"https://ada:hunter2@{host}:{receiver.port}/hook"


async def refused(url: str) -> tuple[str, bool]:
    async with Courier(["127.0.0.0/8"], looked_up).open() as courier:
        with pytest.raises(Undelivered) as raised:
            await courier.deliver(url, SECRETS, OWN, b"{}")
        assert courier._pool.connections == []  # noqa: SLF001 - what is left cannot be seen otherwise
    assert raised.value.status is None
    return raised.value.reason, raised.value.unreachable


class TestTrusted:
    async def test_by_its_name_and_again_by_the_same_connection(self, authority: Authority) -> None:
        async with (
            receiving(tls=authority.certify("secure.example")) as receiver,
            Courier(["127.0.0.0/8"], looked_up).open() as courier,
        ):
            for _ in range(2):
                assert await courier.deliver(url_of(receiver), SECRETS, OWN, b"{}") == 200
        assert [delivery.connection for delivery in receiver.deliveries] == [1, 1]
        assert receiver.deliveries[0].headers["host"] == f"secure.example:{receiver.port}"

    async def test_by_its_address(self, authority: Authority) -> None:
        async with receiving(tls=authority.certify("127.0.0.1")) as receiver, Courier(["*"]).open() as courier:
            assert await courier.deliver(receiver.url, SECRETS, OWN, b"{}") == 200

    async def test_a_closed_connection_is_no_failure(self, authority: Authority) -> None:
        tls = authority.certify("secure.example")
        async with (
            receiving(plain(), last(raw()), plain(201), tls=tls) as receiver,
            Courier(["127.0.0.0/8"], looked_up).open() as courier,
        ):
            assert await courier.deliver(url_of(receiver), SECRETS, OWN, b"{}") == 200
            assert await courier.deliver(url_of(receiver), SECRETS, OWN, b"{}") == 201

    async def test_what_was_said_by_tls_is_not_said_without(self, authority: Authority) -> None:
        async with (
            receiving() as plain_one,
            receiving(
                redirect(307, f"http://secure.example:{plain_one.port}/"), tls=authority.certify("secure.example")
            ) as receiver,
            Courier(["127.0.0.0/8"], looked_up).open() as courier,
        ):
            with pytest.raises(Undelivered, match="redirected from https to http, where others could read it"):
                await courier.deliver(url_of(receiver), SECRETS, OWN, b"{}")
        assert plain_one.connections == 0


class TestNotTrusted:
    @pytest.mark.parametrize(
        ("host", "days", "reason"),
        [
            ("other.example", 1, "Hostname mismatch, certificate is not valid for 'secure.example'."),
            ("127.0.0.1", 1, "Hostname mismatch, certificate is not valid for 'secure.example'."),
            ("secure.example", -1, "certificate has expired"),
        ],
    )
    async def test_a_certificate_that_does_not_fit(
        self, authority: Authority, host: str, days: int, reason: str
    ) -> None:
        async with receiving(tls=authority.certify(host, days)) as receiver:
            assert await refused(url_of(receiver)) == (f"TLS failed: {reason}", True)
        assert receiver.deliveries == []

    async def test_an_authority_that_nobody_knows(self, tmp_path: Path) -> None:
        async with receiving(tls=Authority(tmp_path).certify("secure.example")) as receiver:
            reason, unreachable = await refused(url_of(receiver))
        assert reason.startswith("TLS failed: ")
        assert unreachable
        assert receiver.deliveries == []

    async def test_no_tls_at_all(self) -> None:
        async with receiving(last(raw(b"HTTP/1.1 400 hunter2\r\n\r\n"))) as receiver:
            receiver.speaks_first = True
            assert await refused(url_of(receiver)) == ("TLS failed: wrong version number", True)

    async def test_silence(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("app.adapters.webhooks.network._SECONDS", 0.1)
        async with receiving(silence) as receiver:
            receiver.speaks_first = True
            assert await refused(url_of(receiver)) == ("TLS took too long", True)

    async def test_a_hang_up(self) -> None:
        async with receiving(last(raw())) as receiver:
            receiver.speaks_first = True
            assert await refused(url_of(receiver)) == ("TLS failed: it was broken off", True)

    async def test_a_name_that_no_certificate_has(self) -> None:
        async with receiving(silence) as receiver:
            assert await refused(url_of(receiver, ".secure.example")) == ("TLS failed: its name is none", True)
