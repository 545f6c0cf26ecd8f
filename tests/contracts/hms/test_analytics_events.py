"""Events of a room, as they are written down (hms.md §1.12): their words, their pages, what they are filtered by."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from gatherings import House
from tellings import OF_PEER, TEMPLATE, Tellings, ago
from transcripts import assert_same

from app.apis.hms.spellings import rfc3339
from app.domain import ids

EVENTS = "/v2/analytics/events"
ROOM, SESSION, PEER, USER = ids.new_id(), ids.new_id(), uuid4(), uuid4()
RUN: dict[str, Any] = {"conference_id": ROOM, "session_id": SESSION}
SOMEBODY: dict[str, Any] = {**RUN, "peer_id": PEER, "user_id": USER}
HEX = ids.to_hex(ROOM)
Words = dict[str, Any]
Told = Callable[..., Words]
STARTED = "2026-01-31T09:30:00.12Z"
JOINED = {
    "joined_at": STARTED,
    "peer_id": str(PEER),
    "role": "host",
    "room_id": HEX,
    "room_name": "daily-standup",
    "session_id": ids.to_hex(SESSION),
    "template_id": ids.to_hex(TEMPLATE),
    "user_id": str(USER),
    "user_name": "Ada",
    "user_data": '{"hand": "up"}',
    "session_started_at": STARTED,
}
LEFT = {"left_at": "2026-01-31T10:31:02.119+00:00"}
OF_SESSION = {name: JOINED[name] for name in ("room_id", "room_name", "session_id", "template_id")}
CLOSED = {"session_ended_at": "2026-01-31T10:30:00+00:00"}
OF_CLOSED = {
    **OF_SESSION,
    "session_duration": 3599,
    "session_started_at": STARTED,
    "session_stopped_at": "2026-01-31T10:30:00Z",
}
GONE = ("PeerLeft", "peer.leave.success")
OF_ROOM = {
    "room_id": HEX,
    "room_name": "daily-standup",
    "template_id": ids.to_hex(TEMPLATE),
    "template": "stage",
    "enabled": True,
}
REASONS = {
    "went": "client request",
    "put_out": "peer kicked",
    "ended": "peer kicked",
    "removed": "server removed peer",
    "lost": "websocket closed",
}


def left(reason: str, **message: str) -> dict[str, Any]:
    """Return what is told of somebody who has left."""
    times = {"duration": 3661, "joined_at": STARTED, "left_at": "2026-01-31T10:31:02.119Z"}
    others = {name: JOINED[name] for name in JOINED if name not in ("joined_at", "peer_id")}
    return times | {"peer_id": str(PEER), "reason": reason} | message | others


@pytest.fixture
def tellings(database: asyncpg.Connection) -> Tellings:
    return Tellings(database)


@pytest.fixture
def told(account: dict[str, str]) -> Told:
    """`told(id, type, data)`: an event as it is answered."""

    def told(id: UUID, type: str = "peer.join.success", data: dict[str, Any] = JOINED) -> dict[str, Any]:
        return {
            "version": "2.0",
            "id": str(id),
            "account_id": account["customer_id"],
            "app_id": account["app_id"],
            "timestamp": rfc3339(ids.moment(id)),
            "type": type,
            "data": data,
        }

    return told


def page(*events: dict[str, Any], total: int | None = None, limit: int = 10, then: str = "") -> dict[str, Any]:
    return {"limit": limit, "total": len(events) if total is None else total, "next": then, "events": list(events)}


class TestWords:
    @pytest.mark.parametrize(
        ("kind", "words"),
        [
            (("ConferenceCreated", "room.create.success"), ({}, OF_ROOM)),
            (("ConferenceUpdated", "room.update.success"), ({}, OF_ROOM)),
            (("ConferenceLocked", "room.disable.success"), ({"enabled": False}, OF_ROOM | {"enabled": False})),
            (("SessionOpened", "session.open.success"), ({}, {**OF_SESSION, "session_started_at": STARTED})),
            (("SessionClosed", "session.close.success"), (CLOSED, OF_CLOSED)),
            (("PeerJoined", "peer.join.success"), ({}, JOINED)),
            *((GONE, ({**LEFT, "reason": reason}, left(said))) for reason, said in REASONS.items()),
            (GONE, ({**LEFT, "reason": "put_out", "message": "noise"}, left("peer kicked", message="noise"))),
        ],
    )
    async def test_says_each_kind_in_the_documented_words(
        self, hms: httpx.AsyncClient, tellings: Tellings, told: Told, kind: tuple[str, str], words: tuple[Words, Words]
    ) -> None:
        (type, name), (more, data) = kind, words
        id = await tellings.happened(type, data=OF_PEER | more, **SOMEBODY)
        assert_same(await hms.get(EVENTS, params={"room_id": HEX}), page(told(id, name, data)))

    async def test_calls_a_room_without_a_name_by_its_id(
        self, hms: httpx.AsyncClient, tellings: Tellings, told: Told
    ) -> None:
        data = {name: OF_PEER[name] for name in ("template_id", "template_name", "enabled")}
        id = await tellings.happened("ConferenceUpdated", data=data, conference_id=ROOM)
        expected = told(id, "room.update.success", OF_ROOM | {"room_name": HEX})
        assert_same(await hms.get(EVENTS, params={"room_id": HEX.upper()}), page(expected))

    async def test_what_happens_is_there(self, hms: httpx.AsyncClient, house: House) -> None:
        meeting = await house.meeting()
        await meeting.join(house.ada)
        await meeting.leave(house.ada)
        events = (await hms.get(EVENTS, params={"room_id": meeting.hex})).json()["events"]
        assert [event["type"] for event in reversed(events)] == [
            "room.create.success",
            "session.open.success",
            "peer.join.success",
            "peer.leave.success",
            "session.close.success",
        ]
        assert events[1]["data"]["reason"] == "client request"


class TestPages:
    async def test_is_newest_first_and_leads_on_until_there_are_no_more(
        self, hms: httpx.AsyncClient, tellings: Tellings, told: Told
    ) -> None:
        oldest, older, newest = [await tellings.happened(at=ago(days=30 - day), **SOMEBODY) for day in range(3)]
        await tellings.happened(conference_id=uuid4(), session_id=SESSION, peer_id=PEER, user_id=USER)
        query = {"room_id": HEX, "limit": "2"}
        first = page(told(newest), told(older), total=3, limit=2, then=str(older))
        assert_same(await hms.get(EVENTS, params=query), first)
        last = page(told(oldest), total=3, limit=2)
        assert_same(await hms.get(EVENTS, params=query | {"start": str(older).upper()}), last)
        assert_same(await hms.get(EVENTS, params=query | {"start": str(oldest)}), page(total=3, limit=2))
        assert_same(await hms.get(EVENTS, params=query | {"start": "e88863db:Zv2ehb7"}), page(total=3, limit=2))
        exact = page(told(newest), told(older), told(oldest), limit=3)
        assert_same(await hms.get(EVENTS, params=query | {"limit": "3"}), exact)

    async def test_asks_once(self, hms: httpx.AsyncClient, asked: list[str], tellings: Tellings) -> None:
        await tellings.happened(**SOMEBODY)
        await hms.get(EVENTS, params={"room_id": HEX})
        asked.clear()
        await hms.get(EVENTS, params={"room_id": HEX})
        assert len(asked) == 1


class TestFilters:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"type": "peer.join.success"}, "1"),
            ({"type": ["peer.join.success", "session.open.success"]}, "10"),
            ({"type": ["peer.join.success", ""]}, "1"),
            ({"type": ""}, "210"),
            ({"type": "PeerJoined"}, ""),
            ({"type": ["track.add.success", "peer.join"]}, ""),
            ({"session_id": ids.to_hex(SESSION)}, "210"),
            ({"session_id": HEX}, ""),
            ({"peer_id": str(PEER)}, "21"),
            ({"peer_id": str(PEER).upper(), "type": "peer.leave.success"}, "2"),
            ({"peer_id": "ada"}, ""),
            ({"user_id": str(USER)}, "21"),
            ({"user_id": "ada"}, ""),
            ({"user_id": str(PEER)}, ""),
            ({"error": "false"}, "210"),
            ({"error": "true"}, ""),
            ({"beam_id": HEX}, ""),
        ],
    )
    async def test_combine(self, hms: httpx.AsyncClient, tellings: Tellings, query: dict[str, Any], found: str) -> None:
        events = [
            await tellings.happened("SessionOpened", at=ago(minutes=3), **RUN),
            await tellings.happened("PeerJoined", at=ago(minutes=2), **SOMEBODY),
            await tellings.happened(
                "PeerLeft", at=ago(minutes=1), data=OF_PEER | LEFT | {"reason": "went"}, **SOMEBODY
            ),
        ]
        answer = (await hms.get(EVENTS, params={"room_id": HEX, **query})).json()
        assert "".join(str(events.index(UUID(event["id"]))) for event in answer["events"]) == found
        assert answer["total"] == len(found)
