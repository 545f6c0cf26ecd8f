"""Section 13: the frames of a websocket, as each version of the client knows them."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, Self
from uuid import UUID

from pydantic.alias_generators import to_camel
from pydantic_core import from_json

from app.domain.columns import spelled
from app.domain.events import Event

VERSIONS: Final = ("1.6.2", "1.6.1", "1.6.0")
"""Sub-protocols that we speak, the newest first."""

_IN_NEW_WORDS: Final = frozenset(["1.6.2"])
_INNER_CAPITAL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SPELLED: Final = 4096
_SHORT: Final = 1024  # what is longer is not kept


@dataclass(frozen=True, slots=True)
class Words:
    """How a socket is spoken to: in the words of a sub-protocol, if it has one, with a place in each frame or without.

    A place is the number of the last event that the socket was told of, or did not have to be; a client can begin there
    again.
    """

    version: str | None
    has_places: bool

    @classmethod
    def of(cls, offered: Iterable[str], *, has_places: bool) -> Self:
        """Choose the newest of what is offered."""
        return cls(next((version for version in VERSIONS if version in offered), None), has_places)

    def hello(self, queue_id: UUID, place: int) -> str:
        if self._are_new:
            return self._frame({"queueId": str(queue_id), "type": "WebsocketConnected", **_now()}, place)
        return self._frame({"queueId": str(queue_id), "type": "websocketConnected"}, place)

    def pong(self, place: int) -> str:
        return self._frame({"type": "Pong", **_now()} if self._are_new else {"type": "pong"}, place)

    def resync(self, place: int) -> str:
        """Say that what was missed is not told: the client has to ask for all that it shows."""
        return self._frame({"type": "Resync" if self._are_new else "resync", **_now()}, place)

    def event(self, event: Event) -> str:
        spell = _event if len(event.body) < _SHORT else _event.__wrapped__
        return spell(event, are_new=self._are_new, has_place=self.has_places)

    def is_ping(self, text: str) -> bool:
        """Whether it is exactly the ping of an old client; newer ones may spell it in any case, and say more."""
        try:
            sent = from_json(text)
        except ValueError:
            return False
        if not self._are_new:
            return bool(sent == {"type": "ping"})
        return isinstance(sent, dict) and str(sent.get("type")).lower() == "ping"

    @property
    def _are_new(self) -> bool:
        return self.version in _IN_NEW_WORDS

    def _frame(self, members: dict[str, Any], place: int) -> str:
        return _json({**members, "seq": place} if self.has_places else members)


@lru_cache(_SPELLED)
def _event(event: Event, *, are_new: bool, has_place: bool) -> str:
    """Spell an event, once for all who are told of it in these words."""
    members = {to_camel(name): value for name, value in from_json(event.body).items()}
    place = {"seq": event.number} if has_place else {}
    return _json(
        {
            "type": event.type if are_new else _INNER_CAPITAL.sub("_", event.type).upper(),
            "sentDate": spelled(event.recorded_at),
            **members,
            **place,
        }
    )


def _now() -> dict[str, str]:
    return {"sentDate": spelled(datetime.now(UTC))}


def _json(members: dict[str, Any]) -> str:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"))
