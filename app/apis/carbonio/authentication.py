"""Section "Authentication"."""

from fastapi import APIRouter
from starlette.requests import Request

from app.apis.carbonio.auth import ChatsRoute, presented
from app.apis.carbonio.errors import refusals
from app.apis.carbonio.schemas import Token
from app.apis.dependencies import AutocommitCall

router = APIRouter(route_class=ChatsRoute, tags=["Authentication"])


@router.get("/auth/token", summary="getTokens", responses=refusals())
async def get_tokens(request: Request, call: AutocommitCall) -> Token:
    """GET /auth/token: show the token that the caller shows."""
    return Token(zm_token=presented(request))
