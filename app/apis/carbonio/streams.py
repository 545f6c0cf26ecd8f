"""Section "Meetings": sound, pictures and recordings, which are a media engine's affair."""

from typing import Annotated, Final

from fastapi import APIRouter, Body

from app.apis.carbonio.auth import ChatsRoute
from app.apis.carbonio.errors import refusals
from app.apis.carbonio.meeting_schemas import (
    AudioSettings,
    MediaSettings,
    RecordingToKeep,
    SessionDescription,
    SubscriptionUpdates,
)
from app.apis.carbonio.spellings import PathMeetingId
from app.apis.dependencies import AutocommitCall
from app.domain import meetings
from app.domain.errors import NotForOthers

router = APIRouter(route_class=ChatsRoute, tags=["Meetings"])

_REFUSALS: Final = refusals(400, 403, 404, 413, 424)


@router.put("/meetings/{meetingId}/audio", summary="updateAudioStream", status_code=204, responses=_REFUSALS)
async def update_audio_stream(
    meeting_id: PathMeetingId, call: AutocommitCall, settings: Annotated[AudioSettings, Body()]
) -> None:
    """PUT /meetings/{meetingId}/audio: switch one's microphone on or off; an owner of the room, off for another."""
    if settings.user_to_moderate in (None, call.caller_id):
        seat = await meetings.seat(call.transaction, meeting_id, caller_id=call.caller_id)
    elif settings.enabled:
        raise NotForOthers
    else:
        seat = await meetings.seat_to_silence(
            call.transaction, meeting_id, settings.user_to_moderate, caller_id=call.caller_id
        )
    if settings.enabled:
        await call.media.send(seat, "audio", offer=None)
    else:
        await call.media.silence(seat, "audio")


@router.put("/meetings/{meetingId}/audio/offer", summary="offerRtcAudioStream", status_code=204, responses=_REFUSALS)
async def offer_audio_stream(
    meeting_id: PathMeetingId, call: AutocommitCall, sent: Annotated[SessionDescription, Body()]
) -> None:
    """PUT /meetings/{meetingId}/audio/offer: offer to send sound."""
    seat = await meetings.seat(call.transaction, meeting_id, caller_id=call.caller_id)
    await call.media.offer(seat, sent.sdp)


@router.put("/meetings/{meetingId}/media", summary="updateMediaStream", status_code=204, responses=_REFUSALS)
async def update_media_stream(
    meeting_id: PathMeetingId, call: AutocommitCall, settings: Annotated[MediaSettings, Body()]
) -> None:
    """PUT /meetings/{meetingId}/media: show a camera or a screen, or end that."""
    seat = await meetings.seat(call.transaction, meeting_id, caller_id=call.caller_id)
    if settings.enabled:
        await call.media.send(seat, settings.type, offer=settings.sdp)
    else:
        await call.media.silence(seat, settings.type)


@router.put("/meetings/{meetingId}/media/answer", summary="answerRtcMediaStream", status_code=204, responses=_REFUSALS)
async def answer_media_stream(
    meeting_id: PathMeetingId, call: AutocommitCall, sent: Annotated[SessionDescription, Body()]
) -> None:
    """PUT /meetings/{meetingId}/media/answer: answer an offer of the engine's."""
    seat = await meetings.seat(call.transaction, meeting_id, caller_id=call.caller_id)
    await call.media.answer(seat, sent.sdp)


@router.put(
    "/meetings/{meetingId}/media/subscribe",
    summary="updateSubscriptionsMediaStream",
    status_code=204,
    responses=_REFUSALS,
)
async def update_subscriptions(
    meeting_id: PathMeetingId, call: AutocommitCall, updates: Annotated[SubscriptionUpdates, Body()]
) -> None:
    """PUT /meetings/{meetingId}/media/subscribe: have streams of others, or have them no more."""
    seat = await meetings.seat(call.transaction, meeting_id, caller_id=call.caller_id)
    await call.media.subscribe(seat, wanted=updates.wanted, unwanted=updates.unwanted)


@router.post("/meetings/{meetingId}/startRecording", summary="startRecording", status_code=204, responses=_REFUSALS)
async def start_recording(meeting_id: PathMeetingId, call: AutocommitCall) -> None:
    """POST /meetings/{meetingId}/startRecording: record a meeting."""
    seat = await meetings.seat(call.transaction, meeting_id, caller_id=call.caller_id)
    await call.media.begin_recording(seat)


@router.post("/meetings/{meetingId}/stopRecording", summary="stopRecording", status_code=204, responses=_REFUSALS)
async def stop_recording(
    meeting_id: PathMeetingId, call: AutocommitCall, sent: Annotated[RecordingToKeep, Body()]
) -> None:
    """POST /meetings/{meetingId}/stopRecording: end the recording of a meeting, and keep it."""
    seat = await meetings.seat(call.transaction, meeting_id, caller_id=call.caller_id)
    await call.media.end_recording(seat, name=sent.name, folder_id=sent.folder_id)
