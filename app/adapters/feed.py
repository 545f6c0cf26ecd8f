"""The feed: one connection of this process hears of every event, and tells those who listen here."""

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from types import MappingProxyType
from typing import Final, Self
from uuid import UUID

import asyncpg
from asyncpg import Connection, Record

from app.adapters import database
from app.domain import events, tokens
from app.domain.changes import TokensRevoked
from app.domain.database import FAILURES, Transaction
from app.domain.errors import FeedFailed, TooManyHearings
from app.domain.events import Event, Heard
from app.domain.hearings import Over
from app.settings import Settings

_log = logging.getLogger("enfilade")
_READ_AT_ONCE: Final = 32  # of 200 at once, to read each took six times as long where it concerns a thousand
_TAKEN_AT_ONCE: Final = 8
_TURNS: Final = 2 * _READ_AT_ONCE // _TAKEN_AT_ONCE  # of the loop: twice what somebody needs who takes all that
_MOST_WAITING: Final = 16_384
_READY_SECONDS: Final = 5
_BELL_SECONDS: Final = 5  # after which is looked without it: a connection may be dead without a word
_ANSWER_SECONDS: Final = 10
_CLOSE_SECONDS: Final = 1
_JUDGE_SECONDS: Final = 30
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 1
_REVOKED: Final = TokensRevoked.__name__


async def _nothing(_: Transaction) -> None:
    """Do nothing."""


class _Hearing:
    """What one who listens has still to take; `heard` tells up to which number the feed has heard everything."""

    __slots__ = ("_call", "_heard", "_is_taking", "_waiting", "_woken", "over", "queue_id", "token_hash")

    def __init__(self, queue_id: UUID, token_hash: bytes, heard: Callable[[], int]) -> None:
        self.queue_id = queue_id
        self.token_hash = token_hash
        self.over: Over | None = None
        self._heard = heard
        self._waiting = deque[Event]()
        self._woken = asyncio.Event()
        self._is_taking = False
        self._call: Callable[[], object] | None = None

    def put(self, event: Event) -> None:
        if len(self._waiting) >= _MOST_WAITING:
            self.end(Over.FELL_BEHIND)
        if self.over is None:
            self._waiting.append(event)
            self._woken.set()

    def end(self, why: Over) -> None:
        if self.over is None:
            self.over = why
            self._waiting.clear()
            if self._call:
                self._call()

    def when_over(self, call: Callable[[], object]) -> None:
        self._call = call
        if self.over:
            call()

    def place(self) -> int:
        return self._heard() if self._is_taking and not self._waiting else 0

    async def take(self) -> Sequence[Event]:
        self._is_taking = True
        if self._waiting:
            await asyncio.sleep(0)  # whoever has much to take lets others go on
        while not self._waiting:
            self._woken.clear()
            await self._woken.wait()
        self._is_taking = False
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), _TAKEN_AT_ONCE))]


class ListeningFeed:
    """Hears for one process, from when it is first connected; what is committed while it is not is heard later.

    Its connection goes past a pooler, which would not tell it of notifications. It is lent to `beside` again and again,
    each few seconds at least; and whoever has a bell in `bells` hears what is notified on its channel, as long as the
    connection is there.
    """

    def __init__(
        self,
        settings: Settings,
        beside: Callable[[Transaction], Awaitable[object]] = _nothing,
        bells: Mapping[str, Callable[..., None]] = MappingProxyType({}),
    ) -> None:
        self._beside = beside
        self._bells = bells
        self._arguments = {**database.direct_arguments(settings), "command_timeout": _ANSWER_SECONDS}
        self._hearings: dict[UUID, set[_Hearing]] = {}
        self._bell = asyncio.Event()
        self._hears = asyncio.Event()
        self._looked = asyncio.Event()
        self._fault: Exception | None = None
        self._judged_at = 0.0
        self._has_begun = False
        self.heard = 0
        """The number up to which everything was heard."""
        self.figures = Counter[str]()
        """How many events were heard, and why hearings were over before their end."""

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Self]:
        """Listen as long as the block runs."""
        task = asyncio.create_task(self._listen_for_ever())
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def ready(self) -> None:
        self._bell.set()
        try:
            async with asyncio.timeout(_READY_SECONDS):
                await self._hears.wait()
        except TimeoutError:
            raise FeedFailed from self._fault

    async def probe(self) -> None:
        """Look now, or try to connect; fail, or take long, when nothing is heard."""
        self._bell.set()
        await self._looked.wait()
        if self._fault:
            raise FeedFailed from self._fault

    @contextmanager
    def hearing(self, user_id: UUID, queue_id: UUID, token_hash: bytes, most: int) -> Iterator[_Hearing]:
        of_user = self._hearings.setdefault(user_id, set())
        if len(of_user) >= most:
            raise TooManyHearings
        hearing = _Hearing(queue_id, token_hash, lambda: self.heard)
        of_user.add(hearing)
        try:
            yield hearing
        finally:
            of_user.discard(hearing)
            if not of_user and self._hearings.get(user_id) is of_user:
                del self._hearings[user_id]
            if hearing.over:
                self.figures[hearing.over.value] += 1

    async def _listen_for_ever(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            try:
                async with self._connected() as connection:
                    await self._begin(Transaction(connection))
                    pause = _FIRST_PAUSE
                    await self._follow(Transaction(connection))
            except Exception as error:  # noqa: BLE001 - whoever listens is told later
                if not database.outage(error) and type(error) is not type(self._fault):  # once, not every second
                    _log.exception("the feed failed")
                self._note(error)
                self._bell.clear()
            await asyncio.sleep(_FIRST_PAUSE)  # however often anybody asks
            await self._rest(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _note(self, fault: Exception | None) -> None:
        """Tell all who ask whether something is heard."""
        self._fault = fault
        if fault:
            self._hears.clear()
        else:
            self._hears.set()
        asked, self._looked = self._looked, asyncio.Event()
        asked.set()

    async def _rest(self, seconds: float) -> None:
        """Wait for the bell, but no longer than this."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._bell.wait()

    @asynccontextmanager
    async def _connected(self) -> "AsyncIterator[Connection[Record]]":
        connection: Connection[Record] = await asyncpg.connect(**self._arguments)
        try:
            connection.add_termination_listener(self._ring)
            for channel, ring in {events.CHANNEL: self._ring, **self._bells}.items():
                await connection.add_listener(channel, ring)
            yield connection
        finally:
            connection.remove_termination_listener(self._ring)
            with suppress(*FAILURES):
                await connection.close(timeout=_CLOSE_SECONDS)

    def _ring(self, *_: object) -> None:
        self._bell.set()

    async def _begin(self, transaction: Transaction) -> None:
        """Find the place: at first the newest event, later the last that was heard, if there is such a one."""
        newest = (await events.kept(transaction)).newest
        if not self._has_begun:
            self.heard, self._has_begun = newest, True
        elif newest < self.heard:
            self._lose_place(newest)

    async def _follow(self, transaction: Transaction) -> None:
        while True:
            self._bell.clear()  # before it is looked: what is rung meanwhile may not have been seen
            await self._hear(transaction)
            if time.monotonic() - self._judged_at > _JUDGE_SECONDS:
                self._judged_at = time.monotonic()
                await self._judge(transaction, self._all())
            await self._rest(_BELL_SECONDS)

    async def _hear(self, transaction: Transaction) -> None:
        """Hear all that is there."""
        while True:
            await self._beside(transaction)
            heard = await events.read(transaction, self.heard, _READ_AT_ONCE)
            if heard and heard[0].event.number > self.heard + 1:
                await self._judge_gap(transaction)
            for each in heard:
                await self._tell(transaction, each)
            self._note(None)
            if len(heard) < _READ_AT_ONCE:
                return
            await _let_take()

    async def _judge_gap(self, transaction: Transaction) -> None:
        """Let those begin anew who would never hear of what was pruned; numbers that were taken back are no loss."""
        kept = await events.kept(transaction)
        if not kept.follow(self.heard):
            self._lose_place(kept.newest)

    def _lose_place(self, newest: int) -> None:
        self.heard = newest
        self._end(self._all(), Over.LOST_PLACE)

    async def _tell(self, transaction: Transaction, heard: Heard) -> None:
        if heard.event.number <= self.heard:  # read before the place was lost
            return
        concerned = self._of(heard.audience)
        if heard.event.type == _REVOKED:
            await self._judge(transaction, concerned)
        else:
            for hearing in concerned:
                if heard.queue_id in (None, hearing.queue_id):
                    hearing.put(heard.event)
        self.heard = heard.event.number
        self.figures["heard"] += 1

    async def _judge(self, transaction: Transaction, hearings: Collection[_Hearing]) -> None:
        """Send those away whose token opens nothing any more."""
        if hearings:
            good = await tokens.still_good(transaction, {hearing.token_hash for hearing in hearings})
            self._end((hearing for hearing in hearings if hearing.token_hash not in good), Over.TOKEN_GONE)

    def _of(self, user_ids: Iterable[UUID]) -> list[_Hearing]:
        return [hearing for user_id in user_ids for hearing in self._hearings.get(user_id, ())]

    def _all(self) -> list[_Hearing]:
        return self._of(self._hearings)

    @staticmethod
    def _end(hearings: Iterable[_Hearing], why: Over) -> None:
        for hearing in hearings:
            hearing.end(why)


async def _let_take() -> None:
    """Let whoever can take what was heard do so: read faster, a long stall would fill up all who listen."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)
