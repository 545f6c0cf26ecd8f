"""Hearings: what somebody who stays connected hears of events, as soon as they are committed."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from enum import Enum
from typing import Protocol
from uuid import UUID

from app.domain.events import Event


class Over(Enum):
    """Why nothing more is heard."""

    TOKEN_GONE = "token gone"  # noqa: S105 - no password
    """The token opens nothing any more: revoked, expired, or its user is removed."""

    FELL_BEHIND = "fell behind"
    """More waits to be taken than is kept for one."""

    LOST_PLACE = "lost place"
    """What was recorded meanwhile is not there any more, or never was: the database is an older copy."""


class Hearing(Protocol):
    """What concerns one user, for one who listens. Nothing is left out, told twice or out of order."""

    @property
    def over(self) -> Over | None:
        """Why it is over; None as long as it isn't."""

    def when_over(self, call: Callable[[], object]) -> None:
        """Have this called when it is over, now if it is already."""

    def place(self) -> int:
        """Return the number up to which everything was taken and dealt with; 0 as long as something is not."""

    async def take(self) -> Sequence[Event]:
        """Wait until something is there, and return some of it."""


class Feed(Protocol):
    """What is heard of all events that are committed, whichever process recorded them."""

    async def ready(self) -> None:
        """Return as soon as events are heard; raises FeedFailed when that takes too long."""

    def hearing(self, user_id: UUID, queue_id: UUID, token_hash: bytes, most: int) -> AbstractContextManager[Hearing]:
        """What this user hears from now on, by a socket of this name, until the block ends or the token is gone.

        Raises TooManyHearings if he has so many already.
        """
