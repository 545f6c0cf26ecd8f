"""Row "credentials in `recording_info`": sealed, echoed only in the answer to the call that set them."""

import copy
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import httpx
import pytest
from processes import Server

ROOMS = "/v2/rooms"
SECRET = "aws-secret-5f2b"
CREDENTIALS = {"key": "aws-key-9d41", "secret": SECRET}
Check = Callable[..., None]
Room = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
Send = Callable[..., Awaitable[httpx.Response]]


def info_with(credentials: object, **more: object) -> Room:
    upload = {"type": "s3", "location": "bucket", "credentials": credentials, "prefix": "p"}
    return {"enabled": True, "upload_info": upload, **more}


def without_credentials(info: Room) -> Room:
    kept = copy.deepcopy(info)
    del kept["upload_info"]["credentials"]
    return kept


class TestEcho:
    async def test_is_heard_once(self, hms: httpx.AsyncClient, ways: list[Send], same: Check) -> None:
        for send in ways:
            info = info_with(CREDENTIALS)
            answer = await send(recording_info=info)
            room = answer.json()
            same(answer, room | {"recording_source_template": False, "recording_info": info})

            later = room | {"recording_info": without_credentials(info)}
            same(await hms.get(f"{ROOMS}/{room['id']}"), later)
            assert later in (await hms.get(ROOMS)).json()["data"]
            same(
                await hms.get(ROOMS, params={"name": room["name"]}), {"limit": 10, "data": [later], "last": room["id"]}
            )

    @pytest.mark.parametrize(
        "body",
        [{}, {"description": "x"}, {"enabled": False}, {"active": False}, {"recording_info": None}, {"size": 5}],
    )
    async def test_is_not_heard_from_a_call_that_sets_something_else(
        self, hms: httpx.AsyncClient, create: Make, body: Room
    ) -> None:
        info = info_with(CREDENTIALS)
        room = await create(name="room-a", recording_info=info)
        for path in (ROOMS, f"{ROOMS}/{room['id']}"):
            answer = await hms.post(path, json={"name": "room-a", **body})
            assert answer.json()["recording_info"] == without_credentials(info)
            assert SECRET not in answer.text

    async def test_of_a_later_setting_is_the_later_one(self, hms: httpx.AsyncClient, create: Make) -> None:
        room = await create(name="room-a", recording_info=info_with(CREDENTIALS))
        other = info_with({"key": "other-key", "secret": "other-secret"})
        answer = await hms.post(f"{ROOMS}/{room['id']}", json={"recording_info": other})
        assert answer.json()["recording_info"] == other
        without = {"enabled": True}
        answer = await hms.post(f"{ROOMS}/{room['id']}", json={"recording_info": without})
        assert answer.json()["recording_info"] == without

    async def test_unknown_members_of_it_are_echoed_with_it(self, hms: httpx.AsyncClient, ways: list[Send]) -> None:
        for send in ways:
            info = info_with({"z": 1, "secret": SECRET, "key": "k", "token": "x"})
            room = (await send(recording_info=info)).json()
            assert list(room["recording_info"]["upload_info"]["credentials"]) == ["z", "secret", "key", "token"]
            later = (await hms.get(f"{ROOMS}/{room['id']}")).json()
            assert later["recording_info"] == without_credentials(info)

    @pytest.mark.parametrize(
        ("info", "later"),
        [
            ({"enabled": True, "credentials": SECRET}, {"enabled": True}),
            ({"enabled": True, "x": {"credentials": {"a": SECRET}, "y": 1}}, {"enabled": True, "x": {"y": 1}}),
            ({"enabled": True, "x": [{"credentials": [SECRET]}, 1]}, {"enabled": True, "x": [{}, 1]}),
            ({"credentials": {"credentials": SECRET}, "enabled": False}, {"enabled": False}),
        ],
    )
    async def test_anything_of_that_name_is_treated_alike(
        self, hms: httpx.AsyncClient, ways: list[Send], same: Check, info: Room, later: Room
    ) -> None:
        for send in ways:
            answer = await send(recording_info=info)
            room = answer.json()
            same(answer, room | {"recording_info": info})
            same(await hms.get(f"{ROOMS}/{room['id']}"), room | {"recording_info": later})

    async def test_empty_texts_are_halves_too(self, ways: list[Send], alone: Check) -> None:
        for send in ways:
            for credentials in ({"key": "", "secret": SECRET}, {"key": "k", "secret": ""}):
                alone(await send(recording_info=info_with(credentials)), "Invalid upload configuration")


class TestSealed:
    async def test_in_the_database(self, ways: list[Send], database: asyncpg.Connection) -> None:
        for send in ways:
            await send(recording_info=info_with(CREDENTIALS, x={"credentials": {"y": "another-secret"}}))
            stored = str(await database.fetch("SELECT conference::text FROM conference"))
            for secret in (*CREDENTIALS.values(), "another-secret"):
                assert secret not in stored

    async def test_in_a_refusal(self, hms: httpx.AsyncClient, ways: list[Send]) -> None:
        for send in ways:
            for body in (
                {"recording_info": info_with(CREDENTIALS), "size": -1},
                {"recording_info": info_with({"key": [SECRET], "secret": {SECRET: SECRET}})},
                {"recording_info": {"upload_info": {"type": SECRET, "credentials": CREDENTIALS}}},
            ):
                answer = await send(**body)
                assert answer.status_code == 400
                assert SECRET not in answer.text

    async def test_and_not_in_the_log_of_a_server(self, server: Server, real: httpx.AsyncClient) -> None:
        token = real.headers["Authorization"].removeprefix("Bearer ")
        bodies = (
            {"recording_info": info_with(CREDENTIALS)},
            {"recording_info": info_with(SECRET)},
            {"webhook": {"url": f"https://x.example/{SECRET}", "headers": {"a": SECRET}}},
        )
        for body in bodies:
            await real.post(ROOMS, json=body)
        odd = await real.get(ROOMS, headers={"Authorization": f"Bearer {token}x"})
        assert odd.status_code == 401
        server.logged(odd.headers["x-trace-id"])
        for secret in (SECRET, CREDENTIALS["key"], token, token.split(".")[1]):
            assert secret not in server.log
