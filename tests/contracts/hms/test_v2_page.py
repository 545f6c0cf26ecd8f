"""docs/v2.md says what each endpoint does here: its table is held to the description, the tests and the server."""

import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import httpx
import pytest
from descriptions import Document, description
from gatherings import Meeting
from tellings import Tellings

ROOT = Path(__file__).parents[3]
WORKS, EMPTY, NEEDS_ENGINE = "works", "empty until reported", "needs a media engine"
A_POLL = "/polls/{id}"
#: What one of the bodies must have.
SAID = {"payload": "Half-time", "duration": 5}
Check = Callable[..., None]
Make = Callable[..., Awaitable[dict[str, Any]]]
#: A poll that has something in each of its lists.
QUESTION = {
    "attachment": [{"type": "image", "url": "https://a.example/map.png"}],
    "options": [{"text": "Here"}, {"text": "There"}],
    "answer": {"options": [1]},
}


class Row(NamedTuple):
    """What the page says of an endpoint."""

    method: str
    path: str
    state: str
    tests: list[str]

    @property
    def section(self) -> str:
        return self.path.split("/")[1]


def table() -> list[Row]:
    text = (ROOT / "docs" / "v2.md").read_text().partition("\n## Each endpoint\n")[2]
    lines = re.findall(r"^\|[^|]*\| `([A-Z]+) (/\S+)`[^|]*\| ([^|]+) \| ([^|]*)\|$", text, re.MULTILINE)
    return [Row(method, path, state, re.findall("`([^`]+)`", tests)) for method, path, state, tests in lines]


ROWS = table()


def those(state: str, *methods: str) -> list[Row]:
    return [row for row in ROWS if row.state == state and (row.method in methods or not methods)]


def named(*rows: Row) -> set[tuple[str, str]]:
    return {(row.method, row.path) for row in rows}


@pytest.fixture
async def operations() -> dict[tuple[str, str], Document]:
    """What the description says of each operation."""
    paths = (await description("/v2")).document["paths"]
    return {(method.upper(), path): told for path, methods in paths.items() for method, told in methods.items()}


def lists_in(body: object) -> Iterator[list[Any]]:
    if isinstance(body, list):
        yield body
    for part in body.values() if isinstance(body, dict) else body if isinstance(body, list) else ():
        yield from lists_in(part)


@pytest.fixture
async def workflow_id(hms: httpx.AsyncClient, database: asyncpg.Connection, meeting: Meeting) -> str:
    """A replay of what failed in the meeting, which goes on as long as nobody sends anything."""
    room, tellings = UUID(meeting.id), Tellings(database)
    await database.execute("UPDATE deployment SET sealed_webhook = 'sealed'")
    await tellings.shut(room)
    await tellings.told(await tellings.happened(conference_id=room), "failed", group=room)
    answer = await hms.post("/v2/analytics/webhooks/replay", json={"event_names": ["peer.join.success"]})
    return str(answer.json()["workflow_id"])


@pytest.fixture
async def known(
    hms: httpx.AsyncClient, meeting: Meeting, make: Make, make_poll: Make, workflow_id: str
) -> dict[str, str]:
    """Something of each kind that can be made or reported: what stands for each name in a path or a query."""
    layer = {"width": 1280, "height": 720, "videoBitrate": 2000, "audioBitrate": 64}
    destinations = {"hlsDestinations": {"stage": {"layers": [layer]}}}
    made = await make(roles={"host": {}, "guest": {}}, destinations=destinations)
    for path, body in (
        (f"templates/{made['id']}/recordings", [{"name": "all", "role": "host"}]),
        (f"room-codes/room/{meeting.hex}", {}),
        (f"stream-keys/room/{meeting.hex}", {}),
    ):
        assert (await hms.post(f"/v2/{path}", json=body)).status_code == 200
    [session] = (await hms.get("/v2/sessions")).json()["data"]
    return {
        "room_id": meeting.hex,
        "peer_id": next(iter(session["peers"])),
        "session_id": session["id"],
        "template_id": made["id"],
        "role": "host",
        "poll_id": (await make_poll(questions=[QUESTION]))["id"],
        "response_id": session["id"],
        "result_id": session["id"],
        "workflow_id": workflow_id,
    }


def filled(row: Row, known: dict[str, str]) -> str:
    """Return the path of something that is there; an id that only a media engine knows is that of a session."""
    id = {"rooms": "room_id", "templates": "template_id", "polls": "poll_id"}.get(row.section, "session_id")
    return "/v2" + row.path.format_map({"id": known[id], **known})


class TestTheTable:
    async def test_has_every_operation_and_no_other(self, operations: dict[tuple[str, str], Document]) -> None:
        assert {row.state for row in ROWS} == {WORKS, EMPTY, NEEDS_ENGINE}
        assert named(*ROWS) == operations.keys()

    async def test_says_that_an_engine_is_needed_where_501_is_an_answer(
        self, operations: dict[tuple[str, str], Document]
    ) -> None:
        unavailable = {name for name, told in operations.items() if "501" in told["responses"]}
        assert named(*those(NEEDS_ENGINE)) == unavailable

    def test_says_of_little_that_a_part_of_it_works(self) -> None:
        """Polls are kept here; that one was held is reported. What happens is known here, not how well it is seen."""
        assert {row.section for row in those(WORKS)} & {row.section for row in those(EMPTY)} == {"polls", "analytics"}

    def test_names_tests_that_are_of_the_endpoint(self) -> None:
        assert [row for row in ROWS if not row.tests] == []
        strangers = [
            (row.path, test) for row in ROWS for test in row.tests if row.section not in (ROOT / test).read_text()
        ]
        assert strangers == []


async def test_what_works_shows_what_is_there(hms: httpx.AsyncClient, known: dict[str, str]) -> None:
    room = {"room_id": known["room_id"]}
    of_room = {row.path: room if row.section == "analytics" else None for row in those(WORKS, "GET")}
    asked = {row.path: await hms.get(filled(row, known), params=of_room[row.path]) for row in those(WORKS, "GET")}
    assert {path: answer.text for path, answer in asked.items() if answer.status_code != 200} == {}
    assert {path for path, answer in asked.items() if not answer.json() or [] in lists_in(answer.json())} == set()


async def test_what_is_empty_shows_nothing_and_knows_no_id(hms: httpx.AsyncClient, known: dict[str, str]) -> None:
    found = []
    for row in those(EMPTY):
        how = {"params": known} if row.method == "GET" else {"json": SAID}
        answer = await hms.request(row.method, filled(row, known), **how)
        is_one = "{" in row.path.removeprefix(A_POLL)
        is_nothing = answer.status_code == (404 if is_one else 200) and not any(lists_in(answer.json()))
        found += [] if is_nothing else [(row.path, answer.text)]
    assert found == []
