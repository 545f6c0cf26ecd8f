"""Section "Meetings": the meeting of a room, who joins it and who leaves."""

from typing import Annotated

from fastapi import APIRouter, Body

from app.apis.carbonio import documents
from app.apis.carbonio.auth import ChatsRoute, by_socket, queue_id
from app.apis.carbonio.errors import refusals
from app.apis.carbonio.meeting_schemas import Joined, JoinSettings, Meeting, NewMeeting
from app.apis.carbonio.spellings import PathMeetingId, PathRoomId
from app.apis.dependencies import AutocommitCall, TransactionCall
from app.apis.routes import JsonText
from app.domain import meetings
from app.domain.errors import MeetingNotFound

router = APIRouter(route_class=ChatsRoute, tags=["Meetings"])


@router.get(
    "/rooms/{roomId}/meeting", summary="getMeetingByRoomId", response_model=Meeting, responses=refusals(403, 404)
)
async def get_meeting_by_room_id(room_id: PathRoomId, call: AutocommitCall) -> JsonText:
    """GET /rooms/{roomId}/meeting: show the meeting of a room."""
    return JsonText(await documents.document(call.transaction, documents.MEETING_OF_ROOM, room_id, MeetingNotFound))


@router.get("/meetings", summary="listMeetings", response_model=list[Meeting], responses=refusals())
async def list_meetings(call: AutocommitCall) -> JsonText:
    """GET /meetings: show the meetings of all rooms of the caller, channels too, the newest first."""
    return JsonText(await call.transaction.one(documents.MEETINGS))


@router.post("/meetings", summary="createMeeting", response_model=Meeting, responses=refusals(400, 403, 404, 409, 413))
async def create_meeting(call: TransactionCall, new: Annotated[NewMeeting, Body()]) -> JsonText:
    """POST /meetings: give a room its meeting. Without a name of its own it has that of the room."""
    id = await meetings.create(
        call.transaction,
        new.room_id,
        caller_id=call.caller_id,
        name=new.name,
        type=new.meeting_type,
        expires_at=new.expiration,
        limits=call.settings.vcs.limits,
    )
    return JsonText(await documents.meeting(call.transaction, id))


@router.get("/meetings/{meetingId}", summary="getMeeting", response_model=Meeting, responses=refusals(403, 404))
async def get_meeting(meeting_id: PathMeetingId, call: AutocommitCall) -> JsonText:
    """GET /meetings/{meetingId}: show one meeting, with everybody who is in it."""
    return JsonText(await documents.meeting(call.transaction, meeting_id))


@router.delete("/meetings/{meetingId}", summary="deleteMeeting", status_code=204, responses=refusals(403, 404))
async def delete_meeting(meeting_id: PathMeetingId, call: TransactionCall) -> None:
    """DELETE /meetings/{meetingId}: delete a meeting; whoever is in it is out."""
    await meetings.remove(call.transaction, meeting_id, caller_id=call.caller_id)


@router.post(
    "/meetings/{meetingId}/start", summary="startMeeting", response_model=Meeting, responses=refusals(400, 403, 404)
)
async def start_meeting(meeting_id: PathMeetingId, call: TransactionCall) -> JsonText:
    """POST /meetings/{meetingId}/start: make a meeting active, if it isn't, and show it."""
    await meetings.start(call.transaction, meeting_id, caller_id=call.caller_id)
    return JsonText(await documents.meeting(call.transaction, meeting_id))


@router.post(
    "/meetings/{meetingId}/stop", summary="stopMeeting", response_model=Meeting, responses=refusals(400, 403, 404)
)
async def stop_meeting(meeting_id: PathMeetingId, call: TransactionCall) -> JsonText:
    """POST /meetings/{meetingId}/stop: end a meeting, if it is active, and show it; whoever is in it is out."""
    await meetings.stop(call.transaction, meeting_id, caller_id=call.caller_id)
    return JsonText(await documents.meeting(call.transaction, meeting_id))


@router.post(
    "/meetings/{meetingId}/join",
    summary="joinMeeting",
    responses=refusals(400, 403, 404, 409, 413),
    openapi_extra=by_socket(required=True),
)
async def join_meeting(
    meeting_id: PathMeetingId, call: TransactionCall, settings: Annotated[JoinSettings, Body()]
) -> Joined:
    """POST /meetings/{meetingId}/join: enter a meeting by the caller's websocket, and make it active.

    Whoever is in by another websocket leaves there, and that hears of it. Who closes the websocket has left.
    """
    await meetings.join(call.transaction, meeting_id, queue_id(call), settings.streams, caller_id=call.caller_id)
    return Joined(status="ACCEPTED")


@router.post(
    "/meetings/{meetingId}/leave",
    summary="leaveMeeting",
    status_code=204,
    responses=refusals(400, 403, 404),
    openapi_extra=by_socket(required=False),
)
async def leave_meeting(meeting_id: PathMeetingId, call: TransactionCall) -> None:
    """POST /meetings/{meetingId}/leave: leave a meeting, which is over with the last one.

    With `queue-id` only if the caller is in by that websocket. Who is not in it leaves all the same.
    """
    await meetings.leave(call.transaction, meeting_id, queue_id(call), caller_id=call.caller_id)
