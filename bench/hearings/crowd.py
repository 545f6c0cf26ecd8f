"""The crowd: sockets that another process holds open, and whether each has heard what it should."""

import json
import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from multiprocessing.connection import Connection
from typing import Any, Final

from bench.hearings import listeners
from bench.hearings.listeners import Heard
from bench.measurement import BenchFailed

_PATIENCE: Final = 60.0
_ANSWER: Final = 30.0


@dataclass
class Crowd:
    """Sockets, numbered as they were opened."""

    pipe: "Connection[Any, Any]"
    size: int = 0
    names: dict[int, list[str]] = field(default_factory=dict)
    """What each has heard: of changes of a room its names, of those who come their ids."""

    def open(self, url: str, tokens: Sequence[str], *, take_little: bool = False) -> float:
        """Open a socket for each token, and return how many seconds it took."""
        seconds: float = self._ask("open", url, tokens, take_little=take_little)
        for number in range(self.size, self.size + len(tokens)):
            self.names[number] = []
        self.size += len(tokens)
        return seconds

    def queue_ids(self) -> list[str]:
        """Return how each is called by the server."""
        return [json.loads(greeting)["queueId"] for greeting in self._ask("greetings")]

    def heard(self, which: Sequence[int], count: int) -> list[Heard]:
        """Return what each of these has heard since this was asked last. Raises BenchFailed if it isn't so much."""
        found: list[Heard] = self._ask("heard", which, count, _PATIENCE)
        for number, heard in zip(which, found, strict=True):
            self.names[number] += map(_name, heard.frames)
            if len(heard.frames) != count:
                raise BenchFailed(f"socket {number} has heard {len(heard.frames)} events of {count}")
        return found

    def deafen(self, number: int) -> None:
        """Let this one read nothing more."""
        self._ask("deafen", number)

    def ended(self, number: int) -> int:
        """Let this one read all that is left, and return why it was closed. Raises BenchFailed if it isn't."""
        code: int | None = self._ask("ended", number, _PATIENCE)
        if code is None:
            raise BenchFailed(f"socket {number} is not closed")
        [left] = self._ask("heard", [number], 0, _PATIENCE)
        self.names[number] += map(_name, left.frames)
        return code

    def judge(self, which: Sequence[int], names: Sequence[str]) -> None:
        """Raise BenchFailed unless each of these has heard just this: nothing lost, told twice or out of order."""
        if not self._ask("asked", which, _ANSWER):  # what was told twice comes before the answer
            raise BenchFailed("a ping is not answered")
        self.heard(which, 0)
        for number in which:
            if self.names[number] != list(names):
                raise BenchFailed(f"socket {number} has not heard each of {len(names)} events once, in order")

    def spent(self) -> float:
        """Return the CPU seconds that it took to listen."""
        seconds: float = self._ask("spent")
        return seconds

    def _ask(self, name: str, *given: object, **named: object) -> Any:
        self.pipe.send((name, given, named))
        if not self.pipe.poll(2 * _PATIENCE):
            raise BenchFailed("who listens does not answer")
        try:
            return self.pipe.recv()
        except EOFError:
            raise BenchFailed("who listens has failed") from None


@lru_cache
def _name(frame: bytes) -> str:
    """Return the room's name, who has come or which meeting it is: by that the bench tells changes apart."""
    told = json.loads(frame)
    name: str = told.get("name") or told.get("userId") or told["meetingId"]
    return name


@contextmanager
def gathered() -> Iterator[Crowd]:
    """Run the process, without a socket yet."""
    spawn = multiprocessing.get_context("spawn")  # nothing of ours is open there
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=listeners.run, args=[theirs], daemon=True)
    process.start()
    theirs.close()
    try:
        yield Crowd(ours)
    finally:
        ours.close()
        process.join(_ANSWER)
        process.kill()
