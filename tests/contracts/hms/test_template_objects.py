"""Templates through the API: create, overwrite, list, retrieve, replace; which is the default one."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from people import Waiting
from template_limits import DEFAULTS as ROLE

TEMPLATES = "/v2/templates"
ROOMS = "/v2/rooms"
NOBODY = "0123456789abcdef01234567"
Check = Callable[..., None]
Template = dict[str, Any]
MakeTemplate = Callable[..., Awaitable[Template]]
Whole = Callable[..., Template]

ORDER = [
    *("id", "name", "customerId", "roles", "settings", "destinations", "plugins", "createdAt", "updatedAt"),
    *("_id", "customer", "default", "appId"),
]
ROOM_STATE = {"messageInterval": 5, "sendPeerList": False, "stopRoomStateOnJoin": True, "enabled": False}
SETTINGS = {"region": "in", "recording": None, "roomState": ROOM_STATE, "retry": {}}
RTMP = {"rtmpDestinations": {"tube": {"name": "tube", "rtmpUrls": ["rtmp://tube.example/live"]}}}
BOARD = {"whiteboard": {"permissions": {"admin": ["host"], "writer": [], "reader": ["guest"]}}}


@pytest.fixture
def whole_template(account: dict[str, str]) -> Whole:
    """`whole_template(shown, **own)`: every member of a template in order; id and times are those shown."""

    def whole(shown: Template, **own: object) -> Template:
        assert re.fullmatch("[0-9a-f]{24}", shown["id"])
        members: Template = {
            "id": shown["id"],
            "name": shown["name"],
            "customerId": account["customer_id"],
            "roles": {},
            "settings": SETTINGS,
            "destinations": {},
            "createdAt": shown["createdAt"],
            "updatedAt": shown["createdAt"],
            "_id": shown["id"],
            "customer": account["customer_id"],
            "default": False,
            "appId": account["app_id"],
        }
        members |= own
        return {member: members[member] for member in ORDER if member in members}

    return whole


class TestCreate:
    async def test_without_anything(self, hms: httpx.AsyncClient, same: Check, whole_template: Whole) -> None:
        answer = await hms.post(TEMPLATES)
        same(answer, whole_template(answer.json()))
        name = re.fullmatch("default_videoconf_(.*)", answer.json()["name"])
        assert name
        assert str(UUID(name[1])) == name[1]
        same(await hms.get(f"{TEMPLATES}/{answer.json()['id']}"), answer.json())

    async def test_with_empty_roles_fills_in_the_defaults_of_the_table(
        self, hms: httpx.AsyncClient, same: Check, whole_template: Whole
    ) -> None:
        answer = await hms.post(TEMPLATES, json={"name": "a b-c.d_e:F", "roles": {"host": {}, "guest": {}}})
        roles = {name: {"name": name, **ROLE} for name in ("host", "guest")}
        same(answer, whole_template(answer.json(), name="a b-c.d_e:F", roles=roles))
        assert list(answer.json()["roles"]["host"]) == ["name", *ROLE]

    async def test_with_everything(self, hms: httpx.AsyncClient, same: Check, whole_template: Whole) -> None:
        settings = {"region": "auto", "roomState": {"messageInterval": 30, "enabled": True}}
        body = {"settings": settings, "destinations": RTMP, "plugins": BOARD}
        answer = await hms.post(TEMPLATES, json=body)
        shown = {**SETTINGS, "region": "auto", "roomState": {**ROOM_STATE, "messageInterval": 30, "enabled": True}}
        same(answer, whole_template(answer.json(), settings=shown, destinations=RTMP, plugins=BOARD))
        same(await hms.get(f"{TEMPLATES}/{answer.json()['id']}"), answer.json())

    async def test_of_a_name_that_is_there_overwrites_all_of_it(
        self, hms: httpx.AsyncClient, make: MakeTemplate, same: Check, whole_template: Whole
    ) -> None:
        first = await make(name="webinar", roles={"host": {}}, settings={"region": "eu"}, destinations=RTMP)
        answer = await hms.post(TEMPLATES, json={"name": "webinar", "roles": {"guest": {"priority": 2}}})
        again = answer.json()
        assert again["id"] == first["id"]
        assert datetime.fromisoformat(again["updatedAt"]) > datetime.fromisoformat(first["updatedAt"])
        guest = {"name": "guest", **ROLE, "priority": 2}
        guest["subscribeParams"] = {**ROLE["subscribeParams"], "subscribeToRoles": ["guest"]}
        expected = whole_template(first, roles={"guest": guest}, updatedAt=again["updatedAt"])
        same(answer, expected)
        same(await hms.get(TEMPLATES, params={"name": "webinar"}), {"limit": 10, "data": [again], "last": again["id"]})

    async def test_of_a_name_in_another_case_is_another_one(self, make: MakeTemplate) -> None:
        assert (await make(name="webinar"))["id"] != (await make(name="Webinar"))["id"]

    async def test_by_thirty_at_once_makes_one(self, hms: httpx.AsyncClient) -> None:
        answers = await asyncio.gather(*(hms.post(TEMPLATES, json={"name": "rush"}) for _ in range(30)))
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.json()["id"] for answer in answers}) == 1

    @pytest.mark.parametrize("name", ["", "a/b", "ä", "a\n", "x" * 256])
    async def test_with_a_wrong_name_is_refused(self, hms: httpx.AsyncClient, bad_body: Check, name: str) -> None:
        answer = await hms.post(TEMPLATES, json={"name": name})
        bad_body(answer, "name must be 1 to 255 characters of a-z, A-Z, 0-9, space and - . _ :")

    async def test_with_the_longest_name(self, make: MakeTemplate) -> None:
        assert (await make(name="x" * 255))["name"] == "x" * 255

    @pytest.mark.parametrize(
        ("body", "text"),
        [
            ({"name": 1}, "name must be a string"),
            ({"roles": []}, "roles must be an object"),
            ({"roles": {"host": []}}, "roles.host must be an object"),
            ({"settings": 1}, "settings must be an object"),
            ({"destinations": "x"}, "destinations must be an object"),
            ({"plugins": []}, "plugins must be an object"),
            ({"default": "yes"}, "default must be a boolean"),
        ],
    )
    async def test_with_members_of_the_wrong_type_is_refused(
        self, hms: httpx.AsyncClient, bad_body: Check, body: Template, text: str
    ) -> None:
        bad_body(await hms.post(TEMPLATES, json=body), text)

    async def test_ignores_members_that_nobody_knows_and_nulls(
        self, hms: httpx.AsyncClient, same: Check, whole_template: Whole
    ) -> None:
        nothing = dict.fromkeys(["roles", "settings", "destinations", "plugins", "default"])
        answer = await hms.post(TEMPLATES, json={"name": "quiet", "colour": "red", **nothing})
        same(answer, whole_template(answer.json(), name="quiet"))


class TestList:
    async def test_is_newest_first_in_pages(self, hms: httpx.AsyncClient, make: MakeTemplate, same: Check) -> None:
        made = [await make(name=f"t{number}") for number in range(11)]
        newest = made[::-1]
        same(await hms.get(TEMPLATES), {"limit": 10, "data": newest[:10], "last": newest[9]["id"]})
        rest = (await hms.get(TEMPLATES, params={"start": newest[9]["id"], "limit": 50})).json()
        assert rest["limit"] == 50
        assert [each["id"] for each in rest["data"]][:1] == [newest[10]["id"]]
        assert [each["default"] for each in rest["data"]] == [False, True]
        after = await hms.get(TEMPLATES, params={"start": rest["last"]})
        same(after, {"limit": 10, "data": [], "last": ""})

    async def test_by_name_id_and_whether_it_is_the_default_one(
        self, hms: httpx.AsyncClient, make: MakeTemplate, account: dict[str, str]
    ) -> None:
        one, other = await make(name="one"), await make(name="other")

        async def found(**filters: str) -> list[str]:
            return [each["id"] for each in (await hms.get(TEMPLATES, params=filters)).json()["data"]]

        assert await found(name="one") == [one["id"]]
        assert await found(name="One") == []
        assert await found(id=other["id"]) == [other["id"]]
        assert await found(id=NOBODY) == []
        assert await found(default="true") == [account["template_id"]]
        assert await found(default="false") == [other["id"], one["id"]]
        assert await found(default="false", name="one") == [one["id"]]
        assert await found(name="one", id=other["id"]) == []
        assert await found(id=one["id"], start=one["id"]) == []

    @pytest.mark.parametrize(
        ("query", "text"),
        [
            ({"limit": "9"}, "limit must be a whole number from 10 to 100"),
            ({"limit": "101"}, "limit must be a whole number from 10 to 100"),
            ({"start": "x"}, "start must be 24 hex digits"),
            ({"id": "x"}, "id must be 24 hex digits"),
            ({"default": "1"}, "default must be true or false"),
        ],
    )
    async def test_judges_its_query(
        self, hms: httpx.AsyncClient, bad_query: Check, query: dict[str, str], text: str
    ) -> None:
        bad_query(await hms.get(TEMPLATES, params=query), text)


class TestRetrieve:
    async def test_the_default_one(self, hms: httpx.AsyncClient, account: dict[str, str]) -> None:
        default = (await hms.get(f"{TEMPLATES}/{account['template_id']}")).json()
        assert (default["name"], default["default"]) == (account["template"], True)
        assert default["settings"] == SETTINGS
        assert list(default["roles"]) == ["host", "guest"]
        hosts_may = ["endRoom", "removeOthers", "mute", "unmute", "changeRole"]
        for role, more in (("host", hosts_may), ("guest", [])):
            permissions = dict.fromkeys(more, True) | ROLE["permissions"]
            assert list(default["roles"][role]["permissions"].items()) == list(permissions.items())

    @pytest.mark.parametrize("id", [NOBODY, "none", "0"])
    async def test_what_is_not_there(self, hms: httpx.AsyncClient, missing: Check, id: str) -> None:
        missing(await hms.get(f"{TEMPLATES}/{id}"), "Template")


class TestReplace:
    async def test_overwrites_all_but_the_name(
        self, hms: httpx.AsyncClient, make: MakeTemplate, same: Check, whole_template: Whole
    ) -> None:
        first = await make(name="webinar", roles={"host": {}}, destinations=RTMP, plugins=BOARD)
        answer = await hms.post(f"{TEMPLATES}/{first['id']}", json={"roles": {}, "settings": {"region": "us"}})
        settings = {**SETTINGS, "region": "us"}
        same(answer, whole_template(first, settings=settings, updatedAt=answer.json()["updatedAt"]))
        same(await hms.get(f"{TEMPLATES}/{first['id']}"), answer.json())

    async def test_renames(self, hms: httpx.AsyncClient, make: MakeTemplate) -> None:
        first = await make(name="before")
        body = {"name": "after", "roles": {}, "settings": {}}
        assert (await hms.post(f"{TEMPLATES}/{first['id']}", json=body)).json()["name"] == "after"
        assert (await make(name="before"))["id"] != first["id"]

    async def test_onto_another_name_is_refused_and_changes_nothing(
        self, hms: httpx.AsyncClient, make: MakeTemplate, bad_body: Check, same: Check
    ) -> None:
        await make(name="taken")
        mine = await make(name="mine", roles={"host": {}})
        answer = await hms.post(f"{TEMPLATES}/{mine['id']}", json={"name": "taken", "roles": {}, "settings": {}})
        bad_body(answer, "name is taken by another template")
        same(await hms.get(f"{TEMPLATES}/{mine['id']}"), mine)

    async def test_onto_its_own_name(self, hms: httpx.AsyncClient, make: MakeTemplate) -> None:
        mine = await make(name="mine")
        body = {"name": "mine", "roles": {}, "settings": {}}
        assert (await hms.post(f"{TEMPLATES}/{mine['id']}", json=body)).status_code == 200

    @pytest.mark.parametrize("absent", ["roles", "settings"])
    async def test_needs_roles_and_settings(
        self, hms: httpx.AsyncClient, make: MakeTemplate, bad_body: Check, same: Check, absent: str
    ) -> None:
        mine = await make(name="mine", roles={"host": {}})
        body = {"roles": {}, "settings": {}}
        bad_body(await hms.post(f"{TEMPLATES}/{mine['id']}", json={**body, absent: None}), f"{absent} is required")
        del body[absent]
        bad_body(await hms.post(f"{TEMPLATES}/{mine['id']}", json=body), f"{absent} is required")
        same(await hms.get(f"{TEMPLATES}/{mine['id']}"), mine)

    async def test_of_names_and_the_default_one_at_once_waits_for_each_other_and_for_nothing_else(
        self, hms: httpx.AsyncClient, make: MakeTemplate, account: dict[str, str]
    ) -> None:
        """Two that wait for what the other has would be a deadlock, and one of them an error."""
        ids = [account["template_id"], *[(await make(name=name))["id"] for name in ("one", "two")]]
        whole: Template = {"roles": {}, "settings": {}}
        asked = [
            *(hms.post(TEMPLATES, json={"name": name, "default": True}) for name in ("one", "two", "three")),
            *(hms.post(f"{TEMPLATES}/{id}", json={**whole, "default": True}) for id in ids),
            *(
                hms.post(f"{TEMPLATES}/{id}", json={**whole, "name": name})
                for id in ids
                for name in ("one", "two", "x")
            ),
        ]
        answers = await asyncio.gather(*asked)
        assert {answer.status_code for answer in answers} == {200, 400}
        for answer in answers:
            assert answer.status_code == 200 or "name is taken by another template" in answer.text
        assert [answer.status_code for answer in answers[:6]] == [200] * 6

    async def test_holds_the_deployment_before_any_template(
        self, hms: httpx.AsyncClient, make: MakeTemplate, database: asyncpg.Connection, waiting: Waiting
    ) -> None:
        path = f"{TEMPLATES}/{(await make(name='one'))['id']}"
        async with database.transaction():
            await database.execute("SELECT FROM deployment FOR NO KEY UPDATE")
            asked = [
                asyncio.create_task(hms.post(path, json={"name": "two", "roles": {}, "settings": {}})),
                asyncio.create_task(hms.post(TEMPLATES, json={"name": "three"})),
            ]
            await waiting(2)
            await database.execute("SELECT FROM template FOR UPDATE NOWAIT")
        assert [(await answer).status_code for answer in asked] == [200, 200]

    async def test_what_is_not_there(self, hms: httpx.AsyncClient, missing: Check, bad_body: Check) -> None:
        missing(await hms.post(f"{TEMPLATES}/{NOBODY}", json={"roles": {}, "settings": {}}), "Template")
        bad_body(await hms.post(f"{TEMPLATES}/{NOBODY}", json={"roles": {}}), "settings is required")

    async def test_keeps_the_recordings_configuration(self, hms: httpx.AsyncClient, make: MakeTemplate) -> None:
        path = f"{TEMPLATES}/{(await make(name='mine'))['id']}"
        config = [{"name": "default", "role": "host"}]
        await hms.post(f"{path}/recordings", json=config)
        await hms.post(path, json={"roles": {}, "settings": {}})
        await make(name="mine")
        assert (await hms.get(f"{path}/recordings")).json() == config


class TestDefault:
    async def test_moves_to_another_and_new_rooms_have_it(
        self, hms: httpx.AsyncClient, make: MakeTemplate, account: dict[str, str]
    ) -> None:
        mine = await make(name="mine", default=True)
        assert mine["default"] is True
        assert (await hms.get(f"{TEMPLATES}/{account['template_id']}")).json()["default"] is False
        assert (await hms.post(ROOMS)).json()["template_id"] == mine["id"]
        back = {"default": True, "roles": {}, "settings": {}}
        assert (await hms.post(f"{TEMPLATES}/{account['template_id']}", json=back)).json()["default"] is True
        assert (await hms.get(f"{TEMPLATES}/{mine['id']}")).json()["default"] is False

    async def test_stays_when_nothing_is_said_of_it(self, hms: httpx.AsyncClient, account: dict[str, str]) -> None:
        path = f"{TEMPLATES}/{account['template_id']}"
        for more in ({}, {"default": True}):
            assert (await hms.post(path, json={"roles": {}, "settings": {}, **more})).json()["default"] is True

    async def test_cannot_be_given_up(self, hms: httpx.AsyncClient, bad_body: Check, account: dict[str, str]) -> None:
        path = f"{TEMPLATES}/{account['template_id']}"
        before = (await hms.get(path)).json()
        answer = await hms.post(path, json={"default": False, "roles": {}, "settings": {}})
        bad_body(answer, "default must stay true until another template is the default one")
        assert (await hms.get(path)).json() == before

    async def test_is_one_whoever_asks_for_it_at_once(
        self, hms: httpx.AsyncClient, make: MakeTemplate, account: dict[str, str]
    ) -> None:
        ids = [account["template_id"], *[(await make(name=f"t{number}"))["id"] for number in range(6)]]
        body = {"default": True, "roles": {}, "settings": {}}
        answers = await asyncio.gather(*(hms.post(f"{TEMPLATES}/{id}", json=body) for id in ids * 3))
        assert {answer.status_code for answer in answers} == {200}
        assert len((await hms.get(TEMPLATES, params={"default": "true"})).json()["data"]) == 1
