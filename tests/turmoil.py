"""A meeting in which people come and go while everything else happens to it, to its room and to them."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

import asyncpg
import httpx
from crowds import met
from people import Person, Room
from seats import Deaf, of

from app.domain import users
from app.domain.database import Transaction


@dataclass
class Turmoil:
    """A room with a meeting, which comes and goes; what became of all that was asked."""

    owner: Person
    people: list[Person]
    room: Room
    meeting: Room
    desk: asyncpg.Connection
    answered: Counter[tuple[str, int]] = field(default_factory=Counter)

    async def come_and_go(self, own: list[Deaf], chance: Random) -> None:
        for _ in range(9):
            seat, doing = chance.choice(own), chance.choice(("join", "join", "leave", "be gone"))
            if doing == "be gone":
                self._note(doing, await seat.whose("POST", f"{of(self.meeting)}/leave"))
            else:
                self._note(doing, await (seat.join if doing == "join" else seat.leave)(self.meeting))

    async def start_and_stop(self) -> None:
        for doing in ("start", "stop") * 6:
            await asyncio.sleep(0.03)
            self._note(doing, await self.owner("POST", f"{of(self.meeting)}/{doing}"))

    async def delete_and_make(self) -> None:
        for _ in range(4):
            await asyncio.sleep(0.12)
            self._note("delete", await self.owner("DELETE", of(self.meeting)))
            self.meeting = await met(self.room, self.owner)

    async def put_out_and_add(self, chance: Random) -> None:
        members = f"/rooms/{self.room['id']}/members"
        for _ in range(12):
            whom = chance.choice(self.people)
            self._note("put out", await self.owner("DELETE", f"{members}/{whom.id}"))
            self._note("add", await self.owner("POST", members, json=[{"userId": whom.id, "owner": False}]))

    async def remove_users(self) -> None:
        for whom in self.people[:5]:
            async with self.desk.transaction():
                await users.remove(Transaction(self.desk), UUID(whom.id))
            self.answered["remove", 204] += 1

    def _note(self, doing: str, answer: httpx.Response) -> None:
        self.answered[doing, answer.status_code] += 1


#: What may be answered: what another has done meanwhile is a reason to refuse, and never one to fail.
ANSWERS = {
    "join": {200, 400, 401, 403, 404, 409},
    "leave": {204, 401, 403, 404},
    "be gone": {204, 401, 403, 404},
    "start": {200, 404},
    "stop": {200, 404},
    "delete": {204},
    "put out": {204, 404},
    "add": {201, 400, 404},
    "remove": {204},
}
