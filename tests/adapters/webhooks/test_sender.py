"""Webhooks are sent in the order of their room, whatever the receivers are like, and however many send."""

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from functools import partial

import asyncpg
import pytest
from authorities import Authority
from databases import Postgres
from desks import Desk, repeated, told
from listeners import until
from processes import SECRET_KEY
from receivers import (
    PIECE,
    Answer,
    Receiver,
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
)

from app.adapters.metrics import figures
from app.adapters.webhooks.courier import Courier
from app.adapters.webhooks.receivers import Receivers
from app.adapters.webhooks.sender import Sender
from app.adapters.webhooks.teller import Spell, Teller
from app.apis.hms import occurrences
from app.domain import conferences, deployments, ids, seals, webhooks
from app.domain.database import Transaction
from app.domain.secrets import SecretKey

HERE = "127.0.0.0/8"
#: What a receiver of an older server had.
OLD_KEY = "the key before"


@dataclass
class Clock:
    """Goes as others do, and ahead when it is told to."""

    ahead: float = 0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


@dataclass
class House:
    """Senders on one database, and the desk at which things happen there."""

    pool: asyncpg.Pool
    desk: Desk
    clock: Clock = field(default_factory=Clock)

    @contextlib.asynccontextmanager
    async def sending(self, key: SecretKey | None = None, networks: str = HERE) -> AsyncIterator[Sender]:
        """Send for the time of a block. It hears no bell, and looks only when it is woken, and each second."""
        teller = Teller(self.pool, Courier([networks]), key or self.desk.key, _speller)
        teller.receivers = Receivers(self.clock)
        async with Sender(teller).sending() as sender:
            yield sender

    async def quiet(self, *senders: Sender) -> None:
        """Wait until nothing waits any more; pauses and rests are over at once."""

        async def is_quiet() -> bool:
            self.clock.ahead += 100
            await self.desk.hurry()
            for sender in senders:
                sender.wake()
            return await self.desk.is_quiet()

        await until(is_quiet)


async def _speller(transaction: Transaction) -> Spell:
    deployment = await deployments.get(transaction)
    return lambda delivery: occurrences.document(delivery.event, deployment, is_replay=delivery.is_replay)


@pytest.fixture(scope="module")
def own_url(postgres: Postgres, template: str) -> Iterator[str]:
    """A database on which nobody else sends: the application of other tests would."""
    with postgres.database(template) as url:
        yield url


@pytest.fixture(scope="module")
async def own_pool(own_url: str) -> AsyncIterator[asyncpg.Pool]:
    async with asyncpg.create_pool(own_url, min_size=0, max_size=6) as pool:
        yield pool


@pytest.fixture
async def house(own_pool: asyncpg.Pool) -> AsyncIterator[House]:
    async with own_pool.acquire() as connection:
        desk = Desk(connection, SecretKey(SECRET_KEY))
        await desk.clear()
        yield House(own_pool, desk)


@pytest.fixture
def desk(house: House) -> Desk:
    return house.desk


class TestARoom:
    async def test_is_told_of_in_its_order_whatever_fails(self, house: House, desk: Desk) -> None:
        fails = [plain(500), dying(), plain(), plain(404), last(raw(b"")), dying(b"HTTP/1.1 200 OK\r\nConte")]
        async with receiving(*fails, plain()) as receiver, house.sending() as sender:
            room, other = await desk.rooms(2, receiver.url)
            await desk.happen(room, other, times=5)
            await house.quiet(sender)
        assert told(receiver.deliveries) == await desk.expected()
        assert repeated(receiver.deliveries) == 5
        assert {status for status, *_ in await desk.log()} == {"success"}
        # What breaks off on a connection that was used before is sent at once by another: that is the same try.
        assert 15 <= sum(attempts for _, attempts, *_ in await desk.log()) <= len(receiver.deliveries) == 17

    async def test_is_told_of_once_by_many_senders(self, house: House, desk: Desk) -> None:
        async with receiving() as receiver, contextlib.AsyncExitStack() as stack:
            rooms = await desk.rooms(8, receiver.url)
            senders = [await stack.enter_async_context(house.sending()) for _ in range(3)]
            for _ in range(3):
                await desk.happen(*rooms, times=10)
                for sender in senders:
                    sender.wake()
            await house.quiet(*senders)
        assert told(receiver.deliveries) == await desk.expected()
        assert repeated(receiver.deliveries) == 0

    async def test_that_is_deleted_is_still_told_of(self, house: House, desk: Desk) -> None:
        async with receiving() as receiver:
            room = await desk.room(receiver.url)
            await desk.happen(room, times=2)
            async with desk.connection.transaction():
                await conferences.remove(desk.transaction, room)
            async with house.sending() as sender:
                await house.quiet(sender)
        assert told(receiver.deliveries) == await desk.expected()

    async def test_is_told_of_again_behind_what_cannot_be_spelled(
        self, house: House, desk: Desk, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with receiving() as receiver:
            [room] = await desk.rooms(1, receiver.url)
            await desk.connection.execute("UPDATE analytics_event SET type = 'SomethingOfTomorrow'")
            await desk.connection.execute("UPDATE webhook_delivery SET created_at = now() - interval '25 hours'")
            await desk.happen(room)
            async with house.sending() as sender:
                await house.quiet(sender)
        given_up = ("failed", 1, None, "it could not be spelled")
        assert await desk.log() == [given_up, ("success", 1, 200, None)]
        assert len(receiver.deliveries) == 1
        assert "KeyError: 'SomethingOfTomorrow'" in caplog.text


class TestALease:
    async def test_that_is_lost_ends_who_had_it_and_what_was_on_its_way_comes_again_by_the_same_id(
        self, house: House, desk: Desk
    ) -> None:
        async with receiving(later(0.3, plain()), plain()) as receiver:
            room = await desk.room(receiver.url)
            await desk.happen(room, times=2)
            async with house.sending():
                await until(lambda: receiver.deliveries)
                async with house.sending() as other:
                    await desk.expire()
                    await house.quiet(other)
                    await asyncio.sleep(0.35)  # until the first has its answer
        assert told(receiver.deliveries) == await desk.expected()
        assert repeated(receiver.deliveries) == 1
        assert {status for status, *_ in await desk.log()} == {"success"}

    async def test_of_somebody_killed_in_the_midst_is_over_and_the_next_goes_on(self, house: House, desk: Desk) -> None:
        async with receiving(later(5, plain()), plain()) as receiver:
            await desk.happen(await desk.room(receiver.url))
            with contextlib.suppress(asyncio.CancelledError):
                async with house.sending() as sender:
                    await until(lambda: receiver.deliveries)
                    for task in set(sender._sending):  # noqa: SLF001 - as a kill does, nothing is written any more
                        task.cancel()
            assert not await desk.is_quiet()
            async with house.sending() as sender:
                sender.wake()
                await asyncio.sleep(0.05)
                assert len(receiver.deliveries) == 1, "it is leased"
                await desk.expire()
                await house.quiet(sender)
        assert told(receiver.deliveries) == await desk.expected()
        assert repeated(receiver.deliveries) == 1


async def test_what_is_on_its_way_at_the_end_is_written_down_and_nothing_more_begun(house: House, desk: Desk) -> None:
    async with receiving(later(0.2, plain()), plain()) as receiver:
        await desk.happen(await desk.room(receiver.url), times=2)
        async with house.sending():
            await until(lambda: receiver.deliveries)
        assert len(receiver.deliveries) == 1
        assert [status for status, *_ in await desk.log()] == ["success", "pending", "pending"]
        async with house.sending() as sender:
            await desk.quiet()  # without a hurry: it was given back
            sender.wake()
    assert told(receiver.deliveries) == await desk.expected()
    assert repeated(receiver.deliveries) == 0


@contextlib.contextmanager
def black_holes(count: int) -> Iterator[list[str]]:
    """URLs of sockets that take connections, but never say a word."""
    with contextlib.ExitStack() as held:
        holes = [held.enter_context(socket.create_server(("127.0.0.1", 0), backlog=128)) for _ in range(count)]
        yield [f"http://127.0.0.1:{hole.getsockname()[1]}/" for hole in holes]


def is_told(receiver: Receiver, room: str) -> bool:
    return room in told(receiver.deliveries)


class TestADeadReceiver:
    @pytest.mark.parametrize("origins", [1, 12, 96], ids=["one origin", "some origins", "each its own"])
    async def test_slows_nobody_else(self, house: House, desk: Desk, origins: int) -> None:
        with black_holes(origins) as urls:
            for url in urls:
                await desk.rooms(96 // origins, url)
            async with receiving() as receiver, house.sending() as sender:
                for _ in range(3):
                    room = ids.to_hex(await desk.room(receiver.url))
                    sender.wake()
                    await until(partial(is_told, receiver, room))
                    # Nobody has waited for the others to fail.
                    assert {attempts for _, attempts, *_ in (await desk.log())[:96]} == {0}
                for task in set(sender._sending):  # noqa: SLF001 - nobody wants to wait for them
                    task.cancel()

    async def test_slows_no_other_of_its_origin(self, house: House, desk: Desk) -> None:
        came = 0

        async def by_path(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal came
            while path := (await reader.readline()).split()[1:2]:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(int(head.lower().split(b"content-length:")[1].split()[0]))
                if path == [b"/hang"]:
                    await reader.read()
                if path == [b"/reset"]:
                    break
                came += 1
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
            writer.transport.abort()

        async with await asyncio.start_server(by_path, "127.0.0.1") as server, house.sending() as sender:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            for path in ("/hang", "/reset"):
                await desk.rooms(8, url + path)
            room = await desk.room(f"{url}/fine")
            for times in range(1, 6):
                sender.wake()
                await until(lambda times=times: came == times)
                await desk.happen(room)
            for task in set(sender._sending):  # noqa: SLF001 - nobody wants to wait for them
                task.cancel()

    async def test_keeps_waiting_what_is_counted(self, house: House, desk: Desk) -> None:
        with black_holes(1) as [url]:
            await desk.rooms(3, url)
            async with house.sending() as sender, sender.counting():
                await until(lambda: figures.WEBHOOKS_WAITING.collect()[0].samples[0].value == 3)
                assert 0 < figures.WEBHOOKS_OLDEST.collect()[0].samples[0].value < 60
                for task in set(sender._sending):  # noqa: SLF001 - nobody wants to wait for them
                    task.cancel()

    async def test_that_many_rooms_find_away_at_once_rests_no_longer_than_for_one(
        self, house: House, desk: Desk
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as closed:
            url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        await desk.rooms(4, url)
        async with house.sending() as sender:
            await until(lambda: sender._receivers._known)  # noqa: SLF001
            [receiver] = sender._receivers._known.values()  # noqa: SLF001
            await until(lambda: not receiver.told)
            assert receiver.rests_until - time.monotonic() < 2
            assert receiver.silences == 1


ENDLESS_HEADERS = endless(b"HTTP/1.1 200 OK\r\n", b"x: " + b"y" * 4000 + b"\r\n")
CONTINUING = endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
TOO_LARGE = "its answer is too large"
NO_HTTP = "its answer is none of HTTP"
NO_ANSWER = "it broke the connection off without an answer"


class TestALyingReceiver:
    @pytest.mark.parametrize(
        ("answer", "status", "error"),
        [
            (ENDLESS_HEADERS, None, TOO_LARGE),
            (CONTINUING, None, TOO_LARGE),
            (raw(b"x" * 2 * PIECE), None, None),
            (raw(b"HTTP/1.1 OK\r\n\r\n"), None, NO_HTTP),
            (raw(b"HTTP/1.1 99 No\r\n\r\n"), None, NO_HTTP),
            (raw(b"HTTP/1.1 1000 No\r\n\r\n"), None, NO_HTTP),
            (raw(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"), None, NO_HTTP),
            (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"), None, NO_HTTP),
            (raw(b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n"), None, NO_HTTP),
            (raw(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), None, None),
            (last(raw(b"")), None, NO_ANSWER),
            (dying(b"HTTP/1.1 200 OK\r\n"), None, NO_ANSWER),
        ],
        ids=[
            "endless headers",
            "endless continuing",
            "no line",
            "no status",
            "99",
            "1000",
            "negative length",
            "two lengths",
            "huge length",
            "another protocol",
            "nothing",
            "half a head",
        ],
    )
    async def test_has_failed_and_is_told_again(
        self, house: House, desk: Desk, answer: Answer, status: int | None, error: str | None
    ) -> None:
        async with receiving(answer, plain(204)) as receiver, house.sending() as sender:
            await desk.room(receiver.url)
            sender.wake()
            await until(desk.are_tried)
            [noted] = await desk.log()
            assert noted[:3] == ("pending", 1, status)
            assert noted[3] == error or (error is None and noted[3])
            await house.quiet(sender)
        assert await desk.log() == [("success", 2, 204, None)]
        assert told(receiver.deliveries) == await desk.expected()

    @pytest.mark.parametrize(
        "answer",
        [
            gigabyte(),
            drip(),
            raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx" + b"y" * 100),
            last(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx")),
            last(raw(b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n")),
            raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
            raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nxyz"),
            raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" * 2),
            raw(b"HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nhello"),
        ],
        ids=["gigabyte", "drip", "more", "less", "no keep-alive", "no chunk", "no gzip", "two answers", "no body"],
    )
    async def test_that_has_said_yes_is_believed_and_told_the_next(
        self, house: House, desk: Desk, answer: Answer
    ) -> None:
        async with receiving(answer, plain()) as receiver, house.sending() as sender:
            await desk.happen(await desk.room(receiver.url), times=2)
            await house.quiet(sender)
        assert {(status, error) for status, _, _, error in await desk.log()} == {("success", None)}
        assert told(receiver.deliveries) == await desk.expected()

    async def test_that_answers_before_it_is_asked_gets_each_all_the_same(self, house: House, desk: Desk) -> None:
        came = list[bytes]()

        async def answer_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            came.append(await reader.read(PIECE))
            writer.close()

        async with await asyncio.start_server(answer_at_once, "127.0.0.1") as server, house.sending() as sender:
            port = server.sockets[0].getsockname()[1]
            await desk.happen(await desk.room(f"http://127.0.0.1:{port}/"), times=2)
            await house.quiet(sender)
        # What comes before a request is no answer to it; but it may come behind the request's first bytes.
        asked = [piece for piece in came if piece]
        assert {status for status, *_ in await desk.log()} == {"success"}
        assert len(asked) >= 3

    async def test_that_spoils_its_tls_has_failed(self, house: House, desk: Desk, authority: Authority) -> None:
        async def spoil(writer: asyncio.StreamWriter) -> None:
            beneath = writer.transport._ssl_protocol._transport  # type: ignore[attr-defined]  # noqa: SLF001
            beneath.write(b"\x17\x03\x03\x00\x20" + b"x" * 32)  # a record of TLS that nobody has sealed

        tls = authority.certify("127.0.0.1")
        async with receiving(spoil, plain(), tls=tls) as receiver, house.sending() as sender:
            await desk.room(receiver.url)
            sender.wake()
            await until(desk.are_tried)
            assert await desk.log() == [("pending", 1, None, NO_ANSWER)]
            await house.quiet(sender)
        assert told(receiver.deliveries) == await desk.expected()

    async def test_leads_nowhere_that_may_not_be_reached(self, house: House, desk: Desk) -> None:
        async with receiving() as inner, receiving(redirect(307, inner.url), host="127.0.0.2") as outer:
            async with house.sending(networks="127.0.0.2/32") as sender:
                for _ in range(2):
                    await desk.room(outer.url)
                sender.wake()
                await until(desk.are_tried)
            # The last answer of the outer one is for ever.
            assert outer.deliveries
            assert not inner.connections
        reasons = {error for *_, error in await desk.log()}
        why = "its address may not be reached: see WEBHOOK_PRIVATE_NETWORKS"
        assert reasons == {f"redirected with 307, and there: {why}"}


class TestAWebhook:
    async def test_that_is_changed_meanwhile_gets_what_waits(self, house: House, desk: Desk) -> None:
        async with receiving(plain(500)) as old, receiving() as new, house.sending() as sender:
            room = await desk.room(old.url)
            await desk.happen(room, times=2)
            sender.wake()
            await until(lambda: old.deliveries)
            await desk.move(room, new.url)
            await house.quiet(sender)
        assert told(new.deliveries) == await desk.expected()

    async def test_of_the_workspace_that_is_changed_meanwhile_gets_what_waits(self, house: House, desk: Desk) -> None:
        async with receiving(plain(500)) as old, receiving() as new, house.sending() as sender:
            await desk.put(old.url)
            await desk.happen(await desk.room(), times=2)
            sender.wake()
            await until(lambda: old.deliveries)
            await desk.put(new.url)
            await house.quiet(sender)
        assert told(new.deliveries) == await desk.expected()

    async def test_that_is_taken_away_has_all_fail_that_waits(self, house: House, desk: Desk) -> None:
        async with receiving(plain(500)) as receiver, house.sending() as sender:
            await desk.put(receiver.url)
            await desk.happen(await desk.room(), times=2)
            sender.wake()
            await until(lambda: receiver.deliveries)
            await webhooks.clear(desk.transaction)
            await house.quiet(sender)
        assert [(status, error) for status, _, _, error in await desk.log()] == [
            ("failed", "no webhook is configured")
        ] * 3


class TestASecretKey:
    async def test_that_is_replaced_signs_beside_the_one_before(self, house: House, desk: Desk) -> None:
        async with receiving() as receiver:
            await desk.room(receiver.url)
            async with house.sending(SecretKey("another", SECRET_KEY)) as sender:
                await house.quiet(sender)
        [delivery] = receiver.deliveries
        signed = (delivery.headers["webhook-id"], int(delivery.headers["webhook-timestamp"]), delivery.body)
        ours = [SecretKey(text).webhook_signatures(*signed) for text in ("another", SECRET_KEY)]
        assert delivery.headers["webhook-signature"].split(" ") == ours

    async def test_by_which_all_is_sealed_anew_meanwhile_changes_nothing(self, house: House, desk: Desk) -> None:
        both, new = SecretKey("another", SECRET_KEY), SecretKey("another")
        async with receiving(plain(500), plain()) as receiver:
            await desk.happen(await desk.room(receiver.url), times=2)
            async with house.sending(both) as sender:
                await until(lambda: receiver.deliveries)
            await seals.reseal(desk.transaction, both)
            async with house.sending(new) as sender:
                await house.quiet(sender)
        assert told(receiver.deliveries) == await desk.expected()
        assert {status for status, *_ in await desk.log()} == {"success"}

    async def test_that_opens_no_webhook_is_what_the_log_says_until_the_right_one_is_back(
        self, house: House, desk: Desk
    ) -> None:
        async with receiving() as receiver:
            await desk.room(receiver.url)
            async with house.sending(SecretKey("another")) as sender:
                await until(desk.are_tried)
            assert await desk.log() == [("pending", 1, None, "the webhook was sealed under another SECRET_KEY")]
            assert not receiver.deliveries
            async with house.sending() as sender:
                await house.quiet(sender)
        assert told(receiver.deliveries) == await desk.expected()


class TestSecrets:
    SECRETS = ("u5er", "pa55", "pa7h", "qu3ry", "h3ader", "bod1")

    @pytest.mark.parametrize(
        "answer",
        [
            plain(500, b"bod1 pa7h"),
            redirect(307, "http://u5er:pa55@127.0.0.1:1/pa7h?qu3ry"),
            redirect(302, "/pa7h"),
            raw(b"HTTP/1.1 pa7h h3ader\r\n\r\n"),
            dying(b"HTTP/1.1 200 qu3ry"),
        ],
        ids=["status", "redirect", "not followed", "no HTTP", "dying"],
    )
    async def test_are_in_no_log(
        self, house: House, desk: Desk, answer: Answer, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)  # as servers have it
        async with receiving(answer) as receiver, house.sending() as sender:
            url = f"http://u5er:pa55@127.0.0.1:{receiver.port}/pa7h?qu3ry"
            await desk.room(url, Authorization="h3ader", **{"x-h": "h3ader"})
            await desk.connection.execute("UPDATE webhook_delivery SET created_at = now() - interval '25 hours'")
            await house.quiet(sender)
        [(status, _, _, error)] = await desk.log()
        assert status == "failed"
        assert error
        secrets = (*self.SECRETS, desk.key.webhook_secret.removeprefix("whsec_"))
        lines = [error, *caplog.messages]
        assert any("given up" in line for line in lines)
        assert not [line for line in lines for secret in secrets if secret in line]
