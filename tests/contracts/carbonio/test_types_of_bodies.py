"""What a body is declared as: beside the cookie only as JSON, for a foreign page's form can send all else."""

import json
from typing import Any

import httpx
import pytest
from people import Person, in_pieces
from transcripts import assert_empty, assert_same

EVERYTHING = "/rooms?extraFields=members&extraFields=settings"
OTHER_TYPES = pytest.mark.parametrize(
    "declared",
    [
        {},
        *(
            {"Content-Type": type}
            for type in (
                *("text/plain", "text/plain;charset=UTF-8", "TEXT/PLAIN", "application/x-www-form-urlencoded"),
                *("multipart/form-data", "multipart/form-data; boundary=x", "application/octet-stream", "text/json"),
                *("", ";", "application", "json", "application/jsonx", "application/json-seq", "*/*"),
                *("text/plain;application/json", "text/plain, application/json", "text/plain; a=application/json"),
            )
        ),
    ],
    ids=lambda declared: repr(declared.get("Content-Type")),
)
JSON_TYPES = pytest.mark.parametrize(
    "type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "Application/JSON; Charset=UTF-8",
        "APPLICATION/JSON",
        ' application/json ; charset="utf-8"',
    ],
)
Call = tuple[str, str, Any, int]


@pytest.fixture
async def calls(ada: Person, ben: Person, cleo: Person, dora: Person) -> list[Call]:
    """Whatever has a body, with one that does something, and how that is answered."""
    group = await ada.created("group", ben, cleo, name="Ones")
    house = await ada.created("workspace", ben, cleo, name="House")
    hall = await ada.created("channel", name="Hall", parentId=house["id"])
    return [
        ("POST", "/rooms", {"type": "temporary", "name": "Alone"}, 201),
        ("PUT", f"/rooms/{group['id']}", {"name": "Others"}, 200),
        ("PUT", "/rooms/workspaces/rank", [{"roomId": house["id"], "rank": 0}], 204),
        ("PUT", f"/rooms/workspaces/{house['id']}/channels/rank", [{"roomId": hall["id"], "rank": 0}], 204),
        ("POST", f"/rooms/{group['id']}/members", {"userId": dora.id, "historyCleared": False}, 201),
    ]


@pytest.fixture
def bearer(ada: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {ada.token}"}


class TestBesideTheCookie:
    @OTHER_TYPES
    async def test_of_another_type_does_nothing(self, ada: Person, calls: list[Call], declared: dict[str, str]) -> None:
        before = (await ada("GET", EVERYTHING)).json()
        for method, path, body, _ in calls:
            for base in ("", "/services/chats"):
                content = json.dumps(body).encode()
                assert_empty(await ada(method, base + path, content=content, headers=declared), 400)
        assert_same(await ada("GET", EVERYTHING), before)

    @JSON_TYPES
    async def test_of_json_is_taken(self, ada: Person, calls: list[Call], type: str) -> None:
        for method, path, body, status in calls:
            answer = await ada(method, path, content=json.dumps(body), headers={"Content-Type": type})
            assert (method, path, answer.status_code) == (method, path, status)

    @pytest.mark.parametrize("declared", [{}, {"Content-Type": "text/plain"}], ids=["none", "text/plain"])
    async def test_that_is_empty_needs_no_type(self, ada: Person, declared: dict[str, str]) -> None:
        room = await ada.created("temporary", name="Alone")
        assert_same(await ada("PUT", f"/rooms/{room['id']}", content=b"", headers=declared), room)

    async def test_in_pieces_is_judged_alike(self, ada: Person, calls: list[Call]) -> None:
        for method, path, body, status in calls:
            for declared, expected in (({}, 400), ({"Content-Type": "application/json"}, status)):
                answer = await ada(method, path, content=in_pieces(json.dumps(body).encode(), size=3), headers=declared)
                assert (method, path, answer.status_code) == (method, path, expected)

    async def test_of_another_type_is_refused_whatever_it_holds(self, ada: Person, calls: list[Call]) -> None:
        for method, path, _, _ in calls:
            for content in (b"{", b"\xff", b"name=A&type=temporary", b"x" * (2**20 + 1)):
                answer = await ada(method, path, content=content, headers={"Content-Type": "text/plain"})
                assert_empty(answer, 400)

    async def test_of_another_type_is_refused_with_a_bearer_as_well(
        self, ada: Person, calls: list[Call], bearer: dict[str, str]
    ) -> None:
        before = (await ada("GET", EVERYTHING)).json()
        for method, path, body, _ in calls:
            assert_empty(await ada(method, path, content=json.dumps(body).encode(), headers=bearer), 400)
        assert_same(await ada("GET", EVERYTHING), before)


class TestWithTheBearer:
    @OTHER_TYPES
    async def test_of_any_type_is_taken(
        self, client: httpx.AsyncClient, calls: list[Call], bearer: dict[str, str], declared: dict[str, str]
    ) -> None:
        for method, path, body, status in calls:
            content = json.dumps(body).encode()
            answer = await client.request(method, path, content=content, headers=bearer | declared)
            assert (method, path, answer.status_code) == (method, path, status)

    @pytest.mark.parametrize("cookies", ["", "ZM_AUTH_TOKEN=", "ZX_AUTH_TOKEN=x; a=b"])
    async def test_other_cookies_do_not_matter(
        self, client: httpx.AsyncClient, calls: list[Call], bearer: dict[str, str], cookies: str
    ) -> None:
        for method, path, body, status in calls:
            content = json.dumps(body).encode()
            answer = await client.request(method, path, content=content, headers=bearer | {"Cookie": cookies})
            assert (method, path, answer.status_code) == (method, path, status)
