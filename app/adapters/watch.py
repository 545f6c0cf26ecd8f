"""The watch tells the operator when something that the server stands on goes away, and when it is back."""

import asyncio
import fcntl
import logging
import multiprocessing
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from types import MappingProxyType
from typing import Final, Self

from app.adapters.embedded import locks
from app.domain import probes
from app.domain.probes import Probe

_log = logging.getLogger("enfilade")
_SECONDS: Final = 10
_SOON_SECONDS: Final = 1


class Watch:
    """Asks for one process; of several of a server one alone speaks of what it finds.

    `probes` are by the names of `/health`; `hints` say by the same where to look, as words behind "look at".
    """

    def __init__(self, probes: Mapping[str, Probe], hints: Mapping[str, str]) -> None:
        self._probes = probes
        self._hints = hints
        self._healthy: dict[str, bool] = {}
        self.healthy: Final[Mapping[str, bool]] = MappingProxyType(self._healthy)
        """What was found last, by name; without what has not been found out yet."""
        self._floor = _Floor()

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[Self]:
        """Watch as long as the block runs, first at once."""
        tasks = [asyncio.create_task(self._watch(name, probe)) for name, probe in self._probes.items()]
        try:
            yield self
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._floor.leave()

    async def _watch(self, name: str, probe: Probe) -> None:
        """Ask for ever. A fault is one when it is found twice: what makes previews may be slow to begin."""
        asking: asyncio.Future[object] | None = None
        faults = 0
        while True:
            if asking is None or asking.done():  # one that does not even end when told to is not asked twice
                asking = asyncio.ensure_future(probe())
            fault = await probes.fault(asking)
            faults = faults + 1 if fault else 0
            if faults != 1:
                self._note(name, fault)
            await asyncio.sleep(_SOON_SECONDS if faults == 1 else _SECONDS)

    def _note(self, name: str, fault: BaseException | None) -> None:
        was, self._healthy[name] = self._healthy.get(name, True), fault is None
        if was == self._healthy[name] or not self._floor.is_ours():
            return
        if fault:
            _log.warning("%s is away (%s): look at %s", name, _in_short(fault), self._hints[name])
        else:
            _log.warning("%s is back", name)


class _Floor:
    """Had by the first process of a server that has something to say, until it ends.

    It is a lock on what /proc has of their parent, which needs no place on a disk; where there is no /proc, all speak.
    """

    def __init__(self) -> None:
        self._file: int | None = None

    def is_ours(self) -> bool:
        """Take it if nobody has it."""
        parent = multiprocessing.parent_process()
        if not parent:
            return True
        try:
            if self._file is None:
                self._file = os.open(f"/proc/{parent.pid}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            return locks.take(self._file, fcntl.LOCK_EX)
        except OSError:
            return True

    def leave(self) -> None:
        """Let another have it."""
        if self._file is not None:
            with suppress(OSError):
                os.close(self._file)
            self._file = None


def _in_short(fault: BaseException) -> str:
    """Return the first line of what is said, by the fault or by what led to it."""
    said = str(fault) or str(fault.__cause__ or "") or type(fault.__cause__ or fault).__name__
    return said.splitlines()[0]
