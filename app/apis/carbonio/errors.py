"""What the chats API answers when something cannot be done: a status, and to developers a sentence.

Sections 2 to 5. Errors have no body, but in developer mode (`ENFILADE_CHATS__DEVELOPER_MODE`) that of `Error`.
"""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, APIWebSocketRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response

from app.apis.carbonio.schemas import KINDS_OF_BODY
from app.apis.dependencies import Answer, fields_beside, resources
from app.apis.descriptions import Responses
from app.domain.errors import (
    AlreadyJoined,
    AlreadyMember,
    AttachmentNotFound,
    BlobSwept,
    ConferenceDisabled,
    ConferenceFull,
    FeedFailed,
    FixedMembers,
    FixedRoom,
    GroupFull,
    LastOwner,
    MediaEngineMissing,
    MeetingExists,
    MeetingNotFound,
    MemberNotFound,
    NamedTwice,
    NameNeeded,
    NeverMuted,
    NeverPictured,
    NoPlaceForFiles,
    NoStanza,
    NoSuchPages,
    NotAMember,
    NotAnOwner,
    NotAPicture,
    NotConnected,
    NotForOthers,
    NothingToChange,
    NotOneself,
    NotPreviewable,
    NotTheSender,
    OwnStanding,
    PairExists,
    PeerNotFound,
    PictureNotFound,
    PreviewFailed,
    RoomNotFound,
    StorageFailed,
    TooLarge,
    TooManyHearings,
    UnknownUser,
    UnknownWorkspace,
    UserNotFound,
    WrongNumberOfMembers,
    WrongRanks,
)

_log = logging.getLogger("enfilade")


class Error(BaseModel):
    """The body of an error, in developer mode alone."""

    model_config = ConfigDict(extra="forbid")

    trace_id: str = Field(serialization_alias="traceId", pattern="^[0-9a-f]{32}$")
    message: str


class _Told(NamedTuple):
    """How a fact is told: with the first of these statuses that the operation documents."""

    statuses: tuple[int, ...]
    sentence: str


_FACTS: Final[Mapping[type[Exception], _Told]] = {
    AlreadyJoined: _Told((409,), "you are in the meeting by this websocket"),
    AlreadyMember: _Told((400,), "one of them is a member already"),
    AttachmentNotFound: _Told((404,), "there is no such attachment"),
    BlobSwept: _Told((424,), "the file took too long to arrive"),
    ConferenceDisabled: _Told((403,), "an administrator has disabled the meeting"),
    ConferenceFull: _Told((403,), "as many are in the meeting as an administrator lets in"),
    FeedFailed: _Told((424,), "nothing is heard of changes just now"),
    FixedMembers: _Told((400, 403), "the members of a one-to-one or a channel are what they are"),
    FixedRoom: _Told((400, 403), "a one-to-one is neither changed nor deleted"),
    GroupFull: _Told((400,), "the group would have more than maxGroupMembers members"),
    LastOwner: _Told((403,), "the last owner cannot leave while others stay"),
    MediaEngineMissing: _Told((424,), "no media engine is configured"),
    MeetingExists: _Told((409,), "the room has a meeting already"),
    MeetingNotFound: _Told((404,), "there is no such meeting"),
    MemberNotFound: _Told((404, 204), "the user is no member of the room"),
    NameNeeded: _Told((400,), "a room of this type needs a name"),
    NamedTwice: _Told((400,), "one of the members is named twice"),
    NeverMuted: _Told((403,), "a workspace cannot be muted"),
    NeverPictured: _Told((400,), "only groups have pictures"),
    NoPlaceForFiles: _Told((400,), "nobody sends files to a workspace or a channel"),
    NoStanza: _Told((400,), "originalMessage is no stanza that can be read"),
    NoSuchPages: _Told((400,), "the document does not have these pages"),
    NotAMember: _Told((403, 404), "you are no member of the room"),
    NotAPicture: _Told((400,), "the picture is empty"),
    NotConnected: _Told((400,), "queue-id is not the name of an open websocket of yours"),
    NotAnOwner: _Told((403,), "you are no owner of the room"),
    NotOneself: _Told((403,), "the picture of a user is his own affair"),
    NotPreviewable: _Told((400,), "the file is of another kind, broken, locked, empty or too large to be opened"),
    NotForOthers: _Told((400,), "nobody switches on what another sends"),
    NotTheSender: _Told((403,), "you are neither who sent it nor an owner of the room"),
    NothingToChange: _Told((400,), "neither name nor description is given"),
    OwnStanding: _Told((403,), "nobody promotes or demotes himself"),
    PairExists: _Told((409,), "these two have a one-to-one already"),
    PeerNotFound: _Told((404,), "the user is not in the meeting"),
    PictureNotFound: _Told((404,), "there is no picture"),
    PreviewFailed: _Told((424,), "no preview could be made just now"),
    RoomNotFound: _Told((404, 204), "there is no such room"),
    StorageFailed: _Told((424,), "the store of files does not answer as it should"),
    TooLarge: _Told((413, 400), "the file is too large"),
    TooManyHearings: _Told((429,), "you have as many websockets open as you may"),
    UnknownUser: _Told((400,), "one of the members is no user"),
    UnknownWorkspace: _Told((400,), "parentId is not the id of a workspace"),
    UserNotFound: _Told((404,), "there is no such user"),
    WrongNumberOfMembers: _Told((400,), "a room of this type is not made of so many members"),
    WrongRanks: _Told((400,), "the ranks are not 1..n or 0..n-1 over all rooms that are ordered"),
}
_PLAIN: Final[Mapping[int, str]] = {
    400: "the request is malformed",
    401: "no valid token is shown",
    403: "the page that opens the websocket is another site's",
    404: "there is no such path",
    405: "the path has no such method",
    408: "nothing of the body came for too long",
    413: "the body is too large",
    416: "the file has no such bytes",
    426: "this is a websocket: open it by Upgrade",
    429: "too many wrong tokens came from this address",
    431: "the header fields are larger than 32 KiB",
    500: "internal error",
}
_OF_EVERY_OPERATION = (431, 500)


def refusals(*statuses: int, anonymous: bool = False) -> Responses:
    """Describe what an operation answers besides its success: these statuses, and those of every one."""
    every = {*statuses, *_OF_EVERY_OPERATION, *(() if anonymous else (401, 429))}
    return {status: {"description": HTTPStatus(status).phrase} for status in sorted(every)}


def refusal(
    connection: HTTPConnection, status: int, sentence: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the whole answer; with no body, but in developer mode."""
    if not resources(connection).settings.chats.developer_mode:
        return Response(status_code=status, headers=headers)
    error = Error(trace_id=connection.state.trace_id, message=sentence or _PLAIN[status])
    return JSONResponse(error.model_dump(by_alias=True), status, headers)


async def _fact(connection: HTTPConnection, error: Exception) -> Response:
    told = _FACTS[type(error)]
    status = next(status for status in told.statuses if _is_documented(connection.scope["route"], status))
    return Response(status_code=204) if status == 204 else refusal(connection, status, told.sentence)


def _is_documented(route: APIRoute | APIWebSocketRoute, status: int) -> bool:
    return not isinstance(route, APIRoute) or status in {route.status_code, *route.responses}


async def _storage_failed(request: Request, error: Exception) -> Response:
    _log.warning("the store failed: %s", error)  # why is for the operator, and not for the caller
    return await _fact(request, error)


async def _plain(connection: HTTPConnection, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return refusal(connection, status, headers=fields_beside(connection, error))


async def _invalid_input(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return refusal(request, 400, _of_input(error.errors()[0]))


def _of_input(first: Mapping[str, Any]) -> str:
    if first["type"] == "json_invalid":
        return "the body is no JSON"
    where = ".".join(str(part) for part in first["loc"] if part not in KINDS_OF_BODY)
    return f"{where}: {'must be an object' if first['type'] == 'model_type' else first['msg']}"


ANSWERS: Final[dict[int | type[Exception], Answer]] = {
    **dict.fromkeys(_FACTS, _fact),
    StorageFailed: _storage_failed,
    RequestValidationError: _invalid_input,
    HTTPException: _plain,
    Exception: _plain,
}
