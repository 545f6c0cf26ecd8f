"""Section "Users" but pictures."""

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import BeforeValidator, Field

from app.apis.carbonio.auth import ChatsRoute
from app.apis.carbonio.errors import refusals
from app.apis.carbonio.schemas import Capabilities, User
from app.apis.carbonio.spellings import PathUserId, SoughtId, present
from app.apis.dependencies import AutocommitCall
from app.domain import users

router = APIRouter(route_class=ChatsRoute, tags=["Users"])

_MOST_IDS: Final = 10


@router.get("/users", summary="getUsers", responses=refusals(400))
async def get_users(
    call: AutocommitCall,
    user_ids: Annotated[
        Sequence[SoughtId],
        Field(min_length=1, max_length=_MOST_IDS),
        BeforeValidator(present),
        Query(alias="userIds", description="Those of nobody are left out."),
    ],
) -> list[User]:
    """GET /users: show the users with these ids, in this order."""
    found = await users.with_ids(call.transaction, [id for id in user_ids if id])
    return [User.model_validate(user, from_attributes=True) for user in found]


@router.get("/users/capabilities", summary="getCapabilities", responses=refusals())
async def get_capabilities(call: AutocommitCall) -> Capabilities:
    """GET /users/capabilities: show what this deployment can do."""
    return Capabilities.model_validate(call.settings.chats, from_attributes=True)


@router.get("/users/{userId}", summary="getUser", responses=refusals(404))
async def get_user(user_id: PathUserId, call: AutocommitCall) -> User:
    """GET /users/{userId}: show a user."""
    return User.model_validate(await users.get(call.transaction, user_id), from_attributes=True)
