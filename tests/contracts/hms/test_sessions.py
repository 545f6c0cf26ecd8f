"""GET /v2/sessions/{id}: who is in a room's session, who was, and what is kept of it afterwards (hms.md §1.4)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import pytest
from gatherings import PEER_ID, RFC3339, House, Meeting
from people import Person

SESSIONS = "/v2/sessions"
NOBODY = "0123456789abcdef01234567"
Check = Callable[..., None]
Session = dict[str, Any]
#: Somebody in a session, the role, and whether that is over.
Seat = tuple[Person, str, bool]
Whole = Callable[..., Session]


@pytest.fixture
def whole(account: dict[str, str]) -> Whole:
    """`whole(shown, meeting, (ada, "host", False), …)`: every member of a session, in order; its ids and times."""

    def whole(shown: Session, meeting: Meeting, *seats: Seat, active: bool) -> Session:
        peers = zip(shown["peers"].items(), seats, strict=True)
        return {
            "id": shown["id"],
            "room_id": meeting.hex,
            "customer_id": account["customer_id"],
            "app_id": account["app_id"],
            "active": active,
            "peers": {id: seated(id, shown["id"], peer, seat) for (id, peer), seat in peers},
            "created_at": shown["created_at"],
            "updated_at": shown["updated_at"],
        }

    return whole


def seated(id: str, session_id: str, shown: Session, seat: Seat) -> Session:
    person, role, is_over = seat
    own = {"id": id, "session_id": session_id, "name": person.name, "role": role, "user_id": person.id}
    own |= {"user": person.id, "joined_at": shown["joined_at"]}
    return own | ({"left_at": shown["left_at"]} if is_over else {})


def assert_timely(session: Session) -> None:
    """See that its ids are spelled as they are to be, and that what came later says so."""
    assert all(PEER_ID.fullmatch(id) for id in session["peers"])
    joined = [peer["joined_at"] for peer in session["peers"].values()]
    left = [(peer["joined_at"], peer["left_at"]) for peer in session["peers"].values() if "left_at" in peer]
    for moment in (session["created_at"], session["updated_at"], *joined, *(moment for _, moment in left)):
        assert RFC3339.fullmatch(moment), moment
    moments = [datetime.fromisoformat(moment) for moment in (session["created_at"], *joined)]
    assert moments == sorted(moments)
    assert all(datetime.fromisoformat(end) > datetime.fromisoformat(start) for start, end in left)
    assert datetime.fromisoformat(session["updated_at"]) >= moments[0]


async def listed(hms: httpx.AsyncClient) -> list[Session]:
    found: list[Session] = (await hms.get(SESSIONS)).json()["data"]
    return found


async def the_session(hms: httpx.AsyncClient) -> Session:
    """Return the only one that there is."""
    [session] = await listed(hms)
    assert_timely(session)
    return session


class TestActive:
    async def test_shows_who_is_in_in_the_order_of_joining(
        self, hms: httpx.AsyncClient, house: House, whole: Whole, same: Check
    ) -> None:
        meeting = await house.meeting()
        await meeting.join(house.cleo, house.ada)
        shown = await the_session(hms)
        expected = whole(shown, meeting, (house.cleo, "guest", False), (house.ada, "host", False), active=True)
        for path in ("/v2/sessions/{}", "/v2/sessions/{}/", "/api/v2/sessions/{}"):
            same(await hms.get(path.format(shown["id"])), expected)
        same(await hms.get(f"{SESSIONS}/{shown['id'].upper()}"), expected)
        same(await hms.get(SESSIONS), {"limit": 10, "data": [expected], "last": shown["id"]})

    async def test_shows_who_has_left_too(
        self, hms: httpx.AsyncClient, house: House, whole: Whole, same: Check
    ) -> None:
        meeting = await house.meeting()
        await meeting.join(house.ada, house.ben)
        await meeting.leave(house.ada)
        shown = await the_session(hms)
        expected = whole(shown, meeting, (house.ada, "host", True), (house.ben, "guest", False), active=True)
        same(await hms.get(f"{SESSIONS}/{shown['id']}"), expected)

    async def test_shows_each_time_that_somebody_comes_again(
        self, hms: httpx.AsyncClient, house: House, whole: Whole, same: Check
    ) -> None:
        meeting = await house.meeting()
        await meeting.join(house.ada, house.ben)
        await meeting.leave(house.ada)
        await meeting.join(house.ada)
        shown = await the_session(hms)
        seats = [(house.ada, "host", True), (house.ben, "guest", False), (house.ada, "host", False)]
        same(await hms.get(f"{SESSIONS}/{shown['id']}"), whole(shown, meeting, *seats, active=True))

    async def test_shows_who_came_by_another_socket_as_gone_and_come(
        self, hms: httpx.AsyncClient, house: House, whole: Whole, same: Check
    ) -> None:
        """A user's second socket takes the place of the first; the session goes on though he was alone."""
        meeting = await house.meeting()
        await meeting.join(house.ada, house.ada)
        shown = await the_session(hms)
        seats = [(house.ada, "host", True), (house.ada, "host", False)]
        same(await hms.get(f"{SESSIONS}/{shown['id']}"), whole(shown, meeting, *seats, active=True))

    async def test_stays_the_same_as_others_come(self, hms: httpx.AsyncClient, house: House) -> None:
        meeting = await house.meeting()
        await meeting.join(house.ada)
        before = await the_session(hms)
        await meeting.join(house.ben, house.cleo)
        after = await the_session(hms)
        assert (after["id"], after["created_at"]) == (before["id"], before["created_at"])
        assert list(after["peers"])[:1] == list(before["peers"])

    async def test_two_rooms_have_one_each(self, hms: httpx.AsyncClient, house: House, whole: Whole) -> None:
        first, second = await house.meeting(), await house.meeting()
        await first.join(house.ada)
        await second.join(house.ada, house.ben)
        newer, older = await listed(hms)
        assert older == whole(older, first, (house.ada, "host", False), active=True)
        assert newer == whole(newer, second, (house.ada, "host", False), (house.ben, "guest", False), active=True)

    async def test_a_meeting_that_was_started_and_nobody_is_in_has_none(
        self, hms: httpx.AsyncClient, house: House
    ) -> None:
        """An active session while somebody is joined."""
        meeting = await house.meeting()
        assert (await house.ada("POST", f"{meeting.path}/start")).status_code == 200
        assert [session for session in await listed(hms) if session["active"]] == []


class TestRoles:
    """An owner of the chat room enters as host, others as guests."""

    async def test_of_a_channel_are_those_of_its_workspace(self, hms: httpx.AsyncClient, house: House) -> None:
        workspace = await house.room("workspace")
        meeting = await house.meeting(await house.room("channel", parentId=workspace["id"]))
        await meeting.join(house.ben, house.ada)
        assert [peer["role"] for peer in (await the_session(hms))["peers"].values()] == ["guest", "host"]

    async def test_of_a_pair_are_those_of_its_owners(self, hms: httpx.AsyncClient, house: House) -> None:
        room = await house.room("one_to_one")
        owners = {member["userId"]: member["owner"] for member in room["members"]}
        meeting = await house.meeting(room)
        await meeting.join(house.ben, house.ada)
        roles = {peer["user_id"]: peer["role"] for peer in (await the_session(hms))["peers"].values()}
        assert roles == {user: "host" if owner else "guest" for user, owner in owners.items()}

    async def test_are_those_of_the_moment_of_joining(self, hms: httpx.AsyncClient, house: House) -> None:
        meeting = await house.meeting()
        await meeting.join(house.ben)
        promoted = await house.ada("PUT", f"/rooms/{meeting.room['id']}/members/{house.ben.id}/owner")
        assert promoted.status_code == 204
        await meeting.join(house.ben)
        assert [peer["role"] for peer in (await the_session(hms))["peers"].values()] == ["guest", "host"]


class TestOver:
    @pytest.mark.parametrize("by", ["the last one out", "stop"])
    async def test_it_is_kept(
        self, hms: httpx.AsyncClient, house: House, whole: Whole, same: Check, *, by: str
    ) -> None:
        meeting = await house.meeting()
        await meeting.join(house.ada, house.ben)
        if by == "stop":
            assert (await house.cleo("POST", f"{meeting.path}/stop")).status_code == 200
        else:
            await meeting.leave(house.ben, house.ada)
        shown = await the_session(hms)
        expected = whole(shown, meeting, (house.ada, "host", True), (house.ben, "guest", True), active=False)
        same(await hms.get(f"{SESSIONS}/{shown['id']}"), expected)
        assert datetime.fromisoformat(shown["updated_at"]) > datetime.fromisoformat(shown["created_at"])

    async def test_who_comes_then_opens_another(self, hms: httpx.AsyncClient, house: House, whole: Whole) -> None:
        meeting = await house.meeting()
        await meeting.join(house.ada)
        await meeting.leave(house.ada)
        over = await the_session(hms)
        await meeting.join(house.ben)
        newer, older = await listed(hms)
        assert older == over
        assert newer == whole(newer, meeting, (house.ben, "guest", False), active=True)
        assert newer["id"] > over["id"]

    async def test_it_is_kept_when_its_room_goes(
        self, hms: httpx.AsyncClient, house: House, whole: Whole, same: Check
    ) -> None:
        meeting = await house.meeting()
        await meeting.join(house.ada)
        assert (await house.ada("DELETE", f"/rooms/{meeting.room['id']}")).status_code == 204
        shown = await the_session(hms)
        expected = whole(shown, meeting, (house.ada, "host", True), active=False)
        same(await hms.get(f"{SESSIONS}/{shown['id']}"), expected)


class TestNotFound:
    async def test_an_unknown_session(self, hms: httpx.AsyncClient, house: House, missing: Check) -> None:
        meeting = await house.meeting()
        await meeting.join(house.ada)
        for unknown in ("0" * 24, "f" * 24, NOBODY, meeting.hex):
            missing(await hms.get(f"{SESSIONS}/{unknown}"), "Session")

    async def test_what_cannot_be_an_id(
        self, hms: httpx.AsyncClient, missing: Check, subtests: pytest.Subtests
    ) -> None:
        """Row "id that is not 24 hex digits, in a path"."""
        for id in (
            "x",
            "1",
            "null",
            NOBODY[:-1],
            NOBODY + "0",
            NOBODY[:-1] + "g",
            f"0x{NOBODY[2:]}",
            "%00",
            f"{NOBODY}%00",
            f"{NOBODY}%0A",
            "%D9%A0" * 24,
            "00000000-0000-7000-8000-000000000000",
            "0" * 5000,
        ):
            with subtests.test(repr(id)[:60]):
                missing(await hms.get(f"{SESSIONS}/{id}"), "Session")
