"""The sender tells webhooks what has happened, for one process; any number of them do it side by side."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final, Self

from app.adapters import rounds
from app.adapters.metrics import figures
from app.adapters.webhooks.courier import origin
from app.adapters.webhooks.receivers import Place
from app.adapters.webhooks.teller import Teller
from app.domain import deliveries
from app.domain.deliveries import Claim
from app.domain.webhooks import Target

_LOOK_SECONDS: Final = 1
_COUNT_SECONDS: Final = 30
_LAST_SECONDS: Final = 5


class Sender:
    """Sends what is due: each queue in its order, many of them at once, but few to one receiver."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._receivers = teller.receivers
        self._sending = set[asyncio.Task[None]]()
        self._woken = asyncio.Event()

    def wake(self, *_: object) -> None:
        """Look now: something may be due."""
        self._woken.set()

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[Self]:
        """Send as long as the block runs; what is on its way then has a few seconds left."""
        async with self._teller.telling():
            try:
                async with rounds.going("the sending of webhooks", self._look, lambda: _LOOK_SECONDS, self._woken):
                    yield self
            finally:
                self._teller.end()
                await self._end()

    def counting(self) -> AbstractAsyncContextManager[None]:
        """Have counted what waits, as long as the block runs."""
        return rounds.going("the counting of webhooks", self._count, lambda: _COUNT_SECONDS)

    async def _end(self) -> None:
        if self._sending:
            await asyncio.wait(self._sending, timeout=_LAST_SECONDS)
        for task in set(self._sending):
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)

    async def _look(self) -> None:
        """Claim what is due, as long as there is room, and begin to send it."""
        while room := self._receivers.places - len(self._sending):
            async with self._teller.connected() as transaction:
                claims = await deliveries.claim(transaction, room)
                for pause, put_off in self._begin_those_with_a_place(claims).items():
                    await deliveries.put_off(transaction, put_off, pause)
            if len(claims) < room:
                return

    async def _count(self) -> None:
        async with self._teller.connected() as transaction:
            waiting = await deliveries.waiting(transaction)
        figures.WEBHOOKS_WAITING.set(waiting.number)
        figures.WEBHOOKS_OLDEST.set(waiting.oldest)

    def _begin_those_with_a_place(self, claims: Sequence[Claim]) -> Mapping[int, Sequence[Claim]]:
        """Begin to send what is in these queues; return those that have to rest, by the seconds for which they do."""
        put_off = defaultdict[int, list[Claim]](list)
        for claim in claims:
            target = self._teller.target(claim)
            place = self._receivers.admit(origin(target.url) if target else "", target.url if target else "")
            if isinstance(place, Place):
                task = asyncio.create_task(self._send(claim, target, place))
                self._sending.add(task)
                task.add_done_callback(self._sending.discard)
            else:
                put_off[place].append(claim)
        return put_off

    async def _send(self, claim: Claim, target: Target | None, place: Place) -> None:
        try:
            await self._teller.tell(claim, target, place)
        except Exception as error:  # noqa: BLE001 - others have their own; this one is due again when its lease is over
            rounds.tell("the sending of webhooks", error)
        finally:
            self._receivers.leave(place)
            self.wake()
