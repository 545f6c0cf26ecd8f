"""Calls by telephone: trunks, calls, tones (hms.md §1.13), and a client's token, which only the last takes."""

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import httpx
import pytest

NOBODY = "0123456789abcdef01234567"
TRUNKS = "/v2/sip/outbound/trunks"
CALL = "/v2/sip/outbound/call"
TONES = "/v2/sip/dtmf"
NO_ENGINE = {"code": 501, "message": "media engine is not configured"}
TRUNK = {"username": "ada", "password": "a secret", "address": "ada.pstn.example", "from": "+15550100"}
CALLED = {"to": "+15550101", "room_code": "abc-defg-hij", "trunk_id": NOBODY}
Check = Callable[..., None]
Mint = Callable[..., str]
Make = Callable[..., Awaitable[dict[str, Any]]]
Send = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def wrong(same: Check) -> Check:
    """`wrong(answer, text)`: what is wrong with a call by telephone, whole."""
    return lambda answer, text: same(answer, {"code": 400, "message": text}, 400)


class TestTrunks:
    @pytest.mark.parametrize(
        "said", [TRUNK, {"address": "a", "from": "1"}, TRUNK | {"username": None, "password": None, "x": [1]}]
    )
    async def test_cannot_be_made(self, hms: httpx.AsyncClient, same: Check, said: dict[str, Any]) -> None:
        for path in (TRUNKS, f"/api{TRUNKS}"):
            same(await hms.post(path, json=said), NO_ENGINE, 501)

    async def test_need_an_address_and_a_number(self, hms: httpx.AsyncClient, wrong: Check) -> None:
        for nothing in ({}, {"address": None}, {"address": ""}):
            wrong(await hms.post(TRUNKS, json={"from": "1", **nothing}), "address is mandatory")
        for nothing in ({}, {"from": None}, {"from": ""}):
            wrong(await hms.post(TRUNKS, json={"address": "a", **nothing}), "from is mandatory")

    @pytest.mark.parametrize("said", [{}, TRUNK, {"password": "another"}, {"address": None}])
    async def test_are_unknown(self, hms: httpx.AsyncClient, missing: Check, said: dict[str, Any]) -> None:
        for id in (NOBODY, "4a3b7c9d91", "%00"):
            missing(await hms.post(f"{TRUNKS}/{id}", json=said), "Trunk")
        missing(await hms.post(f"{TRUNKS}/{NOBODY}"), "Trunk")

    @pytest.mark.parametrize("path", [TRUNKS, f"{TRUNKS}/{NOBODY}"])
    @pytest.mark.parametrize("member", TRUNK)
    async def test_are_of_texts(self, hms: httpx.AsyncClient, bad_body: Check, path: str, member: str) -> None:
        for value, text in (
            (1, "must be a string"),
            ("\0", "must not contain NUL"),
            ("x" * 2049, "must have at most 2048 characters"),
        ):
            bad_body(await hms.post(path, json=TRUNK | {member: value}), f"{member} {text}")


class TestCall:
    @pytest.mark.parametrize("more", [{}, {"name": "Alex", "user_id": ""}, {"name": None}])
    async def test_cannot_be_placed(self, hms: httpx.AsyncClient, same: Check, more: dict[str, Any]) -> None:
        for path in (CALL, f"/api{CALL}"):
            same(await hms.post(path, json=CALLED | more), NO_ENGINE, 501)

    async def test_says_what_it_lacks_in_the_documented_order(self, hms: httpx.AsyncClient, wrong: Check) -> None:
        said: dict[str, Any] = {}
        wrong(await hms.post(CALL), "to is mandatory")
        for member, value in CALLED.items():
            for nothing in ({}, {member: None}, {member: ""}):
                wrong(await hms.post(CALL, json={**said, **nothing}), f"{member} is mandatory")
            said[member] = value

    @pytest.mark.parametrize("member", [*CALLED, "name", "user_id"])
    async def test_is_of_texts(self, hms: httpx.AsyncClient, bad_body: Check, member: str) -> None:
        bad_body(await hms.post(CALL, json=CALLED | {member: 1}), f"{member} must be a string")
        bad_body(await hms.post(CALL, json=CALLED | {member: "\0"}), f"{member} must not contain NUL")


class TestToken:
    @pytest.mark.parametrize("path", [TRUNKS, f"{TRUNKS}/{NOBODY}", CALL])
    async def test_of_a_backend_comes_first(
        self, client: httpx.AsyncClient, mint: Mint, unauthorized: Check, forbidden: Check, path: str
    ) -> None:
        unauthorized(await client.post(path, content=b"{"), "not found")
        forbidden(await client.post(path, content=b"{", headers=bearer(mint(type="app", room_id=NOBODY, role="host"))))

    async def test_of_a_client_comes_first(
        self, client: httpx.AsyncClient, mint: Mint, unauthorized: Check, forbidden: Check
    ) -> None:
        app = {"type": "app", "room_id": NOBODY, "role": "host"}
        for token, reason in (
            ("x", "token is malformed"),
            (mint(**app, access_key=NOBODY), "not found"),
            (mint(**app, secret="another secret of enough characters for any key"), "signature is invalid"),
            (mint(**app, exp=1), "token is expired"),
            (mint(**app, nbf=2**40), "token is not valid yet"),
        ):
            unauthorized(await client.post(TONES, content=b"{", headers=bearer(token)), reason)
        unauthorized(await client.post(TONES, content=b"{"), "not found")
        for token in (mint(), mint(room_id=NOBODY, role="host")):
            forbidden(await client.post(TONES, content=b"{", headers=bearer(token)))

    @pytest.mark.parametrize(
        "named",
        [{}, {"room_id": NOBODY}, {"role": "host"}]
        + [{"room_id": id, "role": "host"} for id in (None, "", "x", 1, [NOBODY], f"{NOBODY}0")]
        + [{"room_id": NOBODY, "role": role} for role in (None, "", 1, ["host"])],
    )
    async def test_of_a_client_names_a_room_and_a_role(
        self, client: httpx.AsyncClient, mint: Mint, unauthorized: Check, named: dict[str, Any]
    ) -> None:
        token = mint(type="app", **named)
        unauthorized(await client.post(TONES, json={"digits": ["1"]}, headers=bearer(token)), "token is malformed")

    async def test_of_a_backend_may_name_whatever_it_likes(self, client: httpx.AsyncClient, mint: Mint) -> None:
        token = mint(room_id=1, role=[])
        assert (await client.get("/v2/rooms", headers=bearer(token))).status_code == 200


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


class TestTones:
    @pytest.fixture
    async def room(self, create: Make) -> dict[str, Any]:
        return await create()

    @pytest.fixture
    def send(self, client: httpx.AsyncClient, mint: Mint, room: dict[str, Any]) -> Send:
        """Send tones as a client that may enter a room, if no other then one that is there."""

        def send(body: object, room_id: str = room["id"], path: str = TONES) -> Awaitable[httpx.Response]:
            token = mint(type="app", room_id=room_id, role="host", user_id="ada")
            return client.post(path, json=body, headers=bearer(token))

        return send

    @pytest.mark.parametrize("digits", [["0", "1"], [*"0123456789*#abcdABCD"], ["1"] * 100])
    async def test_cannot_be_sent(self, send: Send, same: Check, digits: list[str]) -> None:
        for path in (TONES, f"/api{TONES}"):
            same(await send({"digits": digits}, path=path), NO_ENGINE, 501)

    @pytest.mark.parametrize("body", [{}, {"digits": None}, {"digits": []}, {"digits": ""}, {"tones": ["1"]}])
    async def test_of_nothing(self, send: Send, wrong: Check, body: dict[str, Any]) -> None:
        for room in ({}, {"room_id": NOBODY}):
            wrong(await send(body, **room), "digits are mandatory")

    @pytest.mark.parametrize("digit", ["", "10", "e", " ", "x", "\0", "\u0661", 1, None, ["1"], {}])
    async def test_of_what_is_no_digit(self, send: Send, wrong: Check, digit: object) -> None:
        wrong(await send({"digits": ["1", digit]}), "invalid digit")

    async def test_of_another_form(self, send: Send, bad_body: Check) -> None:
        for body, text in (
            ({"digits": "12"}, "digits must be an array"),
            ({"digits": 12}, "digits must be an array"),
            ({"digits": ["1"] * 101}, "digits must have at most 100 elements"),
            ([], "body is not a JSON object"),
        ):
            bad_body(await send(body, NOBODY), text)

    async def test_into_no_room(
        self, send: Send, missing: Check, room: dict[str, Any], database: asyncpg.Connection
    ) -> None:
        missing(await send({"digits": ["1"]}, NOBODY))
        await database.execute("UPDATE conference SET expires_at = now()")
        missing(await send({"digits": ["1"]}))

    async def test_into_a_disabled_room(
        self, send: Send, refused: Check, hms: httpx.AsyncClient, room: dict[str, Any]
    ) -> None:
        """Row "a disabled room": tokens already issued are refused."""
        assert (await hms.post(f"/v2/rooms/{room['id']}", json={"enabled": False})).status_code == 200
        refused(await send({"digits": ["1"]}), 403, "Room is disabled", "Room is disabled")
