"""Receivers: how many are being told at one origin, and whether it answers at all."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_AT_ONCE: Final = 4
_SILENT_AT_ONCE: Final = 16  # of all origins together: each may keep its place for ten seconds
_BUSY_SECONDS: Final = 5
_RESTS: Final = (1, 3, 10, 30, 60)
_FORGOTTEN_SECONDS: Final = 600


@dataclass(slots=True)
class _Receiver:
    """An origin. After so many `silences` in turn it is left alone until `rests_until`, and then tried by one."""

    told: int = 0
    silences: int = 0
    rests_until: float = 0


class Receivers:
    """Keeps one process from spending itself on an origin that is slow or away. It counts by its own clock."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._known: dict[str, _Receiver] = {}
        self._told: dict[str, _Receiver] = {}
        """Those of them that are being told: few, however many are known."""
        self._forgets_at: float = 0

    def admit(self, origin: str) -> int:
        """Take a place at an origin and return 0; else for how many seconds whoever wants one is to come back."""
        receiver = self._known.setdefault(origin, _Receiver())
        rest = max(receiver.rests_until - self._now(), 0)
        if rest or self._is_busy(receiver):
            return int(rest) + random.randint(1, _BUSY_SECONDS)  # noqa: S311 - nobody has to guess it
        receiver.told += 1
        self._told[origin] = receiver
        return 0

    def _is_busy(self, receiver: _Receiver) -> bool:
        if not receiver.silences:
            return receiver.told >= _AT_ONCE
        return receiver.told > 0 or self._silent >= _SILENT_AT_ONCE

    @property
    def _silent(self) -> int:
        """How many are tried that have not answered the last time."""
        return sum(1 for receiver in self._told.values() if receiver.silences)

    def leave(self, origin: str) -> None:
        """Give the place back."""
        receiver = self._known[origin]
        receiver.told -= 1
        if receiver.told:
            return
        del self._told[origin]
        if not receiver.silences:
            del self._known[origin]

    def answers(self, origin: str) -> None:
        """Note that an origin has answered, so it does not rest any more."""
        receiver = self._known[origin]
        receiver.silences, receiver.rests_until = 0, 0

    def is_silent(self, origin: str) -> None:
        """Note that an origin has not answered: it rests, the longer the more often in turn.

        Whoever was waiting beside the one for whom it rests tells nothing new.
        """
        receiver = self._known[origin]
        if receiver.rests_until <= self._now():
            receiver.rests_until = self._now() + _RESTS[min(receiver.silences, len(_RESTS) - 1)]
            receiver.silences += 1
        self._forget()

    def _forget(self) -> None:
        """Forget those that nobody has wanted to tell for long, looked for now and then."""
        now = self._now()
        if now < self._forgets_at:
            return
        self._forgets_at = now + _FORGOTTEN_SECONDS
        long_ago = now - _FORGOTTEN_SECONDS
        self._known = {
            origin: receiver
            for origin, receiver in self._known.items()
            if receiver.told or receiver.rests_until > long_ago
        }
