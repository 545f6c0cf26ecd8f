"""Verifying a room token: what a gateway asks before it lets a client in."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

ROOM = "/api/realtime/room"
TOKEN = "/api/realtime/token"
JSON = {"Content-Type": "application/json"}
Check = Callable[..., None]
Make = Callable[..., Awaitable[dict[str, Any]]]


class TestVerify:
    """POST /api/realtime/token."""

    @pytest.mark.parametrize("path", [TOKEN, f"{TOKEN}/"])
    async def test_answers_the_room_that_the_token_opens(
        self, vcs: httpx.AsyncClient, same: Check, create_room: Make, path: str
    ) -> None:
        first = await create_room(name="A", description="Mine", autoUpgradeParticipantCount=4)
        second = await create_room(conferenceType="SFU")
        same(await vcs.post(path, json={"token": first["token"]}), {"room": first})
        same(await vcs.post(path, json={"token": second["token"]}), {"room": second})

    async def test_ignores_other_members(self, vcs: httpx.AsyncClient, same: Check, create_room: Make) -> None:
        room, other = await create_room(), await create_room()
        answer = await vcs.post(TOKEN, json={"id": other["id"], "token": room["token"], "name": 1})
        same(answer, {"room": room})

    @pytest.mark.parametrize("read", ["GET", "LIST"])
    async def test_opens_the_room_with_the_token_that_reading_it_shows(
        self, vcs: httpx.AsyncClient, same: Check, create_room: Make, read: str
    ) -> None:
        room = await create_room()
        if read == "GET":
            shown = (await vcs.get(f"{ROOM}/{room['id']}")).json()["token"]
        else:
            shown = (await vcs.get(ROOM)).json()["data"][0]["token"]
        same(await vcs.post(TOKEN, json={"token": shown}), {"room": room})

    @pytest.mark.parametrize(
        "token",
        [
            "",
            " ",
            "nonsense",
            "49bd3a2...",
            "0" * 64,
            "é😀",
            "{}",
            "\u0000",
            pytest.param("a" * 10_000, id="10,000 characters"),
        ],
    )
    async def test_refuses_an_unknown_token_and_repeats_it(
        self, vcs: httpx.AsyncClient, refused: Check, create_room: Make, token: str
    ) -> None:
        await create_room()
        refused(await vcs.post(TOKEN, json={"token": token}), "REALTIME-00009", token)

    async def test_refuses_a_token_with_any_one_digit_changed(
        self, vcs: httpx.AsyncClient, refused: Check, create_room: Make
    ) -> None:
        token = (await create_room())["token"]
        for place, digit in enumerate(token):
            tampered = token[:place] + ("0" if digit == "1" else "1") + token[place + 1 :]
            refused(await vcs.post(TOKEN, json={"token": tampered}), "REALTIME-00009", tampered)

    async def test_refuses_a_token_cut_lengthened_or_in_capitals(
        self, vcs: httpx.AsyncClient, refused: Check, create_room: Make
    ) -> None:
        token = (await create_room())["token"]
        for odd in (token[:-1], token + "0", " " + token, token + "\n", token.upper(), token[::-1]):
            refused(await vcs.post(TOKEN, json={"token": odd}), "REALTIME-00009", odd)

    async def test_refuses_the_token_of_a_deleted_room(
        self, vcs: httpx.AsyncClient, refused: Check, create_room: Make
    ) -> None:
        room = await create_room()
        await vcs.delete(ROOM, params={"id": room["id"]})
        refused(await vcs.post(TOKEN, json={"token": room["token"]}), "REALTIME-00009", room["token"])

    async def test_refuses_the_id_of_a_room_and_the_key_of_the_caller(
        self, vcs: httpx.AsyncClient, refused: Check, create_room: Make, vcs_key: str
    ) -> None:
        room = await create_room()
        for other in (room["id"], vcs_key):
            refused(await vcs.post(TOKEN, json={"token": other}), "REALTIME-00009", other)

    @pytest.mark.parametrize(
        "request_body",
        [{}, {"headers": JSON}, {"json": {}}, {"json": {"token": None}}, {"json": {"Token": "a"}}],
        ids=["no body", "typed, without a body", "empty object", "null", "another member"],
    )
    async def test_without_a_token_a_parameter_is_missing(
        self, vcs: httpx.AsyncClient, refused: Check, request_body: dict[str, Any]
    ) -> None:
        refused(await vcs.post(TOKEN, **request_body), "BASE-00012", "token")

    @pytest.mark.parametrize("token", [True, False, 0, 1, 1.5, [], ["a"], {}, {"token": "a"}])
    async def test_a_token_of_another_type_is_invalid(
        self, vcs: httpx.AsyncClient, refused: Check, token: object
    ) -> None:
        refused(await vcs.post(TOKEN, json={"token": token}), "BASE-00016", "token")
