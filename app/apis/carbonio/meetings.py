"""Section "Meetings"."""

from fastapi import APIRouter

from app.apis.carbonio import documents
from app.apis.carbonio.auth import ChatsRoute
from app.apis.carbonio.errors import refusals
from app.apis.carbonio.schemas import Meeting
from app.apis.carbonio.spellings import PathRoomId
from app.apis.dependencies import AutocommitCall
from app.apis.routes import JsonText
from app.domain.errors import MeetingNotFound

router = APIRouter(route_class=ChatsRoute, tags=["Meetings"])


@router.get(
    "/rooms/{roomId}/meeting", summary="getMeetingByRoomId", response_model=Meeting, responses=refusals(403, 404)
)
async def get_meeting_by_room_id(room_id: PathRoomId, call: AutocommitCall) -> JsonText:
    """GET /rooms/{roomId}/meeting: show the meeting of a room."""
    return JsonText(await documents.document(call.transaction, documents.MEETING, room_id, MeetingNotFound))


@router.get("/meetings", summary="listMeetings", response_model=list[Meeting], responses=refusals())
async def list_meetings(call: AutocommitCall) -> JsonText:
    """GET /meetings: show the meetings of all rooms of the caller, channels too, the newest first."""
    return JsonText(await call.transaction.one(documents.MEETINGS))
