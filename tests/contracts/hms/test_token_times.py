"""Management tokens: when they are good, and which of several faults is told."""

import time
from collections.abc import Awaitable, Callable

import httpx
import pytest

ROOMS = "/v2/rooms"
NOBODY = "0123456789abcdef01234567"
MALFORMED, SIGNATURE = "token is malformed", "signature is invalid"
EXPIRED, NOT_YET = "token is expired", "token is not valid yet"
Check = Callable[..., None]
Mint = Callable[..., str]
Ask = Callable[[str], Awaitable[httpx.Response]]


@pytest.fixture
def ask(client: httpx.AsyncClient) -> Ask:
    """List the rooms with this token."""

    async def ask(token: str) -> httpx.Response:
        return await client.get(ROOMS, headers={"Authorization": f"Bearer {token}"})

    return ask


class TestTime:
    """60 s of clock leeway, both ways."""

    async def test_expired_within_the_leeway_is_good(self, ask: Ask, mint: Mint, subtests: pytest.Subtests) -> None:
        for seconds in (
            0,
            30,
            55,
        ):
            with subtests.test(repr(seconds)[:60]):
                assert (await ask(mint(exp=int(time.time()) - seconds))).status_code == 200

    async def test_expired_beyond_the_leeway(
        self, ask: Ask, unauthorized: Check, mint: Mint, subtests: pytest.Subtests
    ) -> None:
        for exp in (
            -62,
            -90,
            -86400,
        ):
            with subtests.test(repr(exp)[:60]):
                unauthorized(await ask(mint(exp=int(time.time()) + exp)), EXPIRED)

    async def test_is_judged_each_time_a_token_is_shown(
        self, ask: Ask, unauthorized: Check, mint: Mint, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What never changes of a token is remembered; its time passes."""
        now = time.time()
        token = mint(exp=int(now) + 30)
        assert (await ask(token)).status_code == 200
        monkeypatch.setattr(time, "time", lambda: now + 95)
        unauthorized(await ask(token), EXPIRED)
        monkeypatch.setattr(time, "time", lambda: now - 3600)
        unauthorized(await ask(token), NOT_YET)

    async def test_expired_long_ago(self, ask: Ask, unauthorized: Check, mint: Mint, subtests: pytest.Subtests) -> None:
        for exp in (
            0,
            1,
            -1,
            -1.5,
            -(10**30),
        ):
            with subtests.test(repr(exp)[:60]):
                unauthorized(await ask(mint(exp=exp)), EXPIRED)

    async def test_good_for_ages(self, ask: Ask, mint: Mint, subtests: pytest.Subtests) -> None:
        for exp in (
            2**31,
            2**40,
            2**63,
        ):
            with subtests.test(repr(exp)[:60]):
                assert (await ask(mint(exp=exp))).status_code == 200

    async def test_begins_within_the_leeway(self, ask: Ask, mint: Mint, subtests: pytest.Subtests) -> None:
        for seconds in (
            0,
            30,
            55,
        ):
            with subtests.test(repr(seconds)[:60]):
                for claim in ("nbf", "iat"):
                    assert (await ask(mint(**{claim: int(time.time()) + seconds}))).status_code == 200

    async def test_begins_beyond_the_leeway(
        self, ask: Ask, unauthorized: Check, mint: Mint, subtests: pytest.Subtests
    ) -> None:
        for seconds in (
            65,
            90,
            86400,
            10**12,
        ):
            with subtests.test(repr(seconds)[:60]):
                for claim in ("nbf", "iat"):
                    unauthorized(await ask(mint(**{claim: int(time.time()) + seconds})), NOT_YET)


def lacking(seconds: int) -> dict[str, int]:
    return {"exp": int(time.time()) - seconds}


class TestOrder:
    """Malformed, not found, signature, time; only the first is told."""

    async def test_malformed_before_not_found(self, ask: Ask, unauthorized: Check, mint: Mint) -> None:
        unauthorized(await ask(mint(access_key=NOBODY, version=1, **lacking(90))), MALFORMED)

    async def test_malformed_before_signature(self, ask: Ask, unauthorized: Check, mint: Mint) -> None:
        unauthorized(await ask(mint(type="other", secret="x" * 64, **lacking(90))), MALFORMED)

    async def test_not_found_before_signature(self, ask: Ask, unauthorized: Check, mint: Mint) -> None:
        unauthorized(await ask(mint(access_key=NOBODY, secret="x" * 64, **lacking(90))), "not found")
        unauthorized(await ask(mint(access_key=NOBODY, algorithm="HS512")), "not found")

    async def test_signature_before_time(self, ask: Ask, unauthorized: Check, mint: Mint) -> None:
        unauthorized(await ask(mint(secret="x" * 64, **lacking(90))), SIGNATURE)
        unauthorized(await ask(mint(secret="x" * 64, nbf=int(time.time()) + 90)), SIGNATURE)

    async def test_all_before_the_kind_of_token(self, ask: Ask, unauthorized: Check, mint: Mint) -> None:
        unauthorized(await ask(mint(type="app", access_key=NOBODY)), "not found")
        unauthorized(await ask(mint(type="app", secret="x" * 64)), SIGNATURE)
        unauthorized(await ask(mint(type="app", **lacking(90))), EXPIRED)
        unauthorized(await ask(mint(type="app", nbf=int(time.time()) + 90)), NOT_YET)
