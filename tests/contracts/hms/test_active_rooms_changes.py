"""POST /v2/active-rooms/{room_id}/peers/{peer_id}: name, role and metadata of somebody who is in a room."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import httpx
import pytest
from gatherings import House, Meeting, by_name

ACTIVE = "/v2/active-rooms"
KIB = 1024
Check = Callable[..., None]
Peer = dict[str, Any]
Change = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def meeting(house: House) -> Meeting:
    """Ada's, in which are Ada and Ben."""
    meeting = await house.meeting()
    await meeting.join(house.ada, house.ben)
    return meeting


@pytest.fixture
async def path(hms: httpx.AsyncClient, meeting: Meeting) -> str:
    """Where Ben is."""
    peers = f"{ACTIVE}/{meeting.hex}/peers"
    return f"{peers}/{by_name((await hms.get(peers)).json()['peers'])['Ben']}"


@pytest.fixture
async def ben(hms: httpx.AsyncClient, path: str) -> Peer:
    """Ben as he is."""
    shown: Peer = (await hms.get(path)).json()
    return shown


@pytest.fixture
def change(hms: httpx.AsyncClient, path: str) -> Change:
    """`await change(name="Benjamin")`."""
    return lambda **members: hms.post(path, json=members)


@pytest.fixture
async def roles(hms: httpx.AsyncClient, database: asyncpg.Connection, make_template: Any, meeting: Meeting) -> None:
    """The meeting's room has a template with these roles."""
    template_id = await make_template("stage")
    own = json.dumps({"speaker": {}, "Zuhörer \U0001f680": {}, "": {}})
    await database.execute("UPDATE template SET roles = $1 WHERE name = 'stage'", own)
    named = await hms.post(f"/v2/rooms/{meeting.hex}", json={"name": "staged"})
    moved = await hms.post("/v2/rooms", json={"name": "staged", "template_id": template_id})
    assert (named.status_code, moved.json()["id"], moved.json()["template"]) == (200, meeting.hex, "stage")


class TestChange:
    @pytest.mark.parametrize(
        "members",
        [
            {"name": "Benjamin"},
            {"name": "Zoë \U0001f680"},
            {"role": "host"},
            {"role": "guest"},
            {"metadata": '{"hand":true}'},
            {"metadata": "é\U0001f600\n\t"},
            {"name": "Benjamin", "role": "host", "metadata": "x"},
        ],
    )
    async def test_is_shown_everywhere(
        self,
        hms: httpx.AsyncClient,
        meeting: Meeting,
        path: str,
        ben: Peer,
        *,
        change: Change,
        same: Check,
        members: Any,
    ) -> None:
        changed = ben | members
        same(await change(**members), changed)
        same(await hms.get(path), changed)
        among = {name: value for name, value in changed.items() if name != "tracks"}
        peers = (await hms.get(f"{ACTIVE}/{meeting.hex}/peers", params={"role": changed["role"]})).json()["peers"]
        assert json.dumps(peers[ben["id"]]) == json.dumps(among)
        [session] = (await hms.get("/v2/sessions")).json()["data"]
        own = session["peers"][ben["id"]]
        assert (own["name"], own["role"]) == (changed["name"], changed["role"])

    async def test_of_one_leaves_the_others(
        self, hms: httpx.AsyncClient, meeting: Meeting, change: Change, house: House
    ) -> None:
        """He comes again as he is, under his own name."""
        peers = f"{ACTIVE}/{meeting.hex}/peers"
        [ada, _] = (await hms.get(peers)).json()["peers"].values()
        await change(name="Benjamin", role="host", metadata="x")
        assert next(iter((await hms.get(peers)).json()["peers"].values())) == ada
        await meeting.join(house.ben)
        [_, again] = (await hms.get(peers)).json()["peers"].values()
        assert (again["name"], again["role"], again["metadata"]) == ("Ben", "guest", "")

    @pytest.mark.parametrize(
        "body",
        [b"", b"{}", b'{"name":null,"role":null,"metadata":null}', b'{"unknown":"\\u0000","id":1,"user_id":"x"}'],
    )
    async def test_of_nothing_changes_nothing(
        self, hms: httpx.AsyncClient, path: str, ben: Peer, body: bytes, *, same: Check
    ) -> None:
        for spelling in (path, f"{path}/", f"/api{path}"):
            for headers in ({}, {"Content-Type": "application/json"}, {"Content-Type": "text/plain"}):
                same(await hms.post(spelling, content=body, headers=headers), ben)

    async def test_one_after_another_leaves_what_was_before(self, ben: Peer, change: Change, same: Check) -> None:
        same(await change(name="Benjamin"), ben | {"name": "Benjamin"})
        same(await change(metadata="x"), ben | {"name": "Benjamin", "metadata": "x"})
        same(await change(role="host"), ben | {"name": "Benjamin", "metadata": "x", "role": "host"})
        same(await change(metadata=""), ben | {"name": "Benjamin", "role": "host"})

    async def test_is_told_to_nobody_and_seen_by_no_chat(
        self, house: House, meeting: Meeting, change: Change, database: asyncpg.Connection
    ) -> None:
        """The chats know no names and roles of participants."""
        before, told = (await house.ada("GET", meeting.path)).json(), await house.told()
        await change(name="Benjamin", role="host", metadata="x")
        assert (await house.ada("GET", meeting.path)).json() == before
        assert await house.told() == told
        owners = await database.fetch("SELECT user_id FROM member WHERE owner")
        assert [str(row["user_id"]) for row in owners] == [house.ada.id]


class TestRole:
    """One of the roles of the room's template."""

    async def test_of_the_default_template(self, ben: Peer, change: Change, same: Check, missing: Check) -> None:
        for role in ("", "Host", "host ", "speaker", "é", "x" * 5000):
            missing(await change(role=role, name="Benjamin"), "Role")
        same(await change(), ben)

    @pytest.mark.usefixtures("roles")
    async def test_of_another_template(self, ben: Peer, change: Change, same: Check, missing: Check) -> None:
        for role in ("speaker", "Zuhörer \U0001f680"):
            same(await change(role=role), ben | {"role": role})
        for role in ("host", "guest", "Speaker", "name"):
            missing(await change(role=role), "Role")


class TestRefused:
    @pytest.mark.parametrize("member", ["name", "role", "metadata"])
    async def test_what_is_no_text(self, ben: Peer, change: Change, bad_body: Check, same: Check, member: str) -> None:
        for value in (0, 1.5, True, [], ["x"], {}, {"x": 1}):
            bad_body(await change(**{member: value}), f"{member} must be a string")
        for value in ("\0", "a\0b"):
            bad_body(await change(**{member: value}), f"{member} must not contain NUL")
        same(await change(), ben)

    async def test_metadata_over_16_kib(self, ben: Peer, change: Change, bad_body: Check, same: Check) -> None:
        for most in ("x" * 16 * KIB, "é" * 8 * KIB):
            same(await change(metadata=most), ben | {"metadata": most})
            bad_body(await change(metadata=most + "x"), "metadata must not be larger than 16 KiB")
            same(await change(), ben | {"metadata": most})

    async def test_a_name_over_255_characters(self, ben: Peer, change: Change, bad_body: Check, same: Check) -> None:
        most = "\U0001f600" * 255
        same(await change(name=most), ben | {"name": most})
        bad_body(await change(name=most + "x"), "name must have at most 255 characters")
        same(await change(), ben | {"name": most})


class TestGone:
    async def test_who_has_left_is_not_found_and_not_changed(
        self, hms: httpx.AsyncClient, house: House, meeting: Meeting, change: Change, *, missing: Check
    ) -> None:
        await meeting.leave(house.ben)
        before = (await hms.get("/v2/sessions")).json()
        for members in ({"name": "Benjamin"}, {"role": "speaker"}, {}):
            missing(await change(**members), "Peer")
        assert (await hms.get("/v2/sessions")).json() == before

    async def test_who_is_of_another_room_is_not_found_and_not_changed(
        self, hms: httpx.AsyncClient, house: House, ben: Peer, *, change: Change, missing: Check, same: Check
    ) -> None:
        other = await house.meeting()
        await other.join(house.ben)
        missing(await hms.post(f"{ACTIVE}/{other.hex}/peers/{ben['id']}", json={"name": "Benjamin"}), "Peer")
        same(await change(), ben)
