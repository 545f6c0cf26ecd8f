"""Create a room, fetch a room, delete a room: the room object and its operations, one by one."""

import re
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

ROOM = "/api/realtime/room"
Check = Callable[..., None]
Make = Callable[..., Awaitable[dict[str, Any]]]


class TestCreate:
    """POST /api/realtime/room."""

    async def test_with_everything_answers_the_whole_room_in_the_published_order(
        self, vcs: httpx.AsyncClient, same: Check
    ) -> None:
        answer = await vcs.post(
            ROOM,
            json={
                "name": "Room A",
                "description": "My room description",
                "conferenceType": "SFU",
                "autoUpgradeParticipantCount": 4,
            },
        )
        room = answer.json()["room"]
        same(
            answer,
            {
                "room": {
                    "id": room["id"],
                    "name": "Room A",
                    "description": "My room description",
                    "creationTime": room["creationTime"],
                    "conferenceType": "SFU",
                    "autoUpgradeParticipantCount": 4,
                    "modificationTime": room["creationTime"],
                    "maxParticipants": 10,
                    "roomTokenTTLSeconds": 86400,
                    "roomTTLSeconds": 86400,
                    "endpointTTLSeconds": 86400,
                    "token": room["token"],
                }
            },
        )

    @pytest.mark.parametrize(
        "request_body",
        [
            {},
            {"content": b""},
            {"content": b"{}", "headers": {"Content-Type": "application/json"}},
            {"headers": {"Content-Type": "application/json"}},
            {"headers": {"Content-Type": "text/plain"}},
            {"headers": {"Content-Type": "nonsense"}},
            {"json": {"unknown": 1, "id": "RO-1", "token": "mine", "creationTime": "now"}},
            {
                "json": {
                    "name": None,
                    "description": None,
                    "conferenceType": None,
                    "autoUpgradeParticipantCount": None,
                }
            },
        ],
        ids=[
            "no body, no type",
            "empty body",
            "empty object",
            "typed, without a body",
            "typed otherwise, without a body",
            "strangely typed, without a body",
            "unknown members only",
            "all members null",
        ],
    )
    async def test_with_nothing_answers_a_mesh_and_omits_what_is_unset(
        self, vcs: httpx.AsyncClient, same: Check, request_body: dict[str, Any]
    ) -> None:
        answer = await vcs.post(ROOM, **request_body)
        room = answer.json()["room"]
        same(
            answer,
            {
                "room": {
                    "id": room["id"],
                    "creationTime": room["creationTime"],
                    "conferenceType": "MESH",
                    "modificationTime": room["creationTime"],
                    "maxParticipants": 10,
                    "roomTokenTTLSeconds": 86400,
                    "roomTTLSeconds": 86400,
                    "endpointTTLSeconds": 86400,
                    "token": room["token"],
                }
            },
        )

    async def test_the_id_is_a_uuid_behind_ro(self, create_room: Make) -> None:
        room = await create_room()
        assert room["id"] == f"RO-{UUID(room['id'].removeprefix('RO-'))}"

    async def test_times_are_whole_milliseconds_of_now(self, create_room: Make) -> None:
        before = int(time.time() * 1000)
        room = await create_room()
        assert type(room["creationTime"]) is int
        assert before - 1 <= room["creationTime"] <= time.time() * 1000 + 1

    async def test_the_token_is_64_lower_case_hex_digits_and_each_room_has_its_own(self, create_room: Make) -> None:
        tokens = [(await create_room())["token"] for _ in range(5)]
        assert all(re.fullmatch("[0-9a-f]{64}", token) for token in tokens)
        assert len(set(tokens)) == 5

    async def test_names_need_not_be_unique(self, create_room: Make) -> None:
        first, second = await create_room(name="Room A"), await create_room(name="Room A")
        assert first["name"] == second["name"]
        assert first["id"] != second["id"]

    @pytest.mark.parametrize(
        "media_type",
        [
            "application/json",
            "application/json; charset=utf-8",
            "application/json;charset=UTF-8",
            "APPLICATION/JSON",
            "Application/Json ; Charset=utf-8",
        ],
    )
    async def test_json_is_known_in_any_case_and_with_parameters(self, vcs: httpx.AsyncClient, media_type: str) -> None:
        answer = await vcs.post(ROOM, content='{"name":"Zoë"}'.encode(), headers={"Content-Type": media_type})
        assert answer.json()["room"]["name"] == "Zoë"

    async def test_a_refused_room_is_not_there(self, vcs: httpx.AsyncClient, same: Check) -> None:
        await vcs.post(ROOM, json={"name": "A", "conferenceType": "P2P"})
        same(await vcs.get(ROOM), {"data": []})

    async def test_a_trailing_slash_changes_nothing(self, vcs: httpx.AsyncClient) -> None:
        answer = await vcs.post(f"{ROOM}/", json={"name": "Room A"})
        assert answer.status_code == 200
        assert answer.json()["room"]["name"] == "Room A"


class TestFetch:
    """GET /api/realtime/room/{id}."""

    async def test_answers_the_bare_room_as_it_was_created(
        self, vcs: httpx.AsyncClient, same: Check, create_room: Make
    ) -> None:
        room = await create_room(name="Room A", description="Mine", autoUpgradeParticipantCount="4")
        same(await vcs.get(f"{ROOM}/{room['id']}"), room)

    async def test_omits_what_is_unset(self, vcs: httpx.AsyncClient, same: Check, create_room: Make) -> None:
        room = await create_room()
        assert not {"name", "description", "autoUpgradeParticipantCount"} & set(room)
        same(await vcs.get(f"{ROOM}/{room['id']}"), room)

    @pytest.mark.parametrize("spelling", ["RO-{lower}", "{lower}", "RO-{upper}", "{upper}", "RO-{lower}/", "{lower}/"])
    async def test_takes_the_id_with_or_without_ro_in_either_case(
        self, vcs: httpx.AsyncClient, same: Check, create_room: Make, spelling: str
    ) -> None:
        room = await create_room(name="Room A")
        bare = room["id"].removeprefix("RO-")
        same(await vcs.get(f"{ROOM}/{spelling.format(lower=bare, upper=bare.upper())}"), room)

    @pytest.mark.parametrize("spelling", ["RO-{}", "{}"])
    async def test_repeats_an_unknown_id_as_the_caller_spelled_it(
        self, vcs: httpx.AsyncClient, refused: Check, spelling: str
    ) -> None:
        for bare in (str(uuid4()), str(uuid4()).upper(), str(UUID(int=0)), str(UUID(int=2**128 - 1))):
            unknown = spelling.format(bare)
            refused(await vcs.get(f"{ROOM}/{unknown}"), "REALTIME-00004", unknown)

    @pytest.mark.parametrize(
        "spelling",
        [
            "nonsense",
            "1",
            "RO-",
            "RO-RO-{id}",
            "RO-{id}0",
            "0{id}",
            " {id}",
            "{id}\n",
            "{{{id}}}",
            "urn:uuid:{id}",
            "{hex}",
            "XX-{id}",
        ],
    )
    async def test_what_cannot_be_an_id_is_no_room(
        self, vcs: httpx.AsyncClient, refused: Check, create_room: Make, spelling: str
    ) -> None:
        bare = UUID((await create_room())["id"].removeprefix("RO-"))
        odd = spelling.format(id=bare, hex=bare.hex)
        encoded = "".join(f"%{byte:02X}" for byte in odd.encode())
        refused(await vcs.get(f"{ROOM}/{encoded}"), "REALTIME-00004", odd)

    async def test_head_has_the_same_headers_and_no_body(self, vcs: httpx.AsyncClient, create_room: Make) -> None:
        room = await create_room(name="Zoë")
        for path in (f"{ROOM}/{room['id']}", f"{ROOM}/{uuid4()}", ROOM):
            get, head = await vcs.get(path), await vcs.head(path)
            assert head.content == b""
            assert head.status_code == get.status_code
            assert head.headers["content-length"] == str(len(get.content))
            assert head.headers["content-type"] == "application/json"
            assert set(head.headers) == set(get.headers)


class TestDelete:
    """DELETE /api/realtime/room?id=."""

    @pytest.mark.parametrize("path", [ROOM, f"{ROOM}/"])
    async def test_answers_the_room_as_it_was_and_then_it_is_gone(
        self, vcs: httpx.AsyncClient, same: Check, refused: Check, create_room: Make, path: str
    ) -> None:
        room = await create_room(name="Room A", description="Mine", autoUpgradeParticipantCount=4)
        same(await vcs.delete(path, params={"id": room["id"]}), {"room": room})
        refused(await vcs.get(f"{ROOM}/{room['id']}"), "REALTIME-00004", room["id"])
        refused(await vcs.delete(path, params={"id": room["id"]}), "REALTIME-00004", room["id"])
        same(await vcs.get(ROOM), {"data": []})

    async def test_leaves_every_other_room(self, vcs: httpx.AsyncClient, same: Check, create_room: Make) -> None:
        kept, gone = await create_room(name="A"), await create_room(name="A")
        await vcs.delete(ROOM, params={"id": gone["id"]})
        same(await vcs.get(f"{ROOM}/{kept['id']}"), kept)

    @pytest.mark.parametrize("spelling", ["RO-{lower}", "{lower}", "RO-{upper}", "{upper}"])
    async def test_takes_the_id_with_or_without_ro_in_either_case(
        self, vcs: httpx.AsyncClient, same: Check, create_room: Make, spelling: str
    ) -> None:
        room = await create_room()
        bare = room["id"].removeprefix("RO-")
        sent = spelling.format(lower=bare, upper=bare.upper())
        same(await vcs.delete(ROOM, params={"id": sent}), {"room": room})

    @pytest.mark.parametrize("query", ["", "?id=", "?id", "?ID=1", "?room=1"])
    async def test_without_an_id_a_parameter_is_missing(
        self, vcs: httpx.AsyncClient, refused: Check, create_room: Make, query: str
    ) -> None:
        room = await create_room()
        refused(await vcs.delete(f"{ROOM}{query}"), "BASE-00012", "id")
        assert (await vcs.get(f"{ROOM}/{room['id']}")).status_code == 200

    @pytest.mark.parametrize(
        "unknown",
        [
            "RO-fafd9427-fedf-4e58-9150-97d86a25fe58",
            "fafd9427-fedf-4e58-9150-97d86a25fe58",
            "nonsense",
            "RO-",
            "\u0000",
            "\n",
            "é😀",
            "[{}]",
            "%s",
            pytest.param("9" * 10_000, id="10,000 characters"),
        ],
    )
    async def test_repeats_an_unknown_id_as_the_caller_spelled_it(
        self, vcs: httpx.AsyncClient, refused: Check, unknown: str
    ) -> None:
        refused(await vcs.delete(ROOM, params={"id": unknown}), "REALTIME-00004", unknown)

    async def test_of_two_ids_the_last_counts(self, vcs: httpx.AsyncClient, same: Check, create_room: Make) -> None:
        first, last = await create_room(), await create_room()
        same(await vcs.delete(f"{ROOM}?id={first['id']}&id={last['id']}"), {"room": last})
