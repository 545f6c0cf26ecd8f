"""A JSON body over 1 MiB is 413; one that is no JSON, or of another kind, is 400."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from transcripts import assert_empty, assert_same

JSON = {"Content-Type": "application/json"}
MIB = 2**20
Person = Any
Room = dict[str, Any]


def padded(size: int) -> bytes:
    """Make a valid body of so many bytes: a room, and a member that nobody asked for."""
    start, end = b'{"type":"temporary","name":"Ones","padding":"', b'"}'
    return start + b"x" * (size - len(start) - len(end)) + end


async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 65536):
        yield body[start : start + 65536]


@pytest.fixture
async def group(ada: Person, ben: Person, cleo: Person) -> Room:
    room: Room = await ada.created("group", ben, cleo, name="Ones")
    return room


@pytest.fixture
def calls(group: Room) -> list[tuple[str, str]]:
    """Every operation with a body."""
    return [
        ("POST", "/rooms"),
        ("PUT", f"/rooms/{group['id']}"),
        ("PUT", "/rooms/workspaces/rank"),
        ("POST", f"/rooms/{group['id']}/members"),
    ]


class TestSize:
    async def test_of_exactly_1_mib_is_accepted(self, ada: Person) -> None:
        for content in (padded(MIB), in_pieces(padded(MIB))):
            answer = await ada("POST", "/rooms", content=content, headers=JSON)
            assert (answer.status_code, answer.json()["name"]) == (201, "Ones")

    @pytest.mark.parametrize("size", [MIB + 1, 10 * MIB])
    async def test_of_more_is_too_large(
        self, ada: Person, group: Room, calls: list[tuple[str, str]], size: int
    ) -> None:
        for method, path in calls:
            for content in (padded(size), in_pieces(padded(size))):
                assert_empty(await ada(method, path, content=content, headers=JSON), 413)
        assert_same(await ada("GET", f"/rooms/{group['id']}"), group)
        assert len((await ada("GET", "/rooms")).json()) == 1

    @pytest.mark.parametrize("filling", [b"[", b" ", b"\xff"])
    async def test_is_judged_before_the_content(
        self, ada: Person, calls: list[tuple[str, str]], filling: bytes
    ) -> None:
        for method, path in calls:
            assert_empty(await ada(method, path, content=filling * (MIB + 1), headers=JSON), 413)


class TestContent:
    @pytest.mark.parametrize(
        "body",
        [
            b"{",
            b"}",
            b"name",
            b'{"name":}',
            b'{"name":"A"',
            b'{"name":"A',
            b'{"name":"A",}',
            b"{'name':'A'}",
            b'{name:"A"}',
            b'{"name":"A"} x',
            b'{"name":"A"}{}',
            b'{"name":"A"}\x00',
            b'{"name":"A"/**/}',
            b'{"name":"line\nbreak"}',
            b'{"name":"\x00"}',
            b'{"name":"\\x41"}',
            b'{"name":"\\ud8"}',
            b'{"unknown":NaN}',
            b'[{"rank":Infinity}]',
            b'{"name":"\\ud800"}',
            b'{"unknown":"\\udfff"}',
            b'{"name":"a\\ud83d"}',
            b'{"\\ud800":1}',
            b"True",
            b"None",
            b" ",
            b"\n",
            b"\x00",
            b"name=A",
            b"4",
            b'"A"',
            b"true",
            b"null",
            b'{"name":"\xff"}',
            b'{"name":"\xc0\x80"}',
            b'{"name":"\xed\xa0\x80"}',
            b'{"\xff":1}',
            b"\xff",
            '{"name":"Zoë"}'.encode("latin-1"),
            '{"name":"A"}'.encode("utf-16"),
            '{"name":"A"}'.encode("utf-16-le"),
            pytest.param((b"[" * 200_000), id="200,000 brackets"),
            pytest.param((b'{"a":' * 200_000), id="200,000 braces"),
            pytest.param(b'{"name":' + b"9" * 5000 + b"}", id="5000 digits"),
        ],
        ids=str,
    )
    async def test_that_is_none_is_refused(
        self, ada: Person, group: Room, calls: list[tuple[str, str]], body: bytes
    ) -> None:
        for method, path in calls:
            assert_empty(await ada(method, path, content=body, headers=JSON), 400)
        assert_same(await ada("GET", f"/rooms/{group['id']}"), group)

    async def test_of_the_other_kind_is_refused(self, ada: Person, calls: list[tuple[str, str]]) -> None:
        for (method, path), body in zip(calls, [[], [], {}, 1], strict=True):
            assert_empty(await ada(method, path, json=body), 400)

    async def test_in_pieces_is_read_the_same_way(self, ada: Person, group: Room) -> None:
        path = f"/rooms/{group['id']}"
        whole = json.dumps({"name": "Zoë \U0001f680", "description": "", "more": 1}).encode()
        answer = await ada("PUT", path, content=in_pieces(whole), headers=JSON)
        updated = group | {"name": "Zoë \U0001f680", "description": "", "updatedAt": answer.json()["updatedAt"]}
        assert answer.json() == updated
