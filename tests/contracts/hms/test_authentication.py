"""Management tokens: what is a good one, and every way in which one is not, with its whole body.

The rows "no `Authorization`, not `Bearer`, or an unknown `access_key`", "any other bad token" and "a valid token of
`type:"app"`" of the decisions table.
"""

import time
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import httpx
import pytest
from processes import SECRET_KEY

from app.domain import ids, keys
from app.domain.database import Transaction
from app.domain.secrets import SecretKey

ROOMS = "/v2/rooms"
NOBODY = "0123456789abcdef01234567"
Check = Callable[..., None]
Mint = Callable[..., str]
Room = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
Ask = Callable[[str], Awaitable[httpx.Response]]

SIGNATURE = "signature is invalid"


@pytest.fixture
def ask(client: httpx.AsyncClient) -> Ask:
    """List the rooms with this token."""

    async def ask(token: str) -> httpx.Response:
        return await client.get(ROOMS, headers={"Authorization": f"Bearer {token}"})

    return ask


class TestGoodToken:
    async def test_of_the_sdk_opens_the_api(self, ask: Ask, mint: Mint, same: Check) -> None:
        same(await ask(mint()), {"limit": 10, "data": [], "last": ""})

    async def test_needs_no_such_claim(self, ask: Ask, mint: Mint, subtests: pytest.Subtests) -> None:
        for without in (
            "jti",
            "iat",
            "nbf",
            "jti iat nbf",
        ):
            with subtests.test(repr(without)[:60]):
                assert (await ask(mint(without=without))).status_code == 200

    async def test_may_have_other_claims(self, ask: Ask, mint: Mint, subtests: pytest.Subtests) -> None:
        for more in (
            {"role": "host"},
            {"room_id": NOBODY},
            {"user_id": "é😀"},
            {"sub": "somebody"},
            {"x": {"y": [1, None]}},
        ):
            with subtests.test(repr(more)[:60]):
                assert (await ask(mint(**more))).status_code == 200

    async def test_may_have_fractions_of_a_second(self, ask: Ask, mint: Mint, subtests: pytest.Subtests) -> None:
        for claim in (
            "exp",
            "nbf",
            "iat",
        ):
            with subtests.test(repr(claim)[:60]):
                assert (await ask(mint(**{claim: time.time() + 10.5}))).status_code == 200

    async def test_is_a_bearer_in_any_case(
        self, client: httpx.AsyncClient, mint: Mint, subtests: pytest.Subtests
    ) -> None:
        for scheme in (
            "Bearer",
            "bearer",
            "BEARER",
            "bEaReR",
        ):
            with subtests.test(repr(scheme)[:60]):
                answer = await client.get(ROOMS, headers={"Authorization": f"{scheme} {mint()}"})
                assert answer.status_code == 200

    async def test_of_every_key_sees_all_rooms(
        self, client: httpx.AsyncClient, transaction: Transaction, mint: Mint, create: Make
    ) -> None:
        """One deployment is one account: every management key sees all its rooms."""
        room = await create(name="room-a")
        key = await keys.create_hms(transaction, SecretKey(SECRET_KEY))
        headers = {"Authorization": f"Bearer {mint(access_key=key.access_key, secret=key.secret)}"}
        assert (await client.get(ROOMS, headers=headers)).json()["data"] == [room]

    async def test_notes_that_its_key_is_used(
        self, ask: Ask, mint: Mint, claims: Room, database: asyncpg.Connection
    ) -> None:
        used = "SELECT last_used_at FROM api_key WHERE id = $1"
        key_id = ids.from_bytes(bytes.fromhex(claims["access_key"]))
        assert await database.fetchval(used, key_id) is None
        await ask(mint())
        assert await database.fetchval(used, key_id) is not None


class TestNotFound:
    """No `Authorization`, not `Bearer`, or an unknown `access_key`: `not found`."""

    async def test_no_header(self, client: httpx.AsyncClient, unauthorized: Check) -> None:
        unauthorized(await client.get(ROOMS), "not found")

    async def test_no_bearer(
        self, client: httpx.AsyncClient, unauthorized: Check, mint: Mint, subtests: pytest.Subtests
    ) -> None:
        for value in (
            "",
            " ",
            "{}",
            "Basic dXNlcjpwYXNz",
            "Basic {}",
            "Token {}",
            "Bearer{}",
            "Bearers {}",
            "{} Bearer",
            "JWT {}",
        ):
            with subtests.test(repr(value)[:60]):
                answer = await client.get(ROOMS, headers={"Authorization": value.format(mint())})
                unauthorized(answer, "not found")

    async def test_a_bearer_of_nothing(
        self, client: httpx.AsyncClient, unauthorized: Check, subtests: pytest.Subtests
    ) -> None:
        for value in (
            "Bearer",
            "Bearer ",
            "bearer",
        ):
            with subtests.test(repr(value)[:60]):
                unauthorized(await client.get(ROOMS, headers={"Authorization": value}), "not found")

    async def test_a_token_that_stands_elsewhere(
        self, client: httpx.AsyncClient, unauthorized: Check, mint: Mint
    ) -> None:
        token = mint()
        headers = {"x-vcs-token": token, "Cookie": f"Authorization=Bearer {token}", "X-Authorization": token}
        answer = await client.get(ROOMS, headers=headers, params={"token": token, "Authorization": f"Bearer {token}"})
        unauthorized(answer, "not found")

    async def test_an_unknown_key(
        self, ask: Ask, unauthorized: Check, mint: Mint, claims: Room, subtests: pytest.Subtests
    ) -> None:
        for access_key in (
            NOBODY,
            "f" * 24,
            "",
            "nonsense",
            "{upper}0",
            "{lower}0",
            " {lower}",
            "{lower}\n",
            "\u0000",
            "é😀",
            "9" * 9999,
        ):
            with subtests.test(repr(access_key)[:60]):
                own = claims["access_key"]
                unauthorized(await ask(mint(access_key=access_key.format(lower=own, upper=own.upper()))), "not found")

    async def test_a_key_of_the_other_api(
        self, ask: Ask, unauthorized: Check, mint: Mint, vcs_key: str, database: asyncpg.Connection
    ) -> None:
        vcs_id = await database.fetchval("SELECT id FROM api_key WHERE api = 'vcs'")
        unauthorized(await ask(mint(access_key=ids.to_hex(vcs_id), secret=vcs_key)), "not found")

    async def test_a_key_that_was_revoked_is_refused_from_the_next_request(
        self, ask: Ask, unauthorized: Check, mint: Mint, database: asyncpg.Connection
    ) -> None:
        token = mint()
        assert (await ask(token)).status_code == 200
        await database.execute("DELETE FROM api_key")
        unauthorized(await ask(token), "not found")


class TestSignature:
    async def test_by_another_secret(self, ask: Ask, unauthorized: Check, mint: Mint) -> None:
        unauthorized(await ask(mint(secret="another secret of enough characters for any key")), SIGNATURE)

    async def test_by_the_secret_of_another_key(
        self, ask: Ask, unauthorized: Check, mint: Mint, transaction: Transaction
    ) -> None:
        key = await keys.create_hms(transaction, SecretKey(SECRET_KEY))
        unauthorized(await ask(mint(secret=key.secret)), SIGNATURE)

    async def test_with_one_character_changed(self, ask: Ask, unauthorized: Check, mint: Mint) -> None:
        token = mint()
        header, payload, signature = token.split(".")
        other = ("B" if signature[0] == "A" else "A") + signature[1:]
        unauthorized(await ask(f"{header}.{payload}.{other}"), SIGNATURE)
        unauthorized(await ask(f"{header}.{payload}.{signature[:-3]}"), SIGNATURE)
        unauthorized(await ask(f"{header}.{payload}."), SIGNATURE)

    async def test_of_other_claims(self, ask: Ask, unauthorized: Check, mint: Mint) -> None:
        header, _, signature = mint().split(".")
        _, payload, _ = mint(exp=int(time.time()) + 10**6).split(".")
        unauthorized(await ask(f"{header}.{payload}.{signature}"), SIGNATURE)

    async def test_by_another_algorithm(
        self, ask: Ask, unauthorized: Check, mint: Mint, subtests: pytest.Subtests
    ) -> None:
        """Algorithm is HS256 only."""
        for algorithm in (
            "HS384",
            "HS512",
        ):
            with subtests.test(repr(algorithm)[:60]):
                unauthorized(await ask(mint(algorithm=algorithm)), SIGNATURE)

    async def test_under_a_header_that_says_another_algorithm(
        self, ask: Ask, unauthorized: Check, mint: Mint, subtests: pytest.Subtests
    ) -> None:
        for algorithm in (
            "none",
            "None",
            "NONE",
            "RS256",
            "ES256",
            "EdDSA",
            "hs256",
            "HS257",
            "",
        ):
            with subtests.test(repr(algorithm)[:60]):
                header = urlsafe_b64encode(f'{{"alg":"{algorithm}","typ":"JWT"}}'.encode()).decode().rstrip("=")
                _, payload, signature = mint().split(".")
                for signed in (signature, ""):
                    unauthorized(await ask(f"{header}.{payload}.{signed}"), SIGNATURE)
