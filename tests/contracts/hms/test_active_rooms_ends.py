"""POST /v2/active-rooms/{room_id}/remove-peers and …/end-room, and what the chats know and hear of it."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import httpx
import pytest
from gatherings import House, Meeting, Told

ACTIVE = "/v2/active-rooms"
REMOVED = {"message": "peer remove request submitted"}
ENDED = {"message": "session is ending"}
Check = Callable[..., None]
Send = Callable[..., Awaitable[httpx.Response]]
Present = Callable[[], Awaitable[list[str]]]
New = Callable[[], Awaitable[list[tuple[str, str]]]]

REMOVING_NOBODY: dict[str, list[dict[str, Any]]] = {
    "peer_id or role is required": [
        {},
        {"reason": "x"},
        {"peer_id": None, "role": None},
        {"peer_id": "", "role": ""},
        {"Role": "guest"},
    ],
    "peer_id must be a string": [{"peer_id": value} for value in (0, 1.5, True, [], ["x"], {})],
    "role must be a string": [{"role": value} for value in (0, True, ["guest"], {})],
    "role must not contain NUL": [{"role": "guest\0"}],
    "reason must be a string": [{"role": "guest", "reason": value} for value in (0, True, [], {})],
    "reason must not contain NUL": [{"role": "guest", "reason": "\0"}],
}
ENDING_NOTHING: dict[str, list[dict[str, Any]]] = {
    "lock must be a boolean": [{"lock": value} for value in (0, 1, "true", "", [], {})],
    "reason must be a string": [{"reason": value, "lock": True} for value in (0, True, [], {})],
    "reason must not contain NUL": [{"reason": "a\0b"}],
}


@pytest.fixture
def remove(hms: httpx.AsyncClient, meeting: Meeting) -> Send:
    """`await remove(role="guest")`."""
    return lambda **members: hms.post(f"{ACTIVE}/{meeting.hex}/remove-peers", json=members)


@pytest.fixture
def end(hms: httpx.AsyncClient, meeting: Meeting) -> Send:
    """`await end(lock=True)`."""
    return lambda **members: hms.post(f"{ACTIVE}/{meeting.hex}/end-room", json=members)


@pytest.fixture
def present(hms: httpx.AsyncClient, house: House, meeting: Meeting) -> Present:
    """Return who is in the meeting, on which both APIs agree."""
    names = {person.id: name for name, person in house.people.items()}

    async def present() -> list[str]:
        shown = (await house.ada("GET", meeting.path)).json()
        here = [names[each["userId"]] for each in shown["participants"]]
        there = (await hms.get(f"{ACTIVE}/{meeting.hex}/peers")).json().get("peers", {})
        assert [peer["name"] for peer in there.values()] == here
        assert shown["active"] is ("startedAt" in shown) is bool(here)
        [session, *_] = (await hms.get("/v2/sessions", params={"room_id": meeting.hex})).json()["data"]
        assert session["active"] is bool(here)
        assert [peer["name"] for peer in session["peers"].values() if "left_at" not in peer] == here
        return here

    return present


@pytest.fixture
async def new(house: House, meeting: Meeting) -> New:
    """Return what the members were told since the meeting began, and of whom."""
    before = len(await house.told())
    names = {person.id: name for name, person in house.people.items()}
    everybody = set(names)

    def shown(told: Told) -> tuple[str, str]:
        type, body, whom = told
        assert (body["meeting_id"], whom) == (meeting.id, everybody)
        return type.removeprefix("Meeting"), names.get(body.get("user_id", ""), "")

    async def new() -> list[tuple[str, str]]:
        return [shown(told) for told in (await house.told())[before:]]

    return new


class TestRemove:
    async def test_one(self, remove: Send, ids: dict[str, str], present: Present, new: New, *, same: Check) -> None:
        """`peer_id` counts before `role`."""
        same(await remove(peer_id=ids["Ben"], role="host", reason="Enough \U0001f680"), REMOVED)
        assert await present() == ["Ada", "Cleo"]
        assert await new() == [("ParticipantLeft", "Ben")]

    async def test_all_of_a_role(self, remove: Send, present: Present, new: New, same: Check) -> None:
        same(await remove(role="guest", peer_id=None, reason=None), REMOVED)
        assert await present() == ["Ada"]
        assert sorted(await new()) == [("ParticipantLeft", "Ben"), ("ParticipantLeft", "Cleo")]

    async def test_the_last_one_ends_the_session(
        self, remove: Send, present: Present, new: New, *, ids: dict[str, str], missing: Check
    ) -> None:
        await remove(role="guest")
        await remove(peer_id=ids["Ada"])
        assert await present() == []
        assert (await new())[2:] == [("ParticipantLeft", "Ada"), ("Stopped", "")]
        missing(await remove(role="guest"), "Session")

    async def test_all_at_once_ends_it_too(
        self, hms: httpx.AsyncClient, meeting: Meeting, remove: Send, *, ids: dict[str, str], present: Present, new: New
    ) -> None:
        await hms.post(f"{ACTIVE}/{meeting.hex}/peers/{ids['Ada']}", json={"role": "guest"})
        await remove(role="guest")
        assert await present() == []
        *left, last = await new()
        assert sorted(left) == [("ParticipantLeft", name) for name in ("Ada", "Ben", "Cleo")]
        assert last == ("Stopped", "")

    async def test_a_role_that_nobody_has_removes_nobody(
        self, remove: Send, present: Present, new: New, same: Check
    ) -> None:
        for role in ("speaker", "GUEST", "é", "x" * 5000):
            same(await remove(role=role), REMOVED)
        assert await present() == ["Ada", "Ben", "Cleo"]
        assert await new() == []

    async def test_who_was_removed_may_come_again(
        self, house: House, meeting: Meeting, remove: Send, ids: dict[str, str], *, present: Present, missing: Check
    ) -> None:
        await remove(peer_id=ids["Ben"])
        missing(await remove(peer_id=ids["Ben"]), "Peer")
        await meeting.join(house.ben)
        assert await present() == ["Ada", "Cleo", "Ben"]
        missing(await remove(peer_id=ids["Ben"]), "Peer")

    async def test_who_is_of_another_room_stays(
        self,
        hms: httpx.AsyncClient,
        house: House,
        ids: dict[str, str],
        *,
        present: Present,
        same: Check,
        missing: Check,
    ) -> None:
        other = await house.meeting()
        await other.join(house.ada)
        missing(await hms.post(f"{ACTIVE}/{other.hex}/remove-peers", json={"peer_id": ids["Ben"]}), "Peer")
        same(await hms.post(f"{ACTIVE}/{other.hex}/remove-peers", json={"role": "guest"}), REMOVED)
        assert await present() == ["Ada", "Ben", "Cleo"]

    @pytest.mark.parametrize("path", ["/v2/active-rooms/{}/remove-peers/", "/api/v2/active-rooms/{}/remove-peers"])
    async def test_is_spelled_in_two_ways(
        self, hms: httpx.AsyncClient, meeting: Meeting, ids: dict[str, str], present: Present, *, same: Check, path: str
    ) -> None:
        body = b'{"peer_id":"%s","unknown":"\\u0000"}' % ids["Ben"].encode()
        same(await hms.post(path.format(meeting.hex), content=body, headers={"Content-Type": "text/plain"}), REMOVED)
        assert await present() == ["Ada", "Cleo"]

    async def test_a_wrong_body_removes_nobody(
        self, remove: Send, present: Present, new: New, *, bad_body: Check, subtests: pytest.Subtests
    ) -> None:
        for text, bodies in REMOVING_NOBODY.items():
            for body in bodies:
                with subtests.test(repr(body)):
                    bad_body(await remove(**body), text)
        assert await present() == ["Ada", "Ben", "Cleo"]
        assert await new() == []


class TestEnd:
    @pytest.mark.parametrize(
        "body", [b"", b"{}", b'{"lock":null,"reason":null}', b'{"lock":false,"reason":"Time is up","unknown":1}']
    )
    async def test_puts_everybody_out(
        self,
        hms: httpx.AsyncClient,
        house: House,
        meeting: Meeting,
        body: bytes,
        *,
        present: Present,
        new: New,
        same: Check,
    ) -> None:
        same(await hms.post(f"{ACTIVE}/{meeting.hex}/end-room", content=body), ENDED)
        assert await present() == []
        assert await new() == [("Stopped", "")]
        [session] = (await hms.get("/v2/sessions")).json()["data"]
        assert [peer["name"] for peer in session["peers"].values() if "left_at" in peer] == ["Ada", "Ben", "Cleo"]
        assert (await hms.get(f"/v2/rooms/{meeting.hex}")).json()["enabled"] is True
        await meeting.join(house.ben)
        assert await present() == ["Ben"]

    async def test_twice_is_no_session_any_more(
        self, hms: httpx.AsyncClient, meeting: Meeting, end: Send, new: New, missing: Check
    ) -> None:
        """What does not run is not locked either."""
        await end()
        missing(await end(lock=True), "Session")
        assert await new() == [("Stopped", "")]
        assert (await hms.get(f"/v2/rooms/{meeting.hex}")).json()["enabled"] is True

    async def test_with_a_lock_disables_the_room_too(
        self,
        hms: httpx.AsyncClient,
        house: House,
        meeting: Meeting,
        end: Send,
        *,
        same: Check,
        present: Present,
        new: New,
    ) -> None:
        before = (await hms.get(f"/v2/rooms/{meeting.hex}")).json()
        same(await end(lock=True, reason="Time is up"), ENDED)
        room = (await hms.get(f"/v2/rooms/{meeting.hex}")).json()
        assert room == before | {"enabled": False, "active": False, "updated_at": room["updated_at"]}
        # As times: without its last zeros, one text may stand behind another that is later.
        then, now = (datetime.fromisoformat(shown["updated_at"]) for shown in (before, room))
        assert now > then
        assert await present() == []
        assert await new() == [("Stopped", "")]
        socket = {"queue-id": await house.socket(house.ben)}
        assert (await house.ben("POST", f"{meeting.path}/join", headers=socket)).status_code == 403
        await hms.post(f"/v2/rooms/{meeting.hex}", json={"enabled": True})
        await meeting.join(house.ben)
        assert await present() == ["Ben"]

    async def test_leaves_other_rooms_alone(self, hms: httpx.AsyncClient, house: House, end: Send) -> None:
        other = await house.meeting()
        await other.join(house.ada)
        await end()
        [newer, older] = (await hms.get("/v2/sessions")).json()["data"]
        assert (newer["room_id"], newer["active"], older["active"]) == (other.hex, True, False)

    async def test_a_wrong_body_ends_nothing(
        self, end: Send, present: Present, new: New, *, bad_body: Check, subtests: pytest.Subtests
    ) -> None:
        for text, bodies in ENDING_NOTHING.items():
            for body in bodies:
                with subtests.test(repr(body)):
                    bad_body(await end(**body), text)
        assert await present() == ["Ada", "Ben", "Cleo"]
        assert await new() == []
