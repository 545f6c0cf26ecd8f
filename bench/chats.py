"""The chats of a full database: users, rooms of every type, members, settings, meetings; always the same ones.

Of twenty rooms eight are one-to-ones, eight groups, one is a workspace, two are its channels and one is temporary:
about five members a room, fifty rooms a user. And one user is busy. Every user has a picture, and every group.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any, Final
from uuid import UUID

from asyncpg import Connection, Record

from app.domain import ids
from app.domain.schema import conference, member, room, room_setting, user_account, user_token
from app.domain.standings import RoomType
from bench import files, sessions
from bench.rows import HOUR, OTHERS, YEAR, Moments, Row, copy, copy_values, limits

BUSY_EMAIL: Final = "person.0@example.org"
"""Of the user who is an owner of 200 groups and five workspaces, with 20 members in each, and in no other room."""

_BUSY_GROUPS, _BUSY_WORKSPACES, _BUSY_SIZE = 200, 5, 20
_ROOMS_FOR_A_USER = 10
_CYCLE, _GROUP, _WORKSPACE = 20, 8, 16
_PLACES: Final[Mapping[RoomType, range]] = {
    "one_to_one": range(_GROUP),
    "group": range(_GROUP, _WORKSPACE),
    "workspace": range(_WORKSPACE, 17),
    "channel": range(17, 19),
    "temporary": range(19, _CYCLE),
}
_TYPES: Final = {place: type for type, places in _PLACES.items() for place in places}
_SIZES: Final = {"group": (3, 13), "temporary": (1, 9), "workspace": (4, 20)}
_WITH_FILES: Final = ("group", "one_to_one", "temporary")
_WITH_MEETING: Final = (0, 4, 8, 12, 16, 18)


@dataclass(frozen=True, slots=True)
class _Chat:
    """A room that is to be there: `place` is which of the twenty, `first` is its owner, or its workspace's."""

    id: UUID
    place: int
    workspace: UUID
    members: Sequence[UUID]
    first: UUID

    @property
    def type(self) -> RoomType:
        return _TYPES[self.place]


async def fill(connection: "Connection[Record]", count: int, attachments: int, default_template: UUID) -> None:
    """Put that many rooms, a multiple of 4,000, with attachments into a database that has no users yet."""
    people = max(OTHERS, count // _ROOMS_FOR_A_USER)
    groups = count // _CYCLE * len(_PLACES["group"])
    blobs, pictures = await files.fill_blobs(connection, attachments=attachments, pictures=people + groups)
    users = list(_users(people, pictures))
    await copy(connection, user_account, users)
    await copy(connection, user_token, _tokens(users))
    chats = list(_chats(count, [user["id"] for user in users]))
    await copy(connection, room, _rooms(chats, iter(pictures[people:])))
    await copy_values(connection, member, ("room_id", "user_id", "owner", "rank"), _members(chats))
    await copy_values(connection, room_setting, ("room_id", "user_id", "muted", "cleared_at"), _settings(chats))
    meetings = list(_meetings(chats, default_template))
    await copy(connection, conference, meetings)
    await sessions.fill(connection, meetings, {chat.id: chat.members for chat in chats}, users, full=chats[_GROUP].id)
    places = [(chat.id, chat.first) for chat in chats if chat.type in _WITH_FILES]
    await files.fill(connection, attachments, blobs, places, full=(chats[_GROUP].id, chats[_GROUP].first))


def _users(count: int, pictures: Sequence[UUID]) -> Iterator[Row]:
    moments = Moments.until_now(count, user_account)
    for number in range(count):
        email = f"person.{number}@example.org"
        name = f"Person {number}"
        yield {
            "id": moments.id(number),
            "email": email,
            "email_key": email,
            "name": name,
            "type": "internal",
            **_pictured(pictures[number]),
        }


def _pictured(blob: UUID | None) -> Row:
    return {"picture_blob_id": blob, "picture_changed_at": ids.moment(blob) if blob else None}


def _tokens(users: Sequence[Row]) -> Iterator[Row]:
    """Yield three tokens of some users, of which a few are over."""
    chance, now = Moments.until_now(OTHERS, user_token).chance, datetime.now(UTC)
    for number in range(3 * OTHERS):
        yield {
            "token_hash": chance.randbytes(32),
            "user_id": users[number % OTHERS]["id"],
            "expires_at": now - HOUR if number % 49 == 1 else now + YEAR,
        }


def _chats(count: int, users: Sequence[UUID]) -> Iterator[_Chat]:
    moments, (busy, *others) = Moments.until_now(count, room), users
    workspace, its_first = busy, busy
    for number in range(count):
        id, place = moments.id(number), number % _CYCLE
        members = _together(number, count, busy, others, moments.chance)
        if place == _WORKSPACE:
            workspace, its_first = id, members[0]
        yield _Chat(id, place, workspace, members, members[0] if members else its_first)


def _together(number: int, count: int, busy: UUID, others: Sequence[UUID], chance: Random) -> Sequence[UUID]:
    """Return who is in a room, in the order of joining."""
    if number % (count // _BUSY_GROUPS) == _GROUP or number % (count // _BUSY_WORKSPACES) == _WORKSPACE:
        return [busy, *chance.sample(others, _BUSY_SIZE - 1)]
    type = _TYPES[number % _CYCLE]
    if type == "one_to_one":
        return _pair(number // _CYCLE * _GROUP + number % _CYCLE, others)
    return chance.sample(others, chance.randint(*_SIZES[type])) if type in _SIZES else ()


def _pair(number: int, users: Sequence[UUID]) -> Sequence[UUID]:
    """Return two users; the pairs of other numbers are others."""
    distance, place = divmod(number, len(users))
    return users[place], users[(place + 1 + 7 * distance) % len(users)]


def _rooms(chats: Sequence[_Chat], pictures: Iterator[UUID]) -> Iterator[Row]:
    for number, chat in enumerate(chats):
        is_pair, moment = chat.type == "one_to_one", ids.moment(chat.id)
        low, high = sorted(chat.members) if is_pair else (None, None)
        yield {
            "id": chat.id,
            "type": chat.type,
            "name": "" if is_pair else f"Chat {number}",
            "description": "" if is_pair else "What we talk about" if number % 3 == 0 else None,
            "parent_id": chat.workspace if chat.type == "channel" else None,
            "rank": chat.place - _WORKSPACE if chat.type == "channel" else None,
            "pair_low": low,
            "pair_high": high,
            **_pictured(next(pictures) if chat.type == "group" else None),
            "created_at": moment,
            "modified_at": moment,
        }


def _members(chats: Sequence[_Chat]) -> Iterator[tuple[Any, ...]]:
    """Yield members; the first of a room is its owner, in a one-to-one both are."""
    workspaces: Counter[UUID] = Counter()
    for chat in chats:
        for number, user in enumerate(chat.members):
            if chat.type == "workspace":
                workspaces[user] += 1
            rank = workspaces[user] if chat.type == "workspace" else None
            yield chat.id, user, number == 0 or chat.type == "one_to_one", rank


def _settings(chats: Sequence[_Chat]) -> Iterator[tuple[Any, ...]]:
    """Yield what every other first member of a room set, and few of the others."""
    chance = Moments.until_now(len(chats), room_setting).chance
    for chat in chats:
        for user in chat.members or [chat.first]:
            if chance.random() < (0.5 if user == chat.first else 0.05):
                yield chat.id, user, chance.random() < 0.5, ids.moment(chat.id) if chance.random() < 0.5 else None


def _meetings(chats: Sequence[_Chat], default_template: UUID) -> Iterator[Row]:
    """Yield meetings of six rooms of twenty; one of them goes on."""
    moments = Moments.until_now(len(chats), conference)
    for number, chat in enumerate(chats):
        if chat.place in _WITH_MEETING:
            id = moments.id(number)
            moment = ids.moment(id)
            yield {
                "id": id,
                "opened_by": "chats",
                "type": "sfu",
                "template_id": default_template,
                "room_id": chat.id,
                "meeting_type": "permanent",
                "started_at": moment if chat.place == _GROUP else None,
                "created_at": moment,
                "modified_at": moment,
                **limits(),
            }
