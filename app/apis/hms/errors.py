"""What `/v2` answers when something cannot be done, in its three documented shapes.

A thing that is not there: `{code, message, data: {description}}`. What needs a media engine, and calls by telephone:
`{code, message}`. All else: `{code, message, details: [text]}`.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, get_args

from fastapi.exceptions import RequestValidationError
from pydantic import Field
from pydantic_core import PydanticCustomError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.apis import descriptions
from app.apis.dependencies import Answer, fields_beside
from app.apis.descriptions import Refusal, Responses, Shown
from app.apis.hms.tokens import Reason, TokenRefused
from app.apis.routes import TooLargeOfAStranger
from app.domain.errors import (
    CodeDisabled,
    ConferenceDisabled,
    ConferenceNotFound,
    DefaultTemplateNeeded,
    ExternalStreamNotFound,
    KeyNotFound,
    LargeRoomNeeded,
    LiveStreamNotFound,
    MediaEngineMissing,
    NameTaken,
    OptionNotFound,
    PeerNotFound,
    PollNotFound,
    PollTooLarge,
    QuestionNotFound,
    RecordingAssetNotFound,
    RecordingNotFound,
    ReplayNotFound,
    ReplaysBusy,
    RoleGone,
    RoleNotFound,
    RoleTaken,
    RoomCodeNotFound,
    SessionNotFound,
    StreamKeyExists,
    StreamKeyNotFound,
    TemplateNotFound,
    TemplateTaken,
    TemplateTooLarge,
    TooManyAtOnce,
    TooManyRoles,
    TooManyRoomCodes,
    TrunkNotFound,
    UnknownPoll,
    UnknownTemplate,
)


class RefusedWith(Exception):
    """The dialect itself refuses, in these words."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__()
        self.refusal = refusal


class Coded(Refusal):
    """What every error has: its status and a sentence."""

    code: int
    message: str

    @property
    def status(self) -> int:
        return self.code

    @property
    def sentence(self) -> str:
        return self.message


class Error(Coded):
    """Every error but that of a thing that is not there."""

    details: Annotated[list[str], Field(min_length=1, max_length=1)]

    @property
    def sentence(self) -> str:
        return self.details[0]


class Description(Shown):
    """What is not there, once more."""

    description: str


class Missing(Coded):
    """A thing that is not there."""

    data: Description


class Bare(Coded):
    """What needs a media engine where there is none, and what is wrong with a call by telephone."""


def fault(text: str) -> PydanticCustomError:
    """Return what is wrong with a member, to be said after its name: `must be …`."""
    return PydanticCustomError("fault", "{text}", {"text": text})


def sentence(text: str) -> PydanticCustomError:
    """Return what is wrong as a documented sentence, which names the member itself."""
    return PydanticCustomError("sentence", "{text}", {"text": text})


def message(text: str) -> PydanticCustomError:
    """Return what is wrong as one of the texts that are the answer's message themselves."""
    return PydanticCustomError("message", "{text}", {"text": text})


def bare(text: str) -> PydanticCustomError:
    """Return what is wrong as one of the texts that stand in an answer without details."""
    return PydanticCustomError("bare", "{text}", {"text": text})


_PLAIN: Final[Mapping[int, tuple[str, str]]] = {
    404: ("Not Found", "path not found"),
    405: ("Method Not Allowed", "method not allowed"),
    413: ("Payload Too Large", "body is larger than 1 MiB"),
    429: ("Too Many Requests", "rate limit exceeded, retry after a minute"),
    431: ("Request Header Fields Too Large", "header fields are larger than 32 KiB"),
    500: ("Internal Server Error", "internal error"),
}
_INVALID: Final = {"body": "Invalid body param", "query": "Invalid query parameter"}
_WORDS: Final = {
    "missing": "is required",
    "nul": "must not contain NUL",
    "string_type": "must be a string",
    "bool_type": "must be a boolean",
    "int_type": "must be an integer",
    "list_type": "must be an array",
    "too_short": "must not be empty",
    "too_long": "must have at most {max_length} elements",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
}


def plain(status: int) -> Error:
    """Return an error that every path can meet."""
    text, detail = _PLAIN[status]
    return Error(code=status, message=text, details=[detail])


def alone(text: str, code: int = 400) -> Error:
    """Return one of the texts that are the message and its details."""
    return Error(code=code, message=text, details=[text])


def invalid(where: str, detail: str) -> Error:
    """Return what is wrong with the body or the query."""
    return Error(code=400, message=_INVALID[where], details=[f"{_INVALID[where]}: {detail}"])


def missing(thing: str) -> Missing:
    """Say that there is no such thing: `Room`."""
    text = f"Error: {thing} not found"
    return Missing(code=404, message=text, data=Description(description=text))


def token_refused(reason: str) -> Error:
    """Return what is wrong with the token."""
    return Error(code=401, message="Token validation error", details=[reason])


NOT_PERMITTED: Final = Error(
    code=403,
    message="Forbidden",
    details=["The API management token provided doesn't have enough permission"],
)
UNKNOWN_TEMPLATE: Final = alone("Error: template not found")
NAME_TAKEN: Final = invalid("body", "name is taken by another room")
TEMPLATE_TAKEN: Final = invalid("body", "name is taken by another template")
DEFAULT_TEMPLATE_NEEDED: Final = invalid("body", "default must stay true until another template is the default one")
TEMPLATE_TOO_LARGE: Final = invalid("body", "roles and destinations must each not be larger than 256 KiB")
ROLE_TAKEN: Final = invalid("body", "name is taken by another role")
POLL_TOO_LARGE: Final = invalid("body", "questions must not be larger than 256 KiB")
UNKNOWN_POLL: Final = invalid("body", "polls must be ids of polls")
ANOTHER_INDEX: Final = invalid("body", "index must be the one of the path, or absent")
ROOM_DISABLED: Final = alone("Room is disabled", 403)
CODE_DISABLED: Final = alone("Room code is disabled", 403)
ROLE_GONE: Final = alone("Role of the room code does not exist", 403)
NO_SIGNING_KEY: Final = alone("There is no key to sign a token with", 403)
TOO_MANY_ROLES: Final = invalid("body", "roles must have at most 100 members")
TOO_MANY_CODES: Final = alone("Room has as many room codes as a room can have: 100")
STREAM_KEY_EXISTS: Final = alone("Room has an active stream key")
NO_MEDIA_ENGINE: Final = Bare(code=501, message="media engine is not configured")
LARGE_ROOM_NEEDED: Final = invalid("body", "room size greater than 2500, set large_room flag as true")
TOO_LONG_AGO: Final = alone("start_time must be within the last 30 days")
TOO_LONG: Final = alone("end_time must be within 14 days after start_time")
REPLAY_NOT_FOUND: Final = alone("workflow not found", 404)
REPLAYS_BUSY: Final = alone("webhook replay service unavailable", 503)
UNKNOWN_MEMBER: Final = invalid("body", "body has a member that is unknown")
TOO_LARGE_OF_A_STRANGER: Final = Error(code=413, message=_PLAIN[413][0], details=["body is larger than 64 KiB"])
NO_OBJECT: Final = "body is not a JSON object"
NO_ARRAY: Final = "body is not a JSON array"
OF_SETTINGS: Final = (
    alone("Error: region not supported"),
    alone("Bucket location is missing"),
    alone("Invalid upload configuration"),
)
OF_BODY: Final = (plain(413), invalid("body", NO_OBJECT))
_OF_TOKENS: Final = (*map(token_refused, get_args(Reason)), NOT_PERMITTED)
_OF_EVERY_OPERATION: Final = (plain(429), plain(431), plain(500))


def refusals(*own: Refusal, anonymous: bool = False) -> Responses:
    """Describe what an operation answers besides its success: its `own` refusals, and those of every one.

    One that is `anonymous` refuses no token.
    """
    return descriptions.responses([*(() if anonymous else _OF_TOKENS), *_OF_EVERY_OPERATION, *own])


def _always(refusal: Refusal) -> Answer:
    async def answer(request: Request, error: Exception) -> Response:
        return refusal.response()

    return answer


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedWith)
    return error.refusal.response()


async def _plain(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return plain(status).response(fields_beside(request, error))


async def _too_many_at_once(request: Request, error: Exception) -> Response:
    return plain(429).response({"Retry-After": "1"})


async def _token_refused(request: Request, error: Exception) -> Response:
    return token_refused(str(error)).response()


async def _invalid_input(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    return _of_input(first, *first["loc"]).response()


def _of_input(first: Mapping[str, Any], where: str, *inside: str | int) -> Error | Bare:
    match first["type"]:
        case "message":
            return alone(first["msg"])
        case "bare":
            return Bare(code=400, message=first["msg"])
        case "sentence":
            return invalid(where, first["msg"])
        case "extra_forbidden":  # its name is not ours, and might be a code
            return UNKNOWN_MEMBER
        case "list_type" if not inside:
            return invalid(where, NO_ARRAY)
    return invalid(where, _of_member(inside, first) if inside else NO_OBJECT)


def _of_member(path: Sequence[str | int], first: Mapping[str, Any]) -> str:
    words = _WORDS.get(first["type"], "is invalid").format_map(first.get("ctx", {}))
    return f"{'.'.join(map(str, path))} {first['msg'] if first['type'] == 'fault' else words}"


ANSWERS: Final[dict[int | type[Exception], Answer]] = {
    TokenRefused: _token_refused,
    RefusedWith: _refused,
    ConferenceNotFound: _always(missing("Room")),
    SessionNotFound: _always(missing("Session")),
    PeerNotFound: _always(missing("Peer")),
    RoleNotFound: _always(missing("Role")),
    RoomCodeNotFound: _always(missing("Room code")),
    StreamKeyNotFound: _always(missing("Stream key")),
    RecordingNotFound: _always(missing("Recording")),
    ReplayNotFound: _always(REPLAY_NOT_FOUND),
    ReplaysBusy: _always(REPLAYS_BUSY),
    RecordingAssetNotFound: _always(missing("Recording asset")),
    LiveStreamNotFound: _always(missing("Live stream")),
    ExternalStreamNotFound: _always(missing("External stream")),
    TrunkNotFound: _always(missing("Trunk")),
    TemplateNotFound: _always(missing("Template")),
    PollNotFound: _always(missing("Poll")),
    QuestionNotFound: _always(missing("Question")),
    OptionNotFound: _always(missing("Option")),
    ConferenceDisabled: _always(ROOM_DISABLED),
    KeyNotFound: _always(NO_SIGNING_KEY),
    CodeDisabled: _always(CODE_DISABLED),
    RoleGone: _always(ROLE_GONE),
    MediaEngineMissing: _always(NO_MEDIA_ENGINE),
    DefaultTemplateNeeded: _always(DEFAULT_TEMPLATE_NEEDED),
    TemplateTooLarge: _always(TEMPLATE_TOO_LARGE),
    PollTooLarge: _always(POLL_TOO_LARGE),
    RoleTaken: _always(ROLE_TAKEN),
    StreamKeyExists: _always(STREAM_KEY_EXISTS),
    TemplateTaken: _always(TEMPLATE_TAKEN),
    TooManyAtOnce: _too_many_at_once,
    TooManyRoles: _always(TOO_MANY_ROLES),
    TooManyRoomCodes: _always(TOO_MANY_CODES),
    UnknownPoll: _always(UNKNOWN_POLL),
    UnknownTemplate: _always(UNKNOWN_TEMPLATE),
    NameTaken: _always(NAME_TAKEN),
    LargeRoomNeeded: _always(LARGE_ROOM_NEEDED),
    RequestValidationError: _invalid_input,
    TooLargeOfAStranger: _always(TOO_LARGE_OF_A_STRANGER),
    HTTPException: _plain,
    Exception: _plain,
}
