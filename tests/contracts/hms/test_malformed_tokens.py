"""Tokens that are no tokens, and claims that are no claims: `token is malformed`. Good tokens of another kind: 403."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

ROOMS = "/v2/rooms"
NOBODY = "0123456789abcdef01234567"
HEADER = b'{"alg":"HS256","typ":"JWT"}'
Check = Callable[..., None]
Mint = Callable[..., str]
Room = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
Ask = Callable[[str], Awaitable[httpx.Response]]
Sign = Callable[..., str]


@pytest.fixture
def malformed(client: httpx.AsyncClient, unauthorized: Check) -> Callable[[str], Awaitable[None]]:
    """Ask with this token, and hear that it is none."""

    async def malformed(token: str) -> None:
        answer = await client.get(ROOMS, headers={"Authorization": f"Bearer {token}"})
        unauthorized(answer, "token is malformed")

    return malformed


def encoded(part: bytes) -> str:
    return urlsafe_b64encode(part).decode().rstrip("=")


@pytest.fixture
def sign(hms_key: tuple[str, str], claims: Room) -> Sign:
    """Sign these bytes as header and payload, whatever they are."""

    def sign(payload: bytes | None = None, *, header: bytes = HEADER, **own: str) -> str:
        if payload is None:
            written = [f"{json.dumps(name)}:{own.get(name, json.dumps(value))}" for name, value in claims.items()]
            payload = f"{{{','.join(written)}}}".encode()
        signed = f"{encoded(header)}.{encoded(payload)}"
        signature = hmac.new(hms_key[1].encode(), signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{encoded(signature)}"

    return sign


class TestStructure:
    async def test_the_helper_signs_good_tokens(self, client: httpx.AsyncClient, sign: Sign) -> None:
        answer = await client.get(ROOMS, headers={"Authorization": f"Bearer {sign()}"})
        assert answer.status_code == 200

    async def test_what_has_not_three_parts_of_json(self, malformed: Ask, subtests: pytest.Subtests) -> None:
        for token in (
            "x",
            "a.b",
            "..",
            ".",
            "...",
            "a.b.c.d",
            "a.b.c",
            "null",
            "{}",
            "Bearer x",
            "x y z",
            "%00",
            "0.0.0",
        ):
            with subtests.test(repr(token)[:60]):
                await malformed(token)

    async def test_what_is_long(self, malformed: Ask, subtests: pytest.Subtests) -> None:
        for length in (
            1_000,
            10_000,
            30_000,
        ):
            with subtests.test(repr(length)[:60]):
                await malformed("x" * length)
                await malformed("x." * (length // 2))

    async def test_segments_too_few_or_too_many(self, malformed: Ask, sign: Sign) -> None:
        header, payload, signature = sign().split(".")
        for token in (
            header,
            f"{header}.{payload}",
            f"{payload}.{signature}",
            f"{header}.{payload}.{signature}.{signature}",
            f".{payload}.{signature}",
            f"{header}..{signature}",
            f"{header}.{payload}.{signature}.",
            f".{header}.{payload}.{signature}",
            f"{payload}.{header}.{signature}",
        ):
            await malformed(token)

    async def test_segments_that_are_no_base64(self, malformed: Ask, sign: Sign) -> None:
        header, payload, signature = sign().split(".")
        for odd in ("!!!", "=", "A", "*" * 40, "a b", "%7B%7D"):
            await malformed(f"{odd}.{payload}.{signature}")
            await malformed(f"{header}.{odd}.{signature}")

    async def test_a_header_that_is_no_json_object(self, malformed: Ask, sign: Sign, subtests: pytest.Subtests) -> None:
        for header in (
            b"",
            b"x",
            b"{",
            b"[]",
            b"null",
            b'"HS256"',
            b"1",
            b"\xff",
            b'{"alg":"HS256"',
            b"[" * 5_000,
        ):
            with subtests.test(repr(header)[:60]):
                await malformed(sign(header=header))

    async def test_a_payload_that_is_no_object_of_claims(
        self, malformed: Ask, sign: Sign, subtests: pytest.Subtests
    ) -> None:
        for payload in (
            b"",
            b"x",
            b"{",
            b"[]",
            b"[{}]",
            b"null",
            b"1",
            b"true",
            b'"text"',
            b"\xff",
            b'{"exp":}',
            b"{}",
            b"[" * 5_000 + b"]" * 5_000,
            b'{"a":' * 3_000 + b"1" + b"}" * 3_000,
            b"[" * 10_000,
        ):
            with subtests.test(repr(payload)[:60]):
                await malformed(sign(payload))

    async def test_a_deep_claim_is_never_a_crash(self, client: httpx.AsyncClient, sign: Sign, claims: Room) -> None:
        payload = json.dumps(claims)[:-1].encode() + b',"x":' + b"[" * 5_000 + b"]" * 5_000 + b"}"
        answer = await client.get(ROOMS, headers={"Authorization": f"Bearer {sign(payload)}"})
        assert answer.status_code in {200, 401}


class TestClaims:
    """`exp`, `access_key`, `type`, `version` required."""

    @pytest.mark.parametrize("claim", ["access_key", "type", "version", "exp"])
    async def test_missing(self, malformed: Ask, mint: Mint, claim: str) -> None:
        await malformed(mint(without=claim))

    @pytest.mark.parametrize("claim", ["access_key", "type", "version", "exp"])
    async def test_of_no_fitting_type(self, malformed: Ask, sign: Sign, claim: str) -> None:
        for value in ("null", "true", "false", "[]", "{}", "[1]", '{"a":1}'):
            await malformed(sign(**{claim: value}))

    @pytest.mark.parametrize("claim", ["access_key", "type"])
    async def test_a_number_where_a_text_belongs(self, malformed: Ask, sign: Sign, claim: str) -> None:
        for value in ("1", "0", "1.5", "123456789012345678901234"):
            await malformed(sign(**{claim: value}))

    async def test_a_type_that_is_neither_management_nor_app(
        self, malformed: Ask, mint: Mint, subtests: pytest.Subtests
    ) -> None:
        for kind in (
            "",
            "auth",
            "Management",
            "management ",
            "admin",
            "management\u0000",
            "APP",
        ):
            with subtests.test(repr(kind)[:60]):
                await malformed(mint(type=kind))

    async def test_another_version_than_2(self, malformed: Ask, sign: Sign, subtests: pytest.Subtests) -> None:
        for version in (
            "1",
            "3",
            "0",
            "-2",
            "2.5",
            '"2"',
            '""',
            "20",
            "1e400",
        ):
            with subtests.test(repr(version)[:60]):
                await malformed(sign(version=version))

    @pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
    @pytest.mark.parametrize("times", [['"9999999999"', '"tomorrow"', '""'], ["Infinity", "-Infinity", "NaN", "1e400"]])
    async def test_a_time_that_is_no_number(self, malformed: Ask, sign: Sign, claim: str, times: list[str]) -> None:
        for time in times:
            await malformed(sign(**{claim: time}))

    @pytest.mark.parametrize("claim", ["nbf", "iat"])
    async def test_a_beginning_of_no_fitting_type(self, malformed: Ask, sign: Sign, claim: str) -> None:
        for value in ("true", "[]", "{}", "[9]"):
            await malformed(sign(**{claim: value}))


class TestAppToken:
    """A valid token of `type:"app"` on a management call: 403, with no side effect."""

    @pytest.fixture
    def app_token(self, mint: Mint) -> str:
        return mint(type="app", room_id=NOBODY, role="host", user_id="somebody")

    @pytest.mark.parametrize(
        ("method", "path", "more"),
        [
            ("GET", ROOMS, {}),
            ("GET", f"{ROOMS}/", {}),
            ("GET", f"{ROOMS}?limit=1", {}),
            ("GET", f"{ROOMS}/{NOBODY}", {}),
            ("GET", f"{ROOMS}/{{id}}", {}),
            ("POST", ROOMS, {}),
            ("POST", ROOMS, {"json": {"name": "room-b"}}),
            ("POST", ROOMS, {"json": {"name": "room-a", "description": "x"}}),
            ("POST", ROOMS, {"json": {"name": "room-a", "active": False}}),
            ("POST", ROOMS, {"content": b"{"}),
            ("POST", ROOMS, {"content": b" " * (2**20 + 1)}),
            ("POST", f"{ROOMS}/{{id}}", {"json": {"enabled": False}}),
            ("POST", f"{ROOMS}/{{id}}", {"json": {"size": -1}}),
            ("POST", f"{ROOMS}/{NOBODY}", {"json": {}}),
        ],
    )
    async def test_is_forbidden_and_does_nothing(
        self,
        *,
        client: httpx.AsyncClient,
        hms: httpx.AsyncClient,
        create: Make,
        same: Check,
        forbidden: Check,
        app_token: str,
        method: str,
        path: str,
        more: dict[str, Any],
    ) -> None:
        room = await create(name="room-a", description="as it was")
        for _ in range(2):  # the SDK sends a refused request twice
            headers = {"Authorization": f"Bearer {app_token}", "Content-Type": "application/json"}
            forbidden(await client.request(method, path.format(id=room["id"]), headers=headers, **more))
        same(await hms.get(ROOMS), {"limit": 10, "data": [room], "last": room["id"]})

    @pytest.mark.parametrize("without", ["jti", "iat", "nbf"])
    async def test_needs_no_such_claim_either(
        self, client: httpx.AsyncClient, mint: Mint, forbidden: Check, without: str
    ) -> None:
        headers = {"Authorization": f"Bearer {mint(type='app', without=without)}"}
        forbidden(await client.get(ROOMS, headers=headers))

    async def test_finds_unknown_paths_as_everybody_does(
        self, client: httpx.AsyncClient, app_token: str, refused: Check
    ) -> None:
        answer = await client.get("/v2/nothing", headers={"Authorization": f"Bearer {app_token}"})
        refused(answer, 404, "Not Found", "path not found")
