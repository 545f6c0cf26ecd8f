"""Analytics: events, of which there are none, and how well somebody who was in a session was seen (hms.md §1.12)."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from gatherings import House, Meeting

EVENTS = "/v2/analytics/events"
STATS = "/v2/analytics/peer-stats"
NOBODY = "0123456789abcdef01234567"
NO_PEER = "6f1f0b1c-2f43-4f0e-9d56-0a4d2f1f7c11"
NO_DATA: dict[str, Any] = {"video": [], "audio": []}
Check = Callable[..., None]
Mint = Callable[..., str]


def nothing(limit: int = 10) -> dict[str, Any]:
    return {"limit": limit, "total": 0, "next": "", "events": []}


class TestEvents:
    @pytest.mark.parametrize(
        "more",
        [
            {},
            {"type": "track.add.success"},
            {"type": ["track.add.success", "beam.recording.success", ""]},
            {"session_id": NOBODY, "peer_id": NO_PEER, "user_id": "ada", "beam_id": NOBODY, "error": "True"},
            {"session_id": "", "peer_id": "", "user_id": "", "beam_id": "", "error": "", "limit": "", "start": ""},
            {"start": "e88863db:Zv2ehb7:0~Cxn9G9I9AhU", "last": "x"},
        ],
    )
    async def test_there_are_none(self, hms: httpx.AsyncClient, same: Check, more: dict[str, Any]) -> None:
        for path in (EVENTS, f"/api{EVENTS}"):
            same(await hms.get(path, params={"room_id": NOBODY, **more}), nothing())

    async def test_says_how_many_were_tried(self, hms: httpx.AsyncClient, same: Check) -> None:
        for limit in (1, 9, 100):
            same(await hms.get(EVENTS, params={"room_id": NOBODY, "limit": limit}), nothing(limit))

    async def test_asks_the_database_for_the_key_alone(self, hms: httpx.AsyncClient, asked: list[str]) -> None:
        await hms.get(EVENTS, params={"room_id": NOBODY})
        asked.clear()
        await hms.get(EVENTS, params={"room_id": NOBODY})
        [query] = asked
        assert "conference" not in query

    @pytest.mark.parametrize(
        ("query", "text"),
        [
            ({}, "room_id is required"),
            ({"room_id": ""}, "room_id is required"),
            ({"room_id": "x"}, "room_id must be 24 hex digits"),
            ({"session_id": NO_PEER}, "session_id must be 24 hex digits"),
            ({"error": "1"}, "error must be true or false"),
            ({"limit": "0"}, "limit must be a whole number from 1 to 100"),
            ({"limit": "101"}, "limit must be a whole number from 1 to 100"),
            ({"limit": "x"}, "limit must be a whole number from 1 to 100"),
            ({"type": ["track.add.success", "\0"]}, "type.1 must not contain NUL"),
            ({"beam_id": "\0"}, "beam_id must not contain NUL"),
        ],
    )
    async def test_judges_its_query(
        self, hms: httpx.AsyncClient, bad_query: Check, query: dict[str, Any], text: str
    ) -> None:
        of_room = {} if "room_id" in text else {"room_id": NOBODY}
        bad_query(await hms.get(EVENTS, params=of_room | query), text)


class TestPeerStats:
    @pytest.fixture
    async def session(self, hms: httpx.AsyncClient, meeting: Meeting) -> dict[str, Any]:
        """The session that runs in the meeting."""
        session: dict[str, Any] = (await hms.get(f"/v2/active-rooms/{meeting.hex}")).json()["session"]
        return session

    async def test_of_who_is_in_a_session_or_was(
        self, hms: httpx.AsyncClient, same: Check, house: House, meeting: Meeting, session: dict[str, Any]
    ) -> None:
        await meeting.leave(house.ada)
        for peer in session["peers"]:
            expected = {
                "peer_id": peer,
                "session_id": session["id"],
                "room_id": meeting.hex,
                "publisher": NO_DATA,
                "subscriber": NO_DATA,
            }
            for prefix in ("", "/api"):
                query = {"peer_id": peer.upper(), "session_id": session["id"].upper()}
                same(await hms.get(prefix + STATS, params=query), expected)

    async def test_of_who_is_in_another_session(
        self, hms: httpx.AsyncClient, missing: Check, house: House, session: dict[str, Any]
    ) -> None:
        other = await house.meeting()
        await other.join(house.ada)
        [peer] = (await hms.get(f"/v2/active-rooms/{other.hex}/peers")).json()["peers"]
        for nobody in (peer, NO_PEER, "x", "\0", f"{peer}0"):
            query = {"peer_id": nobody, "session_id": session["id"]}
            missing(await hms.get(STATS, params=query), "Peer")

    async def test_of_no_session(self, hms: httpx.AsyncClient, missing: Check, session: dict[str, Any]) -> None:
        query = {"peer_id": session["peers"][0], "session_id": NOBODY}
        missing(await hms.get(STATS, params=query), "Session")

    @pytest.mark.parametrize(
        ("query", "text"),
        [
            ({}, "peer_id is required"),
            ({"session_id": NOBODY}, "peer_id is required"),
            ({"session_id": NOBODY, "peer_id": ""}, "peer_id is required"),
            ({"peer_id": NO_PEER}, "session_id is required"),
            ({"peer_id": NO_PEER, "session_id": ""}, "session_id is required"),
            ({"peer_id": NO_PEER, "session_id": "x"}, "session_id must be 24 hex digits"),
        ],
    )
    async def test_judges_its_query(
        self, hms: httpx.AsyncClient, bad_query: Check, query: dict[str, Any], text: str
    ) -> None:
        bad_query(await hms.get(STATS, params=query), text)


@pytest.mark.parametrize("path", [EVENTS, STATS])
async def test_the_token_comes_first(
    client: httpx.AsyncClient, mint: Mint, unauthorized: Check, forbidden: Check, path: str
) -> None:
    unauthorized(await client.get(path), "not found")
    forbidden(await client.get(path, headers={"Authorization": f"Bearer {mint(type='app')}"}))
