"""The sender tells webhooks what has happened, for one process; any number of them do it side by side."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Self

from app.adapters import rounds
from app.adapters.webhooks.courier import origin
from app.adapters.webhooks.teller import Teller
from app.domain import deliveries
from app.domain.deliveries import Claim
from app.domain.webhooks import Target

_LOOK_SECONDS: Final = 1
_MOST_AT_ONCE: Final = 64
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

    async def _end(self) -> None:
        if self._sending:
            await asyncio.wait(self._sending, timeout=_LAST_SECONDS)
        for task in set(self._sending):
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)

    async def _look(self) -> None:
        """Claim what is due, as long as there is room, and begin to send it."""
        while room := _MOST_AT_ONCE - len(self._sending):
            async with self._teller.connected() as transaction:
                claims = await deliveries.claim(transaction, room)
                pauses = {claim: self._begin(claim) for claim in claims}
                await deliveries.put_off(transaction, {claim: pause for claim, pause in pauses.items() if pause})
            if len(claims) < room:
                return

    def _begin(self, claim: Claim) -> int:
        """Begin to send what is in a queue, and return 0; or for how many seconds its receiver has no place."""
        target = self._teller.target(claim)
        where = origin(target.url) if target else ""
        pause = self._receivers.admit(where)
        if not pause:
            task = asyncio.create_task(self._send(claim, target, where))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        return pause

    async def _send(self, claim: Claim, target: Target | None, where: str) -> None:
        try:
            await self._teller.tell(claim, target, where)
        except Exception as error:  # noqa: BLE001 - others have their own; this one is due again when its lease is over
            rounds.tell("the sending of webhooks", error)
        finally:
            self._receivers.leave(where)
            self.wake()
