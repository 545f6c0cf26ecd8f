"""Tokens for codes of rooms: what clients ask who have no backend of their own."""

from typing import Annotated, Final

from fastapi import APIRouter, Body

from app.apis.dependencies import AutocommitCall
from app.apis.hms.auth import CodeRoute
from app.apis.hms.errors import (
    CODE_DISABLED,
    NO_SIGNING_KEY,
    OF_BODY,
    ROLE_GONE,
    ROOM_DISABLED,
    TOO_LARGE_OF_A_STRANGER,
    invalid,
    missing,
    refusals,
)
from app.apis.hms.room_code_schemas import ClientToken, PresentedCode
from app.apis.hms.tokens import app_token
from app.domain import ids, keys, room_codes

PATH: Final = "/token"

router = APIRouter(route_class=CodeRoute, tags=["Tokens"])


@router.post(
    PATH,
    summary="Exchange a room code for a token",
    responses=refusals(
        *OF_BODY,
        TOO_LARGE_OF_A_STRANGER,
        invalid("body", "code is required"),
        missing("Room code"),
        ROOM_DISABLED,
        CODE_DISABLED,
        ROLE_GONE,
        NO_SIGNING_KEY,
        anonymous=True,
    ),
)
async def exchange_room_code(call: AutocommitCall, presented: Annotated[PresentedCode, Body()]) -> ClientToken:
    """POST /v2/token: show a token that says into which room, and in which role, its holder may come for 24 hours."""
    opened = await room_codes.opened(call.transaction, presented.code)
    key = await keys.signing_hms(call.transaction, call.secret_key)
    room_id = ids.to_hex(opened.conference_id)
    return ClientToken.of(
        app_token(key.access_key, key.secret, room_id=room_id, role=opened.role, user_id=presented.user_id)
    )
