"""The teller tells one receiver what is in one queue, in its order, and writes down what became of it."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from asyncpg import Pool, Record
from pydantic_core import to_json

from app.adapters import database
from app.adapters.metrics import figures
from app.adapters.webhooks.courier import Courier, Undelivered
from app.adapters.webhooks.receivers import Place, Receivers
from app.domain import deliveries
from app.domain.database import FAILURES, Transaction, connected
from app.domain.deliveries import Claim, Delivery, Failure
from app.domain.errors import SecretKeyMismatch
from app.domain.secrets import SecretKey
from app.domain.webhooks import Target

_log: Final = logging.getLogger("enfilade")
_TAKEN_AT_ONCE: Final = 20
_WRITTEN_WITHIN_SECONDS: Final = 60  # as long as a queue is leased
_CONNECTIONS: Final = 2  # of the pool, whatever is to be told: requests have the others
_UNREADABLE: Final = Failure("the webhook was sealed under another SECRET_KEY")

Written = TypeVar("Written")
Spell = Callable[[Delivery], Mapping[str, Any]]
"""What says in the words of the API what is told."""


@dataclass(slots=True)
class _Round:
    """What is told to one receiver at once: `claim` is of the last lease."""

    claim: Claim
    target: Target
    place: Place
    generation: int
    deliveries: Sequence[Delivery] = field(repr=False)
    spell: Spell


class Teller:
    """Tells by a courier, and signs what it tells."""

    def __init__(
        self,
        pool: "Pool[Record]",
        courier: Courier,
        secret_key: SecretKey,
        speller: Callable[[Transaction], Awaitable[Spell]],
    ) -> None:
        self._pool = pool
        self._connection = asyncio.Semaphore(_CONNECTIONS)
        self._courier = courier
        self._secret_key = secret_key
        self._speller = speller
        self._is_ending = False
        self.receivers = Receivers()

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Transaction]:
        """Lend a connection to whoever sends, as soon as few others of them have one."""
        async with self._connection, connected(self._pool) as transaction:
            yield transaction

    def telling(self) -> AbstractAsyncContextManager[Courier]:
        """Keep the courier's connections as long as the block runs."""
        return self._courier.open()

    def end(self) -> None:
        """Begin nothing more."""
        self._is_ending = True

    def target(self, claim: Claim) -> Target | None:
        """Return where to; None when there is no webhook, or SECRET_KEY does not open it."""
        try:
            return Target.of_json(self._secret_key.unseal(claim.sealed_target)) if claim.sealed_target else None
        except SecretKeyMismatch:
            return None

    async def tell(self, claim: Claim, target: Target | None, place: Place) -> None:
        """Tell some of what is in a queue, until a try fails, or the queue is not ours any more."""
        async with self.connected() as transaction:
            if claim.sealed_target is None:
                _tell_of_given_up(await deliveries.drop(transaction, claim), "nowhere", deliveries.NO_WEBHOOK)
            taken = await deliveries.take(transaction, claim, _TAKEN_AT_ONCE)
            if taken is None:
                return
            if target is None or not taken.deliveries:
                await self._tell_nobody(transaction, claim, taken)
                return
            spell = await self._speller(transaction)
        await self._tell_in_turn(_Round(claim, target, place, *taken, spell))

    async def _tell_nobody(self, transaction: Transaction, claim: Claim, taken: deliveries.Taken) -> None:
        if not taken.deliveries:
            await deliveries.give_back(transaction, claim, taken.generation)
        elif claim.sealed_target is None:  # there is a webhook again, since just now
            await deliveries.put_off(transaction, [claim], 0)
        else:
            given_up = await deliveries.fail(transaction, claim, taken.deliveries[0], _UNREADABLE)
            _tell_of_given_up(given_up, "nowhere", _UNREADABLE)

    async def _tell_in_turn(self, of: _Round) -> None:
        for delivery in of.deliveries:
            if self._is_ending or not await self._is_told(of, delivery):
                break
        else:
            await self._give_back(of)
            return
        if self._is_ending:
            await self._put_back(of)

    async def _give_back(self, of: _Round) -> None:
        if len(of.deliveries) == _TAKEN_AT_ONCE:  # there may be more, and others want their turn
            await self._put_back(of)
            return
        await self._written(lambda transaction: deliveries.give_back(transaction, of.claim, of.generation))

    async def _put_back(self, of: _Round) -> None:
        await self._written(lambda transaction: deliveries.put_off(transaction, [of.claim], 0))

    async def _is_told(self, of: _Round, delivery: Delivery) -> bool:
        """Tell one, write down what became of it, and return whether the next may be told."""
        try:
            status = await self._deliver(of, delivery)
        except Undelivered as failure:
            await self._note_failure(of, delivery, failure)
            return False
        figures.WEBHOOKS.labels("success").inc()
        claim = await self._written(lambda transaction: deliveries.succeed(transaction, of.claim, delivery, status))
        if claim is None:
            return False
        is_moved, of.claim = claim.sealed_target != of.claim.sealed_target, claim
        if is_moved:
            await self._put_back(of)
        return not is_moved

    async def _deliver(self, of: _Round, delivery: Delivery) -> int:
        id, now, body = str(delivery.id), int(time.time()), _spelled(of.spell, delivery)
        own = {
            "webhook-id": id,
            "webhook-timestamp": str(now),
            "webhook-signature": self._secret_key.webhook_signatures(id, now, body),
        }
        status = await self._courier.deliver(of.target.url, of.target.headers, own, body)
        self._note_answer(of)
        return status

    def _note_answer(self, of: _Round) -> None:
        if self.receivers.answers(of.place):
            _log.info("webhooks to %s are answered again", of.place.origin)

    async def _note_failure(self, of: _Round, delivery: Delivery, failure: Undelivered) -> None:
        if failure.unreachable:
            if self.receivers.is_silent(of.place):
                _log.warning("webhooks to %s are not answered: %s", of.place.origin, failure)
        elif not failure.ours:
            self._note_answer(of)
        figures.WEBHOOKS.labels("failure").inc()
        why = Failure(str(failure), failure.status)
        given_up = await self._written(lambda transaction: deliveries.fail(transaction, of.claim, delivery, why))
        _tell_of_given_up(given_up, of.place.origin, why)

    async def _written(self, write: Callable[[Transaction], Awaitable[Written]]) -> Written:
        """Write what became of it as soon as the database answers: while it is leased nobody else sends it again."""
        for _ in range(_WRITTEN_WITHIN_SECONDS):
            try:
                async with self.connected() as transaction:
                    return await write(transaction)
            except FAILURES as error:
                if not database.outage(error):
                    raise
            await asyncio.sleep(1)
        raise TimeoutError("what became of a webhook could not be written down")


def _tell_of_given_up(number: int, where: str, why: Failure) -> None:
    if number:
        figures.WEBHOOKS.labels("given_up").inc(number)
        _log.warning("%d webhooks to %s were given up: %s", number, where, why.error)


def _spelled(spell: Spell, delivery: Delivery) -> bytes:
    try:
        return to_json(spell(delivery))
    except Exception:  # noqa: BLE001 - a fault of ours, which must not keep for ever what is behind it
        _log.exception("a webhook could not be spelled")
        raise Undelivered("it could not be spelled", ours=True) from None
