"""What there is to ask for in a full database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from asyncpg import Connection, Record

from app.domain.standings import RoomType
from bench.chats import BUSY_EMAIL

COUNT = 25
"""How many rooms the pages have that are asked for."""

SEVERAL = 20
"""How many join a room at once, and how many polls a room is to have."""

_CROWD = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user with a token, and of how many rooms he is a member."""

    id: UUID
    token_hash: bytes
    rooms: int
    workspaces: Sequence[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A room of a user: another member of it, and its channels."""

    id: UUID
    other: UUID
    channels: Sequence[UUID] = ()


class Sent(NamedTuple):
    """An attachment, and the blob that is its bytes."""

    id: UUID
    created_at: datetime
    blob_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Full:
    """A group of the busy user which is full of attachments, oldest first; one shares its bytes with another."""

    id: UUID
    attachments: Sequence[Sent]
    forwarded: UUID


class Meeting(NamedTuple):
    """A room's conference in which a session runs, who came into it last, and a session of its that is over.

    The busy user is in it, by a socket.
    """

    id: UUID
    room: UUID
    peer: UUID
    over: UUID
    socket: UUID


class ToldOf(NamedTuple):
    """A conference of which webhooks are told, one of its events and how many there are; and a replay."""

    conference: UUID
    due_at: datetime
    event: UUID
    events: int
    replay: UUID
    replayed: int
    """How many deliveries all replays have."""


class Process(NamedTuple):
    """A process, and its sockets with their users."""

    id: UUID
    sockets: Mapping[UUID, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Landmarks:
    """Of templates one with many rooms, one with few and one with none; of users one busy and one like all others."""

    middle: UUID
    nearly_last: UUID
    templates: tuple[UUID, UUID, UUID]
    template_name: str
    polls: Sequence[UUID]
    """Several, of different times."""
    room_name: str
    hms_key: UUID
    coded: UUID
    """The room of the most codes and stream keys."""
    uncoded: UUID
    """A room that has none."""
    code: str
    middle_code: UUID
    email: str
    busy: Person
    usual: Person
    group: Chat
    blobs_of_group: int
    """Its picture, and what was attached."""
    workspace: Chat
    one_to_one: Chat
    full: Full
    strangers: Sequence[UUID]
    """Several users who are in neither `group` nor `workspace`, and have no one-to-one with the busy one."""
    crowd: Sequence[UUID]
    """A thousand other users."""
    meeting: Meeting
    crowded: Meeting
    """In whose session there is a crowd."""
    idle: UUID
    """The meeting of `workspace`, in which nobody is."""
    process: Process
    sockets: int
    open_sessions: int
    middle_session: UUID
    told: ToldOf
    last_event: int
    events: int

    @classmethod
    async def found(cls, connection: "Connection[Record]") -> "Landmarks":
        """Look for them."""
        in_order = "SELECT id FROM conference ORDER BY id LIMIT 1 OFFSET $1"
        by_use = (
            "SELECT template.id, template.name FROM template LEFT JOIN conference ON template_id = template.id"
            " WHERE NOT is_default GROUP BY template.id ORDER BY count(conference.id) DESC, template.id"
        )
        rooms = await connection.fetchval("SELECT count(*) FROM conference")
        used = await connection.fetch(by_use)
        busy = await connection.fetchval("SELECT id FROM user_account WHERE email = $1", BUSY_EMAIL)
        usual = await connection.fetchval("SELECT id FROM user_account WHERE id > $1 ORDER BY id LIMIT 1", busy)
        group, workspace = [await _chat(connection, busy, type) for type in ("group", "workspace")]
        full = await _full(connection)
        coded = await connection.fetchval(
            "SELECT conference_id FROM room_code GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
        )
        codes = await connection.fetch("SELECT id, code FROM room_code WHERE conference_id = $1 ORDER BY id", coded)
        return cls(
            middle=await connection.fetchval(in_order, rooms // 2 + 1),
            nearly_last=await connection.fetchval(in_order, COUNT // 2),
            templates=(used[0]["id"], used[len(used) // 2]["id"], used[-1]["id"]),
            template_name=used[0]["name"],
            polls=await _polls(connection),
            room_name=await connection.fetchval("SELECT name FROM conference WHERE name_key IS NOT NULL LIMIT 1"),
            hms_key=await connection.fetchval("SELECT id FROM api_key WHERE api = 'hms' LIMIT 1"),
            coded=coded,
            uncoded=await connection.fetchval(
                "SELECT id FROM conference WHERE opened_by = 'hms' AND enabled ORDER BY id DESC LIMIT 1"
            ),
            code=codes[-1]["code"],
            middle_code=codes[len(codes) // 2]["id"],
            email=BUSY_EMAIL,
            busy=await _person(connection, busy),
            usual=await _person(connection, usual),
            group=group,
            blobs_of_group=1
            + await connection.fetchval("SELECT count(*) FROM attachment WHERE room_id = $1", group.id),
            workspace=workspace,
            one_to_one=await _chat(connection, usual, "one_to_one"),
            full=full,
            strangers=await _strangers(connection, [group.id, workspace.id]),
            crowd=await _crowd(connection, busy),
            meeting=await _meeting(connection, group.id, busy),
            crowded=await _meeting(connection, full.id, busy),
            idle=await connection.fetchval("SELECT id FROM conference WHERE room_id = $1", workspace.id),
            process=await _process(connection),
            sockets=await connection.fetchval("SELECT count(*) FROM connection"),
            open_sessions=await connection.fetchval("SELECT count(*) FROM session WHERE ended_at IS NULL"),
            middle_session=await connection.fetchval(
                "SELECT id FROM session ORDER BY id LIMIT 1 OFFSET (SELECT count(*) / 2 FROM session)"
            ),
            told=await _told_of(connection),
            last_event=await connection.fetchval("SELECT max(number) FROM event"),
            events=await connection.fetchval("SELECT count(*) FROM event"),
        )


async def _person(connection: "Connection[Record]", id: UUID) -> Person:
    token = "SELECT token_hash FROM user_token WHERE user_id = $1 AND expires_at > now()"  # noqa: S105 - a question
    token_hash = await connection.fetchval(token, id)
    assert token_hash
    rooms = await connection.fetch("SELECT room_id, rank FROM member WHERE user_id = $1 ORDER BY rank", id)
    return Person(
        id=id,
        token_hash=token_hash,
        rooms=len(rooms),
        workspaces=[row["room_id"] for row in rooms if row["rank"]],
    )


async def _chat(connection: "Connection[Record]", user: UUID, type: RoomType) -> Chat:
    """Return a room in the middle of all that he has of this type."""
    found = await connection.fetch(
        "SELECT id FROM room JOIN member ON room_id = id WHERE user_id = $1 AND type = $2 ORDER BY id", user, type
    )
    id = found[len(found) // 2]["id"]
    other = "SELECT user_id FROM member WHERE room_id = $1 AND user_id <> $2 LIMIT 1"
    channels = await connection.fetch("SELECT id FROM room WHERE parent_id = $1 ORDER BY rank", id)
    return Chat(id=id, other=await connection.fetchval(other, id, user), channels=[row["id"] for row in channels])


async def _polls(connection: "Connection[Record]") -> list[UUID]:
    found = await connection.fetch("SELECT id FROM poll ORDER BY md5(id::text) LIMIT $1", SEVERAL)
    return [row["id"] for row in found]


async def _told_of(connection: "Connection[Record]") -> ToldOf:
    one = "SELECT conference_id FROM analytics_event WHERE conference_id IS NOT NULL ORDER BY id DESC LIMIT 1"
    id = await connection.fetchval(one)
    events = await connection.fetch("SELECT id FROM analytics_event WHERE conference_id = $1 ORDER BY id", id)
    return ToldOf(
        conference=id,
        due_at=await connection.fetchval("SELECT due_at FROM webhook_queue WHERE group_id = $1", id),
        event=events[len(events) // 2]["id"],
        events=len(events),
        replay=await connection.fetchval("SELECT id FROM webhook_replay ORDER BY id LIMIT 1"),
        replayed=await connection.fetchval("SELECT count(*) FROM webhook_delivery WHERE replay_id IS NOT NULL"),
    )


async def _full(connection: "Connection[Record]") -> Full:
    """Return the room of the most attachments."""
    by_number = "SELECT room_id FROM attachment GROUP BY room_id ORDER BY count(*) DESC LIMIT 1"
    room = await connection.fetchval(by_number)
    in_order = "SELECT id, created_at, blob_id FROM attachment WHERE room_id = $1 ORDER BY created_at, id"
    shared = (
        "SELECT own.id FROM attachment AS own JOIN attachment AS other USING (blob_id)"
        " WHERE own.room_id = $1 AND other.id <> own.id LIMIT 1"
    )
    return Full(
        id=room,
        attachments=[Sent(**row) for row in await connection.fetch(in_order, room)],
        forwarded=await connection.fetchval(shared, room),
    )


async def _meeting(connection: "Connection[Record]", room: UUID, busy: UUID) -> Meeting:
    """Return the meeting of a room, in which somebody is."""
    id = await connection.fetchval("SELECT id FROM conference WHERE room_id = $1", room)
    there = "FROM peer JOIN session ON session.id = session_id WHERE conference_id = $1 AND left_at IS NULL"
    over = "SELECT id FROM session WHERE conference_id = $1 AND ended_at IS NOT NULL ORDER BY id DESC LIMIT 1"
    return Meeting(
        id=id,
        room=room,
        peer=await connection.fetchval(f"SELECT peer.id {there} ORDER BY peer.id DESC LIMIT 1", id),
        over=await connection.fetchval(over, id),
        socket=await connection.fetchval(f"SELECT queue_id {there} AND user_id = $2", id, busy),
    )


async def _process(connection: "Connection[Record]") -> Process:
    id = await connection.fetchval("SELECT id FROM server_process ORDER BY id LIMIT 1")
    sockets = await connection.fetch("SELECT queue_id, user_id FROM connection WHERE process_id = $1", id)
    return Process(id, {row["queue_id"]: row["user_id"] for row in sockets})


async def _strangers(connection: "Connection[Record]", rooms: Sequence[UUID]) -> list[UUID]:
    found = await connection.fetch(
        "SELECT id FROM user_account WHERE NOT EXISTS (SELECT FROM member WHERE room_id = ANY ($1) AND user_id = id)"
        " LIMIT $2",
        rooms,
        SEVERAL,
    )
    return [row["id"] for row in found]


async def _crowd(connection: "Connection[Record]", but: UUID) -> list[UUID]:
    found = await connection.fetch("SELECT id FROM user_account WHERE id <> $1 ORDER BY id LIMIT $2", but, _CROWD)
    return [row["id"] for row in found]
