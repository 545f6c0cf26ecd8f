"""Media: the place of an engine that carries sound and pictures. There is none yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

from app.domain.errors import MediaEngineMissing

Kind = Literal["audio", "screen", "video"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Somebody who is in a conference: for whom an engine does what is asked."""

    conference_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What somebody sends."""

    user_id: UUID
    kind: Kind


class MediaEngine(Protocol):
    """What is asked of it for somebody who is in a conference. Offers and answers are of SDP (RFC 8866).

    What comes of it he hears by events of his (`app/domain/events.py`). Who comes and goes it has to hear there itself.
    """

    async def send(self, seat: Seat, kind: Kind, *, offer: str | None) -> None:
        """Let somebody send a stream; with an offer, unless that comes by itself."""

    async def silence(self, seat: Seat, kind: Kind) -> None:
        """Take a stream of his away."""

    async def offer(self, seat: Seat, sdp: str) -> None:
        """Take his offer for a stream that he was let send without one."""

    async def answer(self, seat: Seat, sdp: str) -> None:
        """Take his answer to an offer of the engine's."""

    async def subscribe(self, seat: Seat, *, wanted: Sequence[Stream], unwanted: Sequence[Stream]) -> None:
        """Let him have streams of others, and these no more."""

    async def begin_recording(self, seat: Seat) -> None:
        """Record the conference from now on."""

    async def end_recording(self, seat: Seat, *, name: str | None, folder_id: str | None) -> None:
        """End the recording, and keep it."""


class NoMediaEngine:
    """The engine of a deployment that has none: raises MediaEngineMissing, whatever is asked."""

    async def send(self, seat: Seat, kind: Kind, *, offer: str | None) -> None:
        raise MediaEngineMissing

    async def silence(self, seat: Seat, kind: Kind) -> None:
        raise MediaEngineMissing

    async def offer(self, seat: Seat, sdp: str) -> None:
        raise MediaEngineMissing

    async def answer(self, seat: Seat, sdp: str) -> None:
        raise MediaEngineMissing

    async def subscribe(self, seat: Seat, *, wanted: Sequence[Stream], unwanted: Sequence[Stream]) -> None:
        raise MediaEngineMissing

    async def begin_recording(self, seat: Seat) -> None:
        raise MediaEngineMissing

    async def end_recording(self, seat: Seat, *, name: str | None, folder_id: str | None) -> None:
        raise MediaEngineMissing
