"""Bodies that no operation on rooms can take: no JSON, of another shape, of other types, too large; never a crash."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from people import JSON, Person, Room, in_pieces
from transcripts import assert_empty

MIB = 2**20
Calls = list[tuple[str, str]]
Refused = Callable[..., Awaitable[None]]

NO_TEXTS: list[Any] = [1, 0, 1.5, True, False, [], ["A"], {}, {"name": "A"}, "\u0000", "A\u0000"]
NO_LISTS: list[Any] = ["A", "", 1, 0, 1.5, True, False, {}, {"0": "A"}, [1], [None], [True], [[]], [{}], ["\u0000"]]


def padded(size: int) -> bytes:
    """Make a room's body of so many bytes: a member that nobody asked for fills it."""
    start, end = b'{"name":"A","type":"temporary","padding":"', b'"}'
    return start + b"x" * (size - len(start) - len(end)) + end


@pytest.fixture
async def rooms(ada: Person, ben: Person, cleo: Person) -> list[Room]:
    """A workspace, its channel, and a room of the other types each."""
    workspace = await ada.created("workspace", ben, cleo, name="A")
    rooms = [workspace, await ada.created("channel", name="A", parentId=workspace["id"])]
    return [*rooms, await ada.created("group", ben, cleo, name="A"), await ada.created("temporary", name="A")]


@pytest.fixture
def objects(rooms: list[Room]) -> Calls:
    """What takes an object."""
    return [("POST", "/rooms"), *(("PUT", f"/rooms/{room['id']}") for room in rooms)]


@pytest.fixture
def arrays(rooms: list[Room]) -> Calls:
    """What takes an array."""
    return [("PUT", "/rooms/workspaces/rank"), ("PUT", f"/rooms/workspaces/{rooms[0]['id']}/channels/rank")]


@pytest.fixture
def calls(rooms: list[Room], objects: Calls, arrays: Calls) -> Calls:
    """Whatever has a body."""
    return [*objects, *arrays, ("POST", f"/rooms/{rooms[2]['id']}/members")]


@pytest.fixture
def refused(ada: Person, subtests: pytest.Subtests) -> Refused:
    """`await refused(calls, *bodies)`: each is 400 everywhere, and nothing is done."""

    async def shown() -> Any:
        return (await ada("GET", "/rooms?extraFields=members&extraFields=settings")).json()

    async def refused(calls: Calls, *bodies: Any) -> None:
        before = await shown()
        for body in bodies:
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            with subtests.test(repr(body)[:80]):
                for method, path in calls:
                    assert_empty(await ada(method, path, content=content, headers=JSON), 400)
                assert await shown() == before

    return refused


class TestJson:
    async def test_what_does_not_parse(self, refused: Refused, calls: Calls) -> None:
        await refused(
            calls,
            *(b"{", b"}", b"[", b"]", b"name", b"undefined", b"True", b"None", b" ", b"\n", b"\x00", b"name=A"),
            *(b'{"name":}', b'{"name":"A"', b'{"name":"A', b'{"name":"A",}', b"{'name':'A'}", b'{name:"A"}'),
            *(b'{"name":"A"} x', b'{"name":"A"}{}', b'{"name":"A"}\x00', b'{"name":"A"/**/}', b'{"name":"a\nb"}'),
            *(b'{"name":"\x00"}', b'{"name":"\\x41"}', b'{"name":"\\ud8"}', b'{"name":NaN}', b'{"x":Infinity}'),
            *(b"[,]", b"[1,]", b"[1", b'[{"roomId":"x","rank":01}]', b'[{"roomId":"x","rank":+1}]', b"[-Infinity]"),
        )

    async def test_what_is_no_utf_8(self, refused: Refused, calls: Calls) -> None:
        await refused(
            calls,
            *(
                b'{"type":"temporary","name":"\xff"}',
                b'{"type":"temporary","name":"\xc3"}',
                b'{"type":"temporary","name":"\xc0\x80"}',
                b'{"type":"temporary","name":"\xed\xa0\x80"}',
                b'{"\xff":1}',
                b"\xff",
            ),
            *(
                '{"type":"temporary","name":"Zoë"}'.encode("latin-1"),
                '{"name":"A"}'.encode("utf-16"),
                '{"name":"A"}'.encode("utf-16-le"),
                "[]".encode("utf-16"),
            ),
        )

    async def test_lone_surrogates(self, refused: Refused, calls: Calls) -> None:
        await refused(
            calls,
            *(
                b'{"type":"temporary","name":"\\ud800"}',
                b'{"type":"temporary","name":"A","description":"\\udfff"}',
                b'{"type":"temporary","name":"a\\ud83d"}',
            ),
            *(
                b'{"type":"temporary","name":"\\ude00\\ud83d"}',
                b'{"type":"\\ud800","name":"A"}',
                b'{"type":"temporary","name":"A","unknown":"\\udfff"}',
                b'{"type":"temporary","name":"A","\\ud800":1}',
                b'[{"roomId":"\\ud800","rank":1}]',
            ),
        )

    async def test_two_hundred_thousand_open_brackets(self, refused: Refused, calls: Calls) -> None:
        await refused(calls, b"[" * 200_000, b'{"a":' * 200_000, b'[{"roomId":' * 50_000)

    async def test_numbers_of_many_digits(self, refused: Refused, objects: Calls, arrays: Calls) -> None:
        digits = b"9" * 5000
        await refused(objects, b'{"type":"temporary","name":' + digits + b"}")
        await refused(arrays, b'[{"roomId":"x","rank":' + digits + b"}]", b'[{"roomId":"x","rank":1e' + digits + b"}]")


class TestShape:
    async def test_an_object_is_needed(self, refused: Refused, objects: Calls) -> None:
        bodies = [[], [{"name": "A", "type": "temporary"}], ["name"], "A", "", 4, 0, 1.5, True, False]
        await refused(objects, *bodies)

    async def test_an_array_is_needed(self, refused: Refused, arrays: Calls) -> None:
        bodies = [{}, {"roomId": "x", "rank": 1}, {"0": []}, "A", "", "[]", 4, 0, 1.5, True, False, None]
        await refused(arrays, *bodies)

    async def test_nothing_makes_no_room_and_says_nothing_of_a_group(
        self, refused: Refused, rooms: list[Room], arrays: Calls
    ) -> None:
        group = f"/rooms/{rooms[2]['id']}"
        calls = [("POST", "/rooms"), ("PUT", group), ("POST", f"{group}/members"), *arrays]
        await refused(calls, b"", b"null", b"{}")


class TestTypes:
    async def test_of_a_room_to_make(self, refused: Refused, ben: Person, cleo: Person) -> None:
        good = {"membersIds": [ben.id, cleo.id], "name": "A", "description": "B", "type": "group"}
        for name in ("name", "description", "type"):
            await refused([("POST", "/rooms")], *(good | {name: value} for value in NO_TEXTS))
        people = [{"userId": ben.id}, {"userId": cleo.id}]
        for value in NO_LISTS:
            ids, entries = (
                ([*more, *value] if isinstance(value, list) else value) for more in (good["membersIds"], people)
            )
            await refused(
                [("POST", "/rooms")], good | {"membersIds": ids}, good | {"membersIds": [], "members": entries}
            )
        await refused([("POST", "/rooms")], *(good | {"parentId": value} for value in (1, 1.5, True, [], ["A"], {})))

    async def test_of_a_member_to_be(self, refused: Refused, ben: Person, cleo: Person) -> None:
        good = {"name": "A", "type": "group"}
        for owner in ("true", "", "yes", 1, 0, 1.5, [], {}):
            named = [{"userId": ben.id}, {"userId": cleo.id, "owner": owner}]
            await refused([("POST", "/rooms")], good | {"members": named})
        for id in (1, True, [], [cleo.id], {}, None, "", "\u0000"):
            await refused([("POST", "/rooms")], good | {"members": [{"userId": ben.id}, {"userId": id}]})

    async def test_of_a_one_to_one(self, refused: Refused, ben: Person) -> None:
        good = {"membersIds": [ben.id], "type": "one_to_one"}
        for name in ("name", "description"):
            await refused([("POST", "/rooms")], *(good | {name: value} for value in NO_TEXTS))
        await refused([("POST", "/rooms")], *(good | {"membersIds": value} for value in NO_LISTS))

    async def test_of_a_channel(self, refused: Refused, rooms: list[Room]) -> None:
        good = {"type": "channel", "parentId": rooms[0]["id"]}
        for name, fine in (("membersIds", ["\u0000"]), ("members", [{}])):
            await refused([("POST", "/rooms")], *(good | {name: value} for value in NO_LISTS if value != fine))
        for name in ("name", "description", "parentId"):
            await refused([("POST", "/rooms")], *(good | {name: value} for value in NO_TEXTS))

    async def test_of_a_change(self, refused: Refused, objects: Calls) -> None:
        for name, other in (("name", "description"), ("description", "name")):
            await refused(objects[1:], *({name: value, other: "A"} for value in NO_TEXTS))


class TestSize:
    async def test_one_mib_is_taken(self, ada: Person) -> None:
        for content in (padded(MIB), in_pieces(padded(MIB))):
            answer = await ada("POST", "/rooms", content=content, headers=JSON)
            assert (answer.status_code, answer.json()["name"]) == (201, "A")

    @pytest.mark.parametrize("size", [MIB + 1, 10 * MIB])
    async def test_more_is_not(self, ada: Person, calls: Calls, size: int) -> None:
        before = (await ada("GET", "/rooms?extraFields=members")).json()
        for method, path in calls:
            for content in (padded(size), in_pieces(padded(size))):
                assert_empty(await ada(method, path, content=content, headers=JSON), 413)
        assert (await ada("GET", "/rooms?extraFields=members")).json() == before

    @pytest.mark.parametrize("filling", [b"[", b" ", b"\xff"])
    async def test_is_judged_before_the_content(self, ada: Person, calls: Calls, filling: bytes) -> None:
        for method, path in calls:
            assert_empty(await ada(method, path, content=filling * (MIB + 1), headers=JSON), 413)


class TestPieces:
    async def test_are_read_the_same_way(self, ada: Person, rooms: list[Room]) -> None:
        group = rooms[2]
        whole = json.dumps({"name": "Zoë \U0001f680", "description": "", "more": 1}).encode()
        answer = await ada("PUT", f"/rooms/{group['id']}", content=in_pieces(whole), headers=JSON)
        updated = group | {"name": "Zoë \U0001f680", "description": "", "updatedAt": answer.json()["updatedAt"]}
        assert answer.json() == updated
