"""GET /v2/active-rooms: a room's session, who is in it just now, and one of them (hms.md §1.5)."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from gatherings import House, Meeting, by_name
from people import NOBODY as NO_USER
from people import Person

ACTIVE = "/v2/active-rooms"
Check = Callable[..., None]
Peer = dict[str, Any]
Room = dict[str, Any]
Peers = Callable[..., Awaitable[dict[str, Peer]]]


@pytest.fixture
async def meeting(house: House) -> Meeting:
    """Ada's, in which are Ada and Ben; Cleo was."""
    meeting = await house.meeting()
    await meeting.join(house.ada, house.cleo, house.ben)
    await meeting.leave(house.cleo)
    return meeting


@pytest.fixture
async def session(hms: httpx.AsyncClient, meeting: Meeting) -> Room:
    """As it is listed."""
    [session] = (await hms.get("/v2/sessions", params={"room_id": meeting.hex})).json()["data"]
    found: Room = session
    return found


@pytest.fixture
def peers(hms: httpx.AsyncClient, meeting: Meeting) -> Peers:
    """Find who is in the meeting: `await peers(role="host")`."""

    async def peers(**filters: str) -> dict[str, Peer]:
        answer = await hms.get(f"{ACTIVE}/{meeting.hex}/peers", params=filters)
        assert answer.status_code == 200, answer.text
        found: dict[str, Peer] = answer.json()["peers"]
        return found

    return peers


def present(session: Room) -> list[str]:
    return [id for id, peer in session["peers"].items() if "left_at" not in peer]


def shown(session: Room, person: Person, role: str) -> Peer:
    """Return every member of somebody who is in, in order, from what the session says."""
    [peer] = [peer for peer in session["peers"].values() if (peer["user_id"], "left_at" in peer) == (person.id, False)]
    own = {"id": peer["id"], "name": person.name, "user_id": person.id, "metadata": "", "role": role}
    return own | {"joined_at": peer["joined_at"]}


class TestRetrieve:
    @pytest.mark.parametrize("path", ["/v2/active-rooms/{}", "/v2/active-rooms/{}/", "/api/v2/active-rooms/{}"])
    async def test_shows_the_session_and_who_is_in(
        self, hms: httpx.AsyncClient, meeting: Meeting, session: Room, *, account: Room, same: Check, path: str
    ) -> None:
        own = {"id": session["id"], "created_at": session["created_at"], "peers": present(session)}
        whole = {"id": meeting.hex, "name": "Ones", "customer_id": account["customer_id"], "session": own}
        same(await hms.get(path.format(meeting.hex)), whole)
        same(await hms.get(path.format(meeting.hex.upper())), whole)

    async def test_names_them_in_the_order_of_joining(
        self, hms: httpx.AsyncClient, house: House, meeting: Meeting, peers: Peers
    ) -> None:
        await meeting.join(house.cleo, house.ada)
        ids = (await hms.get(f"{ACTIVE}/{meeting.hex}")).json()["session"]["peers"]
        assert [(await peers())[id]["name"] for id in ids] == ["Ben", "Cleo", "Ada"]
        assert list(await peers()) == ids

    @pytest.mark.parametrize(
        ("type", "members", "own", "name"),
        [
            ("group", {}, {"name": "Daily \U0001f680"}, "Daily \U0001f680"),
            ("group", {}, {"name": ""}, "Ones"),
            ("workspace", {}, {}, "Ones"),
            ("workspace", {"name": None}, {}, None),
            ("one_to_one", {}, {}, None),
            ("one_to_one", {}, {"name": "The two"}, "The two"),
        ],
    )
    async def test_has_its_own_name_or_its_chat_rooms_or_its_id(
        self, hms: httpx.AsyncClient, house: House, *, type: str, members: Room, own: Room, name: str | None
    ) -> None:
        meeting = await house.meeting(await house.room(type, **members), **own)
        await meeting.join(house.ben)
        shown = (await hms.get(f"{ACTIVE}/{meeting.hex}")).json()
        assert shown["name"] == (name or meeting.hex) == (await hms.get(f"/v2/rooms/{meeting.hex}")).json()["name"]

    async def test_of_two_sessions_it_is_the_one_that_goes_on(
        self, hms: httpx.AsyncClient, house: House, meeting: Meeting, session: Room
    ) -> None:
        await meeting.leave(house.ada, house.ben)
        await meeting.join(house.cleo)
        own = (await hms.get(f"{ACTIVE}/{meeting.hex}")).json()["session"]
        assert own["id"] > session["id"]
        assert len(own["peers"]) == 1


class TestPeers:
    async def test_are_those_who_are_in_just_now(
        self, hms: httpx.AsyncClient, house: House, meeting: Meeting, session: Room, *, same: Check
    ) -> None:
        ada, ben = shown(session, house.ada, "host"), shown(session, house.ben, "guest")
        for path in (
            f"{ACTIVE}/{meeting.hex}/peers",
            f"{ACTIVE}/{meeting.hex}/peers/",
            f"/api{ACTIVE}/{meeting.hex}/peers",
        ):
            same(await hms.get(path), {"peers": {ada["id"]: ada, ben["id"]: ben}})

    async def test_are_found_by_user_and_by_role(self, house: House, peers: Peers) -> None:
        everybody = by_name(await peers())
        for filters, names in (
            ({"user_id": house.ada.id}, ["Ada"]),
            ({"user_id": house.cleo.id}, []),
            ({"role": "host"}, ["Ada"]),
            ({"role": "guest"}, ["Ben"]),
            ({"user_id": house.ben.id, "role": "guest"}, ["Ben"]),
            ({"user_id": house.ben.id, "role": "host"}, []),
            ({"user_id": "", "role": ""}, ["Ada", "Ben"]),
            ({"limit": "1", "start": "x"}, ["Ada", "Ben"]),
        ):
            assert by_name(await peers(**filters)) == {name: everybody[name] for name in names}, filters

    async def test_of_no_user_and_of_no_role_are_none(
        self, hms: httpx.AsyncClient, meeting: Meeting, same: Check, subtests: pytest.Subtests
    ) -> None:
        """No match is an empty answer and no error, whatever was asked for."""
        for filters in (
            {"user_id": NO_USER},
            {"user_id": "ada@example.org"},
            {"user_id": "x"},
            {"user_id": "0" * 24},
            {"user_id": "é\U0001f600"},
            {"role": "HOST"},
            {"role": "speaker"},
            {"role": "x" * 5000},
        ):
            with subtests.test(repr(filters)[:60]):
                same(await hms.get(f"{ACTIVE}/{meeting.hex}/peers", params=filters), {"peers": {}})

    @pytest.mark.parametrize("parameter", ["role", "user_id"])
    async def test_nul_is_no_crash(self, hms: httpx.AsyncClient, meeting: Meeting, parameter: str) -> None:
        answer = await hms.get(f"{ACTIVE}/{meeting.hex}/peers", params={parameter: "a\0"})
        assert answer.status_code == 400 or answer.json() == {"peers": {}}


class TestPeer:
    async def test_is_shown_with_its_tracks(
        self, hms: httpx.AsyncClient, house: House, meeting: Meeting, session: Room, *, same: Check
    ) -> None:
        """Without a media engine there are no tracks, whatever flags somebody joined with."""
        await meeting.leave(house.ben)
        await meeting.join(house.ben, audioStreamEnabled=True, videoStreamEnabled=True)
        later = (await hms.get(f"/v2/sessions/{session['id']}")).json()
        for person, role in ((house.ada, "host"), (house.ben, "guest")):
            peer = shown(later, person, role)
            path = f"{ACTIVE}/{meeting.hex}/peers/{peer['id']}"
            for spelling in (path, f"{path}/", f"/api{path}", f"{ACTIVE}/{meeting.hex.upper()}/peers/{peer['id']}"):
                same(await hms.get(spelling), peer | {"tracks": {}})

    async def test_that_has_left_is_not_found(
        self, hms: httpx.AsyncClient, house: House, meeting: Meeting, session: Room, *, missing: Check
    ) -> None:
        for id in set(session["peers"]) - set(present(session)):
            missing(await hms.get(f"{ACTIVE}/{meeting.hex}/peers/{id}"), "Peer")
        await meeting.join(house.ada)
        ada = shown(session, house.ada, "host")["id"]
        missing(await hms.get(f"{ACTIVE}/{meeting.hex}/peers/{ada}"), "Peer")

    async def test_of_another_room_is_not_found(
        self, hms: httpx.AsyncClient, house: House, meeting: Meeting, session: Room, *, missing: Check
    ) -> None:
        other = await house.meeting()
        await other.join(house.ada)
        for id in present(session):
            missing(await hms.get(f"{ACTIVE}/{other.hex}/peers/{id}"), "Peer")


class TestHead:
    async def test_has_the_headers_and_no_body(
        self, hms: httpx.AsyncClient, meeting: Meeting, session: Room, peers: Peers
    ) -> None:
        room = f"{ACTIVE}/{meeting.hex}"
        one = next(iter(await peers()))
        for path in (room, f"{room}/peers", f"{room}/peers/{one}", "/v2/sessions", f"/v2/sessions/{session['id']}"):
            get, head = await hms.get(path), await hms.head(path)
            assert (head.status_code, head.content) == (200, b"")
            assert head.headers["content-length"] == str(len(get.content))
