"""Turns at what is scarce: whoever wants it a thousand times waits for himself, and others wait for a few of his."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from app.domain.errors import DomainError

_MOST_OF_ONE: Final = 100
_MOST: Final = 1000


@dataclass
class _Asker:
    """How often he wants it or has it, and the places that all of these share."""

    places: asyncio.Semaphore
    asked: int = 0


class Turns:
    """Gives each asker so many places: who comes then stands behind so many of each other."""

    def __init__(self, places: int, refusal: type[DomainError]) -> None:
        """Take the places, and what is raised when too many wait for one."""
        self._places = places
        self._refusal = refusal
        self._askers: dict[str, _Asker] = {}

    @property
    def asked(self) -> int:
        """How many wait for a place or have one."""
        return sum(each.asked for each in self._askers.values())

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[None]:
        """Wait for a place of this asker, and hold it as long as the block runs."""
        asker = self._askers.get(name) or _Asker(asyncio.Semaphore(self._places))
        if asker.asked >= _MOST_OF_ONE or self.asked >= _MOST:
            raise self._refusal("too many wait already")
        self._askers[name] = asker
        asker.asked += 1
        try:
            async with asker.places:
                yield
        finally:
            asker.asked -= 1
            if not asker.asked:
                del self._askers[name]
