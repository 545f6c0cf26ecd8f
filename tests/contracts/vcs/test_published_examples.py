"""The published page itself: its curl lines run against a real server, its bodies compared with the answers.

The page is the seed 003_70929becc4af6c78.txt. It is not ours to hand on: where it does not lie beside the project,
these tests are skipped, and the rest of this folder says the same in our own words.
"""

import asyncio
import json
import re
import shlex
import shutil
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from descriptions import description
from transcripts import run_curl

SEED = Path(__file__).parents[4] / "shared" / "seeds" / "003_70929becc4af6c78.txt"
if not SEED.exists():
    pytest.skip(f"the published page is not at hand: no {SEED.name} in ../shared/seeds", allow_module_level=True)
PAGE = SEED.read_text(encoding="utf-8")
ROOM = "/api/realtime/room"
OF_THE_MOMENT = {"id", "creationTime", "modificationTime", "token"}
OF_THE_ADMINISTRATOR = {"maxParticipants", "roomTokenTTLSeconds", "roomTTLSeconds", "endpointTTLSeconds"}
Check = Callable[..., None]
Curl = Callable[..., Awaitable[httpx.Response]]
Body = dict[str, Any]

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the page speaks curl, and there is none")


def curl_lines() -> list[str]:
    """Cut the page's commands out, with the lines that a backslash continues."""
    return re.findall(r"^\$ (curl (?:.*\\\n)*.*)$", PAGE, re.MULTILINE)


def bodies() -> Iterator[Body]:
    """Cut the page's JSON out; the line breaks inside its texts are only its wrapping."""
    for start in re.finditer(r"^\{", PAGE, re.MULTILINE):
        body, _ = json.JSONDecoder(strict=False).raw_decode(PAGE, start.start())
        if "description" in body and isinstance(body["description"], list):
            body["description"] = [" ".join(line.split()) for line in body["description"]]
        yield body


CREATE, CREATE_WITH_MEMBERS, FETCH, LIST, LIST_NEXT, DELETE = curl_lines()
(
    CREATED,
    FETCHED,
    LISTED,
    DELETED,
    FIRST_ERROR,
    SECOND_ERROR,
    AUTHORIZATION_MISSING,
    AUTHORIZATION_INVALID,
    NO_JSON_BODY,
    INCORRECT_CONTENT_TYPE,
    NAME_TOO_LONG,
    INVALID_NUMBER_OF_RECORDS,
    ROOM_DOES_NOT_EXIST,
) = bodies()


@pytest.fixture
def curl(real: httpx.AsyncClient, tmp_path: Path) -> Curl:
    """Run a line of the page as it stands, but for host, key and what the page itself calls a placeholder.

    Its addresses are put into quotation marks: one has an `&` that a shell would take for its own.
    """
    host = str(real.base_url).rstrip("/")
    own_key = real.headers["x-vcs-token"]

    async def curl(line: str, placeholders: dict[str, str] | None = None, *, key: str = own_key) -> httpx.Response:
        line = re.sub(r"https://.*?(?= \\$)", r'"\g<0>"', line, count=1, flags=re.MULTILINE)
        known = {"https://<vcs-domain>": host, "<api-key>": key}
        for placeholder, value in (known | (placeholders or {})).items():
            assert placeholder in line
            line = line.replace(placeholder, value)
        assert not re.search("<.*>", line), line
        return await run_curl(line, tmp_path)

    return curl


async def open_room(real: httpx.AsyncClient, **members: str) -> Body:
    room: Body = (await real.post(ROOM, json=members)).json()["room"]
    return room


def as_published(room: Body, published: Body) -> Body:
    """Fill the room of the page with what is of the moment or the administrator's in this one."""
    shown = {member: type(room.get(member)) for member in published}
    assert shown == {member: int if member.endswith("Time") else type(value) for member, value in published.items()}
    own = OF_THE_MOMENT | OF_THE_ADMINISTRATOR
    return {member: room[member] if member in own else value for member, value in published.items()}


class TestCurlLines:
    async def test_there_are_six_lines_and_thirteen_bodies(self) -> None:
        assert len(curl_lines()) == 6
        assert len(list(bodies())) == 13

    async def test_create_a_room(self, curl: Curl, same: Check) -> None:
        answer = await curl(CREATE)
        room = answer.json()["room"]
        unset = {"name", "description", "autoUpgradeParticipantCount"}
        published = {member: value for member, value in CREATED["room"].items() if member not in unset}
        same(answer, {"room": as_published(room, published)})

    async def test_create_a_room_with_members(self, curl: Curl, same: Check) -> None:
        answer = await curl(CREATE_WITH_MEMBERS)
        same(answer, {"room": as_published(answer.json()["room"], CREATED["room"])})

    async def test_fetch_a_room(self, curl: Curl, same: Check, real: httpx.AsyncClient) -> None:
        room = await open_room(real, name="Room A", description="My room description")
        bare = room["id"].removeprefix("RO-")
        answer = await curl(FETCH, {"b4a8b6e0-c3b6-4d70-9414-7b02adc50f71": bare})
        same(answer, as_published(room, FETCHED))

    async def test_fetch_the_fixed_room_of_the_line(self, curl: Curl, refused: Check) -> None:
        refused(await curl(FETCH), "REALTIME-00004", "b4a8b6e0-c3b6-4d70-9414-7b02adc50f71")

    async def test_fetch_rooms(self, curl: Curl, same: Check, real: httpx.AsyncClient) -> None:
        room_b = await open_room(real, name="Room B")
        await asyncio.sleep(0.002)
        room_a = await open_room(real, name="Room A", description="My room description")
        answer = await curl(LIST)
        listed = answer.json()
        published = [as_published(room_a, LISTED["data"][0]), as_published(room_b, LISTED["data"][1])]
        assert type(listed["token"]) is type(LISTED["token"])
        same(answer, {"data": published + listed["data"][2:], "token": listed["token"]})

    async def test_fetch_subsequent_rooms(self, curl: Curl, same: Check, real: httpx.AsyncClient) -> None:
        room_b = await open_room(real, name="Room B")
        await asyncio.sleep(0.002)
        await open_room(real, name="Room A", description="My room description")
        prior = (await real.get(ROOM, params={"numberOfRecords": 1})).json()
        answer = await curl(LIST_NEXT, {"<token returned from previous request>": prior["token"]})
        listed = answer.json()
        published = as_published(room_b, LISTED["data"][1])
        same(answer, {"data": [published, *listed["data"][1:]], "token": listed["token"]})
        assert len(listed["data"]) <= 10

    async def test_delete_a_room(self, curl: Curl, same: Check, refused: Check, real: httpx.AsyncClient) -> None:
        room = await open_room(real, name="Room A", description="My room description")
        same(await curl(DELETE, {"<id>": room["id"]}), {"room": as_published(room, DELETED["room"])})
        refused(await curl(DELETE, {"<id>": room["id"]}), "REALTIME-00004", room["id"])


class TestErrorBodies:
    async def test_authorization_missing(self, curl: Curl, same: Check) -> None:
        for line in (CREATE, CREATE_WITH_MEMBERS, LIST):
            answer = await curl(line, key="")
            same(answer, AUTHORIZATION_MISSING)
            same(answer, FIRST_ERROR)

    async def test_authorization_invalid(self, curl: Curl, same: Check) -> None:
        key = "ce0ef13256b4eff41bef65af69f53ae750a81c15fd124c235a59eecaa766105bc"
        for line in (CREATE, CREATE_WITH_MEMBERS, LIST):
            same(await curl(line, key=key), AUTHORIZATION_INVALID)

    async def test_passed_content_is_no_json_body(self, real: httpx.AsyncClient, same: Check) -> None:
        headers = {"Content-Type": "application/json"}
        same(await real.post(ROOM, content="Room A", headers=headers), NO_JSON_BODY)

    async def test_incorrect_content_type(self, real: httpx.AsyncClient, same: Check) -> None:
        headers = {"Content-Type": "application/xml"}
        same(await real.post(ROOM, content="<room/>", headers=headers), INCORRECT_CONTENT_TYPE)

    async def test_room_name_is_too_long(self, real: httpx.AsyncClient, same: Check) -> None:
        same(await real.post(ROOM, json={"name": "a" * 513}), NAME_TOO_LONG)

    async def test_invalid_parameter_number_of_records(self, real: httpx.AsyncClient, same: Check) -> None:
        for size in (0, 101):
            answer = await real.get(ROOM, params={"numberOfRecords": size})
            same(answer, INVALID_NUMBER_OF_RECORDS)
            same(answer, SECOND_ERROR)

    async def test_room_does_not_exist(self, curl: Curl, same: Check) -> None:
        answer = await curl(DELETE, {"<id>": "RO-fafd9427-fedf-4e58-9150-97d86a25fe58"})
        same(answer, ROOM_DOES_NOT_EXIST)


class TestDescription:
    """The bodies of the page are such as the description declares."""

    @pytest.mark.parametrize(
        ("operation", "body"),
        [("create_room", CREATED), ("fetch_room", FETCHED), ("fetch_rooms", LISTED), ("delete_room", DELETED)],
    )
    async def test_answers(self, operation: str, body: Body) -> None:
        told = (await description("/api/realtime")).operations[operation]
        text = json.dumps(body).replace('"2021-02-27T19:11:21.233Z"', "1614453081233")  # a slip, as vcs.md has it
        text = re.sub(r'"([0-9a-f]+)\.\.\."', lambda cut: f'"{cut[1]:0<64}"', text)  # the page cuts tokens short
        assert told.faults_of_answer(200, json.loads(text)) == []

    async def test_errors(self) -> None:
        told = (await description("/api/realtime")).operations
        for error in bodies():
            if "httpCode" in error:
                refusing = [each for each in told.values() if error["httpCode"] in map(int, each.statuses)]
                assert refusing
                assert [each.faults_of_answer(error["httpCode"], error) for each in refusing] == [[]] * len(refusing)

    async def test_bodies(self) -> None:
        told = (await description("/api/realtime")).operations["create_room"]
        assert told.faults_of_body(json.loads(shlex.split(CREATE_WITH_MEMBERS)[-1])) == []
