"""The codes and stream keys of a full database: of some rooms a few, of one nearly as many as it can have."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import chain, repeat
from string import ascii_lowercase
from typing import Final
from uuid import UUID

from asyncpg import Connection, Record

from app.domain.schema import room_code, stream_key
from bench.rows import OTHERS, Moments, Row, copy

MOST: Final = 90
"""So many codes, and keys, that one room has."""

_ROOMS: Final = OTHERS // 2


async def fill(connection: "Connection[Record]") -> None:
    """Put codes and keys of enabled rooms into a database that has none."""
    of_hms = "SELECT id FROM conference WHERE opened_by = 'hms' AND enabled ORDER BY id LIMIT $1"
    full, *others = [row["id"] for row in await connection.fetch(of_hms, _ROOMS)]
    ids = [*repeat(full, MOST), *chain.from_iterable(zip(others, others, strict=True))]
    await copy(connection, room_code, _codes(ids))
    await copy(connection, stream_key, _keys(ids))


def _codes(conference_ids: Sequence[UUID]) -> Iterator[Row]:
    """Yield a code of either role for each two times that a room is named."""
    moments = Moments.until_now(len(conference_ids), room_code)
    for number, id in enumerate(conference_ids):
        letters = "".join(ascii_lowercase[number // 26**place % 26] for place in range(10))
        yield {
            "id": moments.id(number),
            "code": f"{letters[:3]}-{letters[3:7]}-{letters[7:]}",
            "conference_id": id,
            "role": ("host", "guest")[number % 2],
        }


def _keys(conference_ids: Sequence[UUID]) -> Iterator[Row]:
    """Yield a key for each time that a room is named, of which its last is enabled."""
    moments = Moments.until_now(len(conference_ids), stream_key)
    last = {id: number for number, id in enumerate(conference_ids)}
    for number, id in enumerate(conference_ids):
        key = moments.chance.randbytes(32)
        yield {
            "id": moments.id(number),
            "conference_id": id,
            "key_hash": sha256(key).digest(),
            "sealed_key": key,
            "enabled": last[id] == number,
        }
