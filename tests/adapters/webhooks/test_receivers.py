"""Receivers that are away, slow, dying, or say what is none of HTTP."""

import asyncio
import gzip
import time
import tracemalloc

import pytest
from listeners import until
from ports import free_port
from receivers import Answer, drip, dying, endless, gigabyte, last, later, plain, raw, receiving, redirect, silence
from undelivered import BODY, BROKEN_OFF, OWN, outcome, refused

from app.adapters.webhooks import courier as courier_module
from app.adapters.webhooks.courier import Courier

NO_HTTP = "its answer is none of HTTP"
TOO_LARGE = "its answer is too large"
LED_TO_SILENCE = redirect(307, "/slow")
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


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
            LED_TO_SILENCE,
        ],
        ids=["silence", "slow head", "slow continues", "late", "redirect to silence"],
    )
    async def test_it_takes_too_long(self, courier: Courier, monkeypatch: pytest.MonkeyPatch, answer: Answer) -> None:
        monkeypatch.setattr(courier_module, "_SECONDS", 0.2)
        async with receiving(answer, silence) as receiver:
            began = time.monotonic()
            reason, *others = outcome(await refused(courier, receiver.url))
        if answer is LED_TO_SILENCE:
            assert (reason, *others) == ("redirected with 307, and there: no answer within 0.2 seconds", 307, True)
        else:
            assert (reason, *others) == ("no answer within 0.2 seconds", None, True)
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
