"""The published pages themselves: their error bodies compared with the answers, their curl lines run against a server.

The pages are the seeds 000, 001 and 002. They are not ours to hand on: where they do not lie beside the project, these
tests are skipped, and the rest of this folder says the same in our own words.
"""

import json
import re
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from descriptions import description
from transcripts import run_curl

ROOMS = "/v2/rooms"
SEEDS = Path(__file__).parents[4] / "shared" / "seeds"
NAMES = ("000_b8ecc99e2a94b326.txt", "001_71b6789c526e2c71.txt", "002_e9bba935ee85ce6a.txt")
for _name in NAMES:
    if not (SEEDS / _name).exists():
        pytest.skip(f"the published page is not at hand: no {_name} in ../shared/seeds", allow_module_level=True)
OLDER, NEWER, LEGACY_ROOMS = [(SEEDS / name).read_text(encoding="utf-8") for name in NAMES]
Check = Callable[..., None]
Curl = Callable[..., Awaitable[httpx.Response]]
Body = dict[str, Any]


def error_of(page: str) -> Body:
    """Cut the one error out of a page."""
    [start] = re.finditer(r'\{\s*"code"', page)
    body: Body
    body, _ = json.JSONDecoder().raw_decode(page, start.start())
    return body


def curl_lines() -> list[str]:
    return re.findall(r"^curl .*$", LEGACY_ROOMS, re.MULTILINE)


def data_of(line: str) -> Body:
    found = re.search(r"-d '(.*)'$", line)
    assert found
    body: Body = json.loads(found[1])
    return body


CREATE, DISABLE = curl_lines()


@pytest.fixture
def curl(real: httpx.AsyncClient, tmp_path: Path) -> Curl:
    """Run a line of the page as it stands, but for host and token."""
    if shutil.which("curl") is None:
        pytest.skip("the page speaks curl, and there is none")
    host = str(real.base_url).rstrip("/")
    own = real.headers["Authorization"].removeprefix("Bearer ")

    async def curl(line: str, *, token: str = own) -> httpx.Response:
        for published, ours in {r"https://[^/ ]+": host, "<management_token>": token}.items():
            line, count = re.subn(published, ours, line)
            assert count == 1
        return await run_curl(line, tmp_path)

    return curl


class TestErrorBodies:
    async def test_the_older_one(self, real: httpx.AsyncClient, same: Check) -> None:
        """[S0]: a room that there is not."""
        error = error_of(OLDER)
        for path in (f"{ROOMS}/{'f' * 24}", f"{ROOMS}/nonsense", f"/api/v2/rooms/{'f' * 24}"):
            same(await real.get(path), error, error["code"])

    async def test_the_newer_one(self, real: httpx.AsyncClient, same: Check) -> None:
        """[S1]: a token that there is not."""
        error = error_of(NEWER)
        for token in ("", "Basic dXNlcjpwYXNz"):
            same(await real.get(ROOMS, headers={"Authorization": token}), error, error["code"])
        same(await real.post(ROOMS, headers={"Authorization": ""}), error, error["code"])

    async def test_the_curl_lines_without_a_token_hear_the_newer_one(self, curl: Curl, same: Check) -> None:
        error = error_of(NEWER)
        for line in (CREATE, DISABLE):
            same(await curl(line, token=""), error, error["code"])


class TestPaging:
    @pytest.mark.parametrize("page", [OLDER, NEWER], ids=["older page", "newer page"])
    async def test_limit_is_as_the_pages_say(self, real: httpx.AsyncClient, page: str) -> None:
        default = re.search(r"Default value\s*:\s*(\d+)", page)
        span = re.search(r"Allowed range\s*:\s*(\d+)-(\d+)", page)
        assert default
        assert span
        least, most = int(span[1]), int(span[2])
        assert (await real.get(ROOMS)).json()["limit"] == int(default[1])
        for limit, status in ((least - 1, 400), (least, 200), (most, 200), (most + 1, 400)):
            assert (await real.get(ROOMS, params={"limit": limit})).status_code == status

    async def test_an_answer_has_the_variables_of_the_pages(self, real: httpx.AsyncClient) -> None:
        answer = (await real.get(ROOMS)).json()
        for page in (OLDER, NEWER):
            assert [name for name in ("limit", "data", "last") if re.search(rf"^{name}", page, re.MULTILINE)]
        assert list(answer) == ["limit", "data", "last"]


class TestCurlLines:
    """[S2]: create a room, disable a room."""

    async def test_there_are_two(self) -> None:
        assert len(curl_lines()) == 2

    async def test_create_a_room(self, curl: Curl, same: Check, real: httpx.AsyncClient) -> None:
        sent = data_of(CREATE)
        answer = await curl(CREATE)
        room = answer.json()
        same(answer, room | sent | {"recording_source_template": False, "enabled": True, "active": True})

        read = await real.get(f"{ROOMS}/{room['id']}")
        kept = json.loads(json.dumps(sent["recording_info"]))
        del kept["upload_info"]["credentials"]
        same(read, room | {"recording_info": kept})

    async def test_create_it_again(self, curl: Curl, same: Check) -> None:
        first, again = await curl(CREATE), await curl(CREATE)
        same(again, first.json() | {"updated_at": again.json()["updated_at"]})

    async def test_disable_a_room(self, curl: Curl, same: Check, real: httpx.AsyncClient) -> None:
        created = (await curl(CREATE)).json()
        before = (await real.get(f"{ROOMS}/{created['id']}")).json()
        answer = await curl(DISABLE)
        off = {"enabled": False, "active": False, "updated_at": answer.json()["updated_at"]}
        same(answer, before | off)
        assert answer.json()["active"] == data_of(DISABLE)["active"]
        same(await real.get(f"{ROOMS}/{created['id']}"), answer.json())

    async def test_disable_a_room_that_there_is_not(self, curl: Curl, same: Check) -> None:
        line = DISABLE.replace(data_of(DISABLE)["name"], "a-name-that-no-room-has")
        same(await curl(line), error_of(OLDER), 404)


#: The tables of body parameters.
DOCUMENTED = dict(re.findall(r"^(\w+) \| (string|boolean|bool|object) \|", LEGACY_ROOMS, re.MULTILINE))


class TestMembers:
    def test_are_those_that_we_know(self) -> None:
        upload = {"type", "location", "prefix", "options", "credentials", "key", "secret"}
        room = {"name", "description", "template", "recording_info", "region", "active"}
        assert set(DOCUMENTED) == room | {"enabled", "upload_info"} | upload

    @pytest.mark.parametrize("member", DOCUMENTED)
    async def test_sent_as_what_no_member_is_each_is_refused(self, real: httpx.AsyncClient, member: str) -> None:
        credentials: Body = {"key": "k", "secret": "s"}
        options: Body = {"region": "x"}
        upload: Body = {"type": "s3", "location": "b", "options": options, "credentials": credentials}
        body: Body = {"recording_info": {"enabled": True, "upload_info": upload}}
        assert (await real.post(ROOMS, json=body)).status_code == 200
        owners = [body["recording_info"], upload, credentials]
        owner = next((owner for owner in owners if member in owner or (member == "prefix" and owner is upload)), body)
        owner[member] = 5
        assert (await real.post(ROOMS, json=body)).status_code == 400


class TestDescription:
    """The bodies of the pages are such as the description declares."""

    @pytest.mark.parametrize("page", [OLDER, NEWER], ids=["older page", "newer page"])
    async def test_errors(self, page: str) -> None:
        error = error_of(page)
        told = (await description("/v2")).operations["retrieve_room"]
        assert told.faults_of_answer(error["code"], error) == []
        assert error in told.examples(str(error["code"]))

    @pytest.mark.parametrize("line", [CREATE, DISABLE], ids=["create", "disable"])
    async def test_bodies(self, line: str) -> None:
        assert (await description("/v2")).operations["create_room"].faults_of_body(data_of(line)) == []
