"""Previews that are kept: what there is of them in the database and in the store."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from papers import numbered
from people import Files, Person, Room
from pictures import photograph, saved
from transcripts import assert_empty

PICTURE = saved(photograph((64, 48)), "PNG")
PAPER = numbered(3)


@dataclass(frozen=True)
class Kept:
    """What is kept of previews: the rows, and the bytes."""

    files: Files
    before: set[UUID]

    async def rows(self) -> list[asyncpg.Record]:
        """Return the rows, the oldest preview first."""
        return await self.files.database.fetch("SELECT * FROM preview ORDER BY id")

    async def ids(self) -> list[UUID]:
        return [row["id"] for row in await self.rows()]

    async def strays(self) -> int:
        """Return how much the sweep has to do."""
        return await self.files.database.fetchval("SELECT count(*) FROM stray_blob")

    async def bytes_of(self, id: UUID) -> bytes:
        size = await self.files.database.fetchval("SELECT size FROM preview WHERE id = $1", id)
        return b"".join([piece async for piece in self.files.store.read(id, 0, size)])

    async def use(self, id: UUID, **ago: float) -> datetime:
        """Have a preview used so long ago, and return when that was."""
        return await self.files.database.fetchval(
            "UPDATE preview SET used_at = now() - $2::interval WHERE id = $1 RETURNING used_at", id, timedelta(**ago)
        )

    async def used(self, id: UUID) -> datetime:
        return await self.files.database.fetchval("SELECT used_at FROM preview WHERE id = $1", id)

    async def assert_nothing_left(self) -> None:
        """See that there is no row any more, and that the bytes of files and previews go."""
        assert await self.rows() == []
        await self.files.assert_nothing_beside(self.before)


async def shown(person: Person, path: str) -> bytes:
    """Return a preview that there is."""
    answer = await person("GET", path)
    assert answer.status_code == 200, answer.text
    return answer.content


async def image(person: Person, room: Room) -> str:
    """Upload a picture and return where a preview of it is."""
    return f"/preview/image/{await person.sent(room, 'a.png', PICTURE)}/20x20"


async def wake(person: Person) -> None:
    """Let the server's sweep look at its list, of which nobody has told it: else it does once a minute."""
    id = await person.sent(await person.created("temporary", name="Own"))
    assert_empty(await person("DELETE", f"/attachments/{id}"), 204)
