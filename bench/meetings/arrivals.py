"""Everybody joins one meeting at once, and each hears of each; beside it, the room gets as many names at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Final

import httpx

from app.settings import PREFIX
from bench import place
from bench.hearings import people
from bench.hearings.crowd import Crowd, gathered
from bench.hearings.people import Room
from bench.measurement import Meter
from bench.meetings.requests import Request, at_once
from bench.place import Postgres
from bench.scaling.families import Family

SIZE: Final = 200
WORKERS: Final = 2
TIMES: Final = 3
_PATIENCE: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """So many changes asked for at once: ms until all were answered, and until the last socket had heard the last."""

    answered: float
    heard: float
    server: float
    """CPU ms of the workers for a change."""
    postgres: float

    @property
    def rate(self) -> float:
        """Changes answered a second."""
        return 1e3 * SIZE / self.answered


@dataclass(frozen=True, slots=True)
class Round:
    """Bursts of both kinds, by turns."""

    joins: Sequence[Burst]
    renames: Sequence[Burst]


@dataclass(frozen=True, slots=True)
class _Hall:
    """A room, a server for it, and a socket of each member."""

    url: str
    room: Room
    crowd: Crowd
    meter: Meter

    def burst(self, requests: Sequence[Request]) -> Burst:
        """Send them at once. Raises BenchFailed when one is refused, or somebody does not hear of each."""
        self.meter.rest()
        before = self.meter.read()
        began, answered = at_once(self.url, requests)
        heard = self.crowd.heard(range(SIZE), SIZE)
        spent = self.meter.spent_since(before)
        return Burst(
            answered=1e3 * (max(answered) - began),
            heard=1e3 * (max(each.moments[-1] for each in heard) - began),
            server=1e3 * spent.server / SIZE,
            postgres=1e3 * spent.postgres / SIZE,
        )

    def ask(self, path: str, **body: str) -> str:
        """Have the owner ask for something of which everybody hears once; return the meeting's id."""
        answer = httpx.post(f"{self.url}{path}", headers=_as(self.room.tokens[0]), json=body, timeout=_PATIENCE)
        answer.raise_for_status()
        self.crowd.heard(range(SIZE), 1)
        id: str = answer.json()["id"]
        return id


def measured(postgres: Postgres, disk: Path) -> Round:
    """Run a server of two workers for a room. Raises BenchFailed when somebody does not hear each change once."""
    room = postgres.run(lambda connection: people.room_of(connection, SIZE))
    further = {f"{PREFIX}WORKERS": str(WORKERS)}
    with place.enfilade(postgres.settings, disk, further) as server, gathered() as crowd:
        behind = postgres.run(people.head)
        crowd.open(server.url, room.tokens)
        hall = _Hall(server.url, room, crowd, Meter(Family.of(server.pid).serving, postgres.pid))
        meeting = hall.ask("/meetings", roomId=str(room.id), meetingType="permanent")
        _, *measured = [_both(hall, meeting) for _ in range(1 + TIMES)]  # once to warm up
        crowd.judge(range(SIZE), postgres.run(lambda one: people.names(one, room.members[0], behind)))
    return Round(*zip(*measured, strict=True))


def _both(hall: _Hall, meeting: str) -> tuple[Burst, Burst]:
    hall.ask(f"/meetings/{meeting}/start")
    joins = hall.burst(_joins(hall, meeting))
    hall.ask(f"/meetings/{meeting}/stop")
    return joins, hall.burst(_renames(hall.room))


def _joins(hall: _Hall, meeting: str) -> list[Request]:
    each = zip(hall.room.tokens, hall.crowd.queue_ids(), strict=True)
    path = f"/meetings/{meeting}/join"
    return [Request(method="POST", path=path, headers={**_as(token), "queue-id": id}) for token, id in each]


def _renames(room: Room) -> list[Request]:
    path, headers = f"/rooms/{room.id}", _as(room.tokens[0])
    return [Request(method="PUT", path=path, headers=headers, body={"name": token_hex(4)}) for _ in range(SIZE)]


def _as(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}
