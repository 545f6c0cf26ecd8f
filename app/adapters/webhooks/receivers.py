"""Receivers: how many are told at once, and which of them are left alone for a while.

A receiver is a webhook's URL: that one does not answer says little of others at the same origin. Of all places, and of
those at an origin, some are for those that have answered the last time.
"""

import random
import resource
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_AT_ONE: Final = 4
_AT_ONE_ORIGIN: Final = 16
_DOUBTFUL_SHARE: Final = 3 / 4  # of all places, and of those at an origin; each may keep its own for ten seconds
_MOST_AT_ONCE: Final = 512
_SHARE_OF_FILES: Final = 1 / 8
_BUSY_SECONDS: Final = 5
_RESTS: Final = (1, 3, 10, 30, 60)
_FORGOTTEN_SECONDS: Final = 600


@dataclass(slots=True)
class _Receiver:
    """After so many `silences` in turn it is left alone until `rests_until`, and then tried by one."""

    wanted_at: float
    told: int = 0
    has_answered: bool = False
    silences: int = 0
    rests_until: float = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is told; it is doubtful whether he answers if he has not done so the last time."""

    origin: str
    receiver: _Receiver
    is_doubtful: bool


class Receivers:
    """Keeps one process from spending itself on receivers that are slow or away. It counts by its own clock."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self.places = _places()
        """So many are told at once; each takes a file."""
        self._known: dict[str, _Receiver] = {}
        self._told = Counter[str]()
        self._doubtful = Counter[str]()
        self._all_doubtful = 0
        self._forgets_at: float = 0

    def admit(self, origin: str, url: str) -> Place | int:
        """Take a place at an origin for a URL; or return in how many seconds whoever wants one is to come back."""
        self._forget()
        receiver = self._known.setdefault(url, _Receiver(self._now()))
        receiver.wanted_at = self._now()
        rest = receiver.rests_until - self._now()
        if rest > 0:
            return int(rest) + 1
        place = Place(origin, receiver, is_doubtful=not receiver.has_answered)
        if self._is_busy(place):
            return random.randint(1, _BUSY_SECONDS)  # noqa: S311 - nobody has to guess it
        self._count(place, 1)
        return place

    def _is_busy(self, place: Place) -> bool:
        if place.receiver.told >= _AT_ONE or self._told[place.origin] >= _AT_ONE_ORIGIN:
            return True
        if not place.is_doubtful:
            return False
        return (
            (place.receiver.silences > 0 and place.receiver.told > 0)
            or self._doubtful[place.origin] >= _AT_ONE_ORIGIN * _DOUBTFUL_SHARE
            or self._all_doubtful >= self.places * _DOUBTFUL_SHARE
        )

    def leave(self, place: Place) -> None:
        """Give a place back."""
        self._count(place, -1)

    def _count(self, place: Place, by: int) -> None:
        place.receiver.told += by
        self._all_doubtful += by * place.is_doubtful
        for places in (self._told, self._doubtful) if place.is_doubtful else (self._told,):
            places[place.origin] += by
            if not places[place.origin]:
                del places[place.origin]

    def answers(self, place: Place) -> bool:
        """Note that somebody has answered, so he does not rest any more; return whether he was silent before."""
        receiver = place.receiver
        was_silent = receiver.silences > 0
        receiver.has_answered, receiver.silences, receiver.rests_until = True, 0, 0
        return was_silent

    def is_silent(self, place: Place) -> bool:
        """Note that somebody has not answered; return whether he did until then.

        He rests, the longer the more often in turn. Whoever was told beside the one for whom he rests is no news.
        """
        receiver, now = place.receiver, self._now()
        if receiver.rests_until > now:
            return False
        receiver.rests_until = now + _RESTS[min(receiver.silences, len(_RESTS) - 1)]
        receiver.has_answered, receiver.silences = False, receiver.silences + 1
        return receiver.silences == 1

    def _forget(self) -> None:
        """Forget those that nobody has wanted to tell for long, looked for now and then."""
        now = self._now()
        if now < self._forgets_at:
            return
        self._forgets_at = now + _FORGOTTEN_SECONDS
        long_ago = now - _FORGOTTEN_SECONDS
        self._known = {
            url: receiver for url, receiver in self._known.items() if receiver.told or receiver.wanted_at > long_ago
        }


def _places() -> int:
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST_AT_ONCE if files == resource.RLIM_INFINITY else min(_MOST_AT_ONCE, int(files * _SHARE_OF_FILES))
