"""Turns at the workers: whoever wants a thousand previews waits for his own, and others wait for a few of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from app.domain.errors import PreviewFailed

_MOST_OF_ONE: Final = 100
_MOST: Final = 1000


@dataclass
class _Asker:
    """How many of his wait or are at work, and the places at the workers that all of them share."""

    places: asyncio.Semaphore
    asked: int = 0


class Turns:
    """Gives each asker as many places as there are workers: who comes then stands behind so many of each other."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._askers: dict[str, _Asker] = {}

    @property
    def asked(self) -> int:
        """How many wait for a place or have one."""
        return sum(each.asked for each in self._askers.values())

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[None]:
        """Wait for a place of this asker, and hold it as long as the block runs. Raises PreviewFailed."""
        asker = self._askers.get(name) or _Asker(asyncio.Semaphore(self._places))
        if asker.asked >= _MOST_OF_ONE or self.asked >= _MOST:
            raise PreviewFailed("too many wait already")
        self._askers[name] = asker
        asker.asked += 1
        try:
            async with asker.places:
                yield
        finally:
            asker.asked -= 1
            if not asker.asked:
                del self._askers[name]
