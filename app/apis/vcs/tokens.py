"""The verification of a room token, by a media server or a gateway before it lets a client in."""

from fastapi import APIRouter

from app.apis.dependencies import AutocommitCall
from app.apis.vcs.auth import VcsRoute
from app.apis.vcs.errors import OF_BODY, invalid, missing, refusals
from app.apis.vcs.schemas import PresentedToken, Room, RoomAnswer
from app.domain import join_tokens

router = APIRouter(route_class=VcsRoute, tags=["Room tokens"])


@router.post("/token", summary="Verify a room token", responses=refusals(*OF_BODY, missing("token"), invalid("token")))
async def verify_token(presented: PresentedToken, call: AutocommitCall) -> RoomAnswer:
    """POST /api/realtime/token: show the room that the token opens."""
    opened = await join_tokens.opened(call.transaction, presented.token, call.secret_key)
    return RoomAnswer(room=Room.of(opened, call.secret_key))
