"""Codes, tokens and stream keys are shown to those who ask for them, and in nothing else: no `repr`, error or log."""

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import pytest

from app.apis.hms.room_code_schemas import ClientToken, PresentedCode, RoomCode, RoomCodeChange
from app.apis.hms.stream_key_schemas import StreamKey
from app.apis.hms.tokens import AppToken
from app.domain import ids, room_codes, stream_keys
from app.domain.database import Transaction
from app.domain.secrets import SecretKey

TOKEN, CHANGE, KEYS = "/v2/token", "/v2/room-codes/code", "/v2/stream-keys/room"
WRONG, GOOD = "aaa-aaaa-aaa", "goo-dddd-ddd"
Room = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
Put = Callable[..., Awaitable[None]]


@pytest.fixture
async def room(create: Make, put_codes: Put) -> Room:
    """A room with a good code."""
    room = await create(name="room-a")
    await put_codes(room, GOOD)
    return room


def test_a_body_and_an_answer_do_not_show_them() -> None:
    shown = [
        PresentedCode.model_validate({"code": GOOD}),
        RoomCodeChange.model_validate({"code": GOOD, "enabled": True}),
        ClientToken.model_construct(token=GOOD),
        AppToken(GOOD, datetime.now(UTC)),
        RoomCode.model_construct(code=GOOD),
        StreamKey.model_construct(key=GOOD),
    ]
    assert "enabled=True" in repr(shown)
    assert GOOD not in repr(shown)


async def test_what_is_stored_does_not_show_them(room: Room, transaction: Transaction) -> None:
    id = ids.from_hex(room["id"])
    assert id
    async with transaction.begun():
        code = await room_codes.create(transaction, id, "host")
    assert code.code not in repr(code)
    key = await stream_keys.create(transaction, id, SecretKey("of the tests"))
    assert str(key.sealed_key) not in repr(key)


async def test_a_refusal_and_a_line_in_the_log_do_not_tell_them(
    client: httpx.AsyncClient,
    hms: httpx.AsyncClient,
    room: Room,
    database: asyncpg.Connection,
    *,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.INFO)
    key = (await hms.post(f"{KEYS}/{room['id']}")).json()["key"]
    token = (await client.post(TOKEN, json={"code": GOOD})).json()["token"]
    answers = [
        await client.post(TOKEN, json={"code": WRONG, GOOD: 1}),
        await client.post(TOKEN, json={"code": GOOD, "user_id": [GOOD]}),
        await client.post(TOKEN, json=[GOOD]),
        await hms.post(CHANGE, json={"code": GOOD, "enabled": GOOD}),
        await hms.post(CHANGE, json={"code": GOOD, "enabled": True, GOOD: GOOD}),
        await hms.post(f"{KEYS}/{room['id']}"),
    ]
    await database.execute("ALTER TABLE room_code RENAME TO room_code_elsewhere")
    try:
        answers += [
            await client.post(TOKEN, json={"code": GOOD}),
            await hms.post(CHANGE, json={"code": GOOD, "enabled": True}),
        ]
    finally:
        await database.execute("ALTER TABLE room_code_elsewhere RENAME TO room_code")
    assert [answer.status_code for answer in answers] == [404, 400, 400, 400, 400, 400, 500, 500]
    told = caplog.text + "".join(capfd.readouterr()) + "".join(answer.text for answer in answers)
    assert 'relation "room_code" does not exist' in told
    assert [secret for secret in (WRONG, GOOD, key, token) if secret in told] == []
