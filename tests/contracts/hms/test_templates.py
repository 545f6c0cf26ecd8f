"""Templates, as far as rooms need them: the default one, by id and by name, followed live."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

ROOMS = "/v2/rooms"
NOBODY = "0123456789abcdef01234567"
NOT_FOUND = "Error: template not found"
Check = Callable[..., None]
Room = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
Whole = Callable[..., Room]
Changed = Callable[..., Room]
MakeTemplate = Callable[..., Awaitable[str]]
Send = Callable[..., Awaitable[httpx.Response]]
SetDefault = Callable[..., Awaitable[None]]

RECORDING: Room = {
    "enabled": True,
    "upload": {"type": "s3", "location": "b", "prefix": "p", "options": {"region": "eu-west-1"}},
}
SHOWN: Room = {
    "enabled": True,
    "upload_info": {"type": "s3", "location": "b", "prefix": "p", "options": {"region": "eu-west-1"}},
}


@pytest.fixture
def set_default(database: asyncpg.Connection) -> SetDefault:
    """Change the default template behind everybody's back."""

    async def set_default(*, region: str = "in", recording: Room | None = None) -> None:
        written = None if recording is None else json.dumps(recording)
        done = await database.execute(
            "UPDATE template SET region = $1, recording = $2 WHERE is_default", region, written
        )
        assert done == "UPDATE 1"

    return set_default


class TestDefault:
    """Row "a fresh server"."""

    async def test_is_there_once_with_its_name_region_and_roles(self, database: asyncpg.Connection) -> None:
        default = await database.fetchrow("SELECT name, region, roles, recording FROM template WHERE is_default")
        assert default
        name = re.fullmatch("default_videoconf_(.*)", default["name"])
        assert name
        assert str(UUID(name[1])) == name[1]
        assert (default["region"], default["recording"]) == ("in", None)
        assert set(json.loads(default["roles"])) == {"host", "guest"}

    async def test_is_the_template_of_a_room_that_asks_for_none(self, create: Make, account: dict[str, str]) -> None:
        for more in ({}, {"template": None}, {"template_id": None}):
            room = await create(**more)
            assert (room["template_id"], room["template"]) == (account["template_id"], account["template"])
            assert room["region"] == "in"


class TestChoice:
    """Row "`template` (a name)", and `template_id` likewise."""

    @pytest.mark.parametrize("member", ["template", "template_id"])
    async def test_by_name_or_id(
        self, hms: httpx.AsyncClient, same: Check, whole: Whole, make_template: MakeTemplate, member: str
    ) -> None:
        template_id = await make_template("Breakout rooms é😀", region="eu", recording=RECORDING)
        value = template_id if member == "template_id" else "Breakout rooms é😀"
        answer = await hms.post(ROOMS, json={member: value})
        own = {"template_id": template_id, "template": "Breakout rooms é😀", "region": "eu", "recording_info": SHOWN}
        same(answer, whole(answer.json(), **own) | {"recording_source_template": True})
        same(await hms.get(f"{ROOMS}/{answer.json()['id']}"), answer.json())

    @pytest.mark.parametrize("member", ["template", "template_id"])
    async def test_the_default_one_by_name_or_id(self, create: Make, account: dict[str, str], member: str) -> None:
        room = await create(**{member: account[member]})
        assert room[member] == account[member]

    async def test_an_id_in_either_case(self, create: Make, account: dict[str, str]) -> None:
        room = await create(template_id=account["template_id"].upper())
        assert room["template_id"] == account["template_id"]

    @pytest.mark.parametrize("more", [{"template": "no such template"}, {"template": ""}, {"template": "other"}])
    async def test_of_both_the_id_counts(
        self, create: Make, make_template: MakeTemplate, account: dict[str, str], more: Room
    ) -> None:
        await make_template("other")
        room = await create(template_id=account["template_id"], **more)
        assert room["template"] == account["template"]

    async def test_null_leaves_it_to_the_other(self, create: Make, make_template: MakeTemplate) -> None:
        template_id = await make_template("other")
        for more in ({"template_id": None, "template": "other"}, {"template_id": template_id, "template": None}):
            assert (await create(**more))["template"] == "other"

    @pytest.mark.parametrize(
        "more",
        [
            {"template": "no such template"},
            {"template": ""},
            {"template": " "},
            {"template": NOBODY},
            {"template": "x" * 10_000},
            {"template_id": NOBODY},
            {"template_id": ""},
            {"template_id": "x"},
            {"template_id": NOBODY + "0"},
            {"template_id": NOBODY + "\n"},
            {"template_id": "\u0000"},
            {"template_id": "é" * 24},
            {"template_id": NOBODY, "template": "other"},
        ],
        ids=[
            "unknown",
            "empty",
            "space",
            "id",
            "long",
            "unknown id",
            "empty id",
            "no id",
            "more",
            "line",
            "NUL",
            "é",
            "both",
        ],
    )
    async def test_an_unknown_one_is_refused_and_nothing_is_done(
        self, hms: httpx.AsyncClient, create: Make, alone: Check, more: Room
    ) -> None:
        room = await create(name="room-a")
        for name in ({}, {"name": "room-a"}, {"name": "room-b"}):
            alone(await hms.post(ROOMS, json={"description": "x", **name, **more}), NOT_FOUND)
        assert (await hms.get(ROOMS)).json()["data"] == [room]

    async def test_its_own_name_is_no_id_and_its_id_no_name(
        self, hms: httpx.AsyncClient, alone: Check, account: dict[str, str]
    ) -> None:
        alone(await hms.post(ROOMS, json={"template": account["template_id"]}), NOT_FOUND)
        alone(await hms.post(ROOMS, json={"template_id": account["template"]}), NOT_FOUND)

    @pytest.mark.parametrize("member", ["template", "template_id"])
    async def test_a_room_of_that_name_moves(
        self,
        hms: httpx.AsyncClient,
        create: Make,
        make_template: MakeTemplate,
        same: Check,
        changed: Changed,
        *,
        member: str,
    ) -> None:
        template_id = await make_template("other", region="us", recording=RECORDING)
        room = await create(name="room-a")
        own = {"template_id": template_id, "template": "other"}
        answer = await hms.post(ROOMS, json={"name": "room-a", member: own[member]})
        same(answer, changed(room, answer.json(), **own, region="us", recording_info=SHOWN))
        await asyncio.sleep(0.002)
        later = await hms.post(ROOMS, json={"name": "room-a", "size": 5})
        same(later, changed(answer.json(), later.json(), size=5))


class TestRegion:
    """Row "`region`": the room's own, or the template's as it is now; that being `auto` too: `in`."""

    @pytest.mark.parametrize(("region", "shown"), [("us", "us"), ("eu", "eu"), ("in", "in"), ("auto", "in")])
    async def test_is_the_templates_from_the_start(
        self, create: Make, set_default: SetDefault, region: str, shown: str
    ) -> None:
        await set_default(region=region)
        for more in ({}, {"region": "auto"}, {"region": None}):
            assert (await create(**more))["region"] == shown

    async def test_follows_the_template(self, hms: httpx.AsyncClient, create: Make, set_default: SetDefault) -> None:
        room, auto = await create(), await create(region="auto")
        for region, shown in (("us", "us"), ("auto", "in"), ("eu", "eu")):
            await set_default(region=region)
            assert (await hms.get(f"{ROOMS}/{room['id']}")).json() == room | {"region": shown}
            assert (await hms.get(ROOMS)).json()["data"] == [auto | {"region": shown}, room | {"region": shown}]

    async def test_of_its_own_does_not_follow(
        self, hms: httpx.AsyncClient, create: Make, set_default: SetDefault
    ) -> None:
        room = await create(region="eu")
        await set_default(region="us")
        assert (await hms.get(f"{ROOMS}/{room['id']}")).json() == room

    async def test_auto_gives_the_own_one_up(
        self, hms: httpx.AsyncClient, create: Make, set_default: SetDefault
    ) -> None:
        await set_default(region="us")
        room = await create(name="room-a", region="eu")
        for path in (f"{ROOMS}/{room['id']}", ROOMS):
            assert (await hms.post(path, json={"name": "room-a", "region": "eu"})).json()["region"] == "eu"
            assert (await hms.post(path, json={"name": "room-a", "region": None})).json()["region"] == "eu"
            assert (await hms.post(path, json={"name": "room-a", "region": "auto"})).json()["region"] == "us"


class TestRecording:
    """Row "`recording_info` absent at creation": the template's settings as they are now, without credentials."""

    @pytest.mark.parametrize(
        ("recording", "shown"),
        [
            (None, {"enabled": False}),
            (RECORDING, SHOWN),
            ({"enabled": True}, {"enabled": True}),
            (
                {"enabled": False, "upload": {"type": "gs", "location": "bucket"}},
                {"enabled": False, "upload_info": {"type": "gs", "location": "bucket"}},
            ),
        ],
    )
    async def test_is_followed_live(
        self,
        hms: httpx.AsyncClient,
        create: Make,
        same: Check,
        set_default: SetDefault,
        recording: Room,
        *,
        shown: Room,
    ) -> None:
        """Also row "`upload_info.type`": in a template other types too."""
        before = await create()
        await set_default(recording=recording)
        after = await create()
        for room in (before, after):
            same(await hms.get(f"{ROOMS}/{room['id']}"), room | {"recording_info": shown})
        listed = [room | {"recording_info": shown} for room in (after, before)]
        same(await hms.get(ROOMS), {"limit": 10, "data": listed, "last": before["id"]})

    async def test_of_its_own_does_not_follow(
        self, hms: httpx.AsyncClient, create: Make, set_default: SetDefault
    ) -> None:
        for info in ({}, {"enabled": True}):
            room = await create(recording_info=info)
            await set_default(recording=RECORDING)
            assert (await hms.get(f"{ROOMS}/{room['id']}")).json() == room

    async def test_a_later_own_one_ends_it(
        self, hms: httpx.AsyncClient, create: Make, set_default: SetDefault, same: Check, changed: Changed
    ) -> None:
        room = await create(name="room-a")
        answer = await hms.post(ROOMS, json={"name": "room-a", "recording_info": {"enabled": True}})
        same(answer, changed(room, answer.json(), recording_source_template=False, recording_info={"enabled": True}))
        await set_default(recording=RECORDING)
        same(await hms.get(f"{ROOMS}/{room['id']}"), answer.json())
