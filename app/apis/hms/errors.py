"""What `/v2` answers when something cannot be done, in its two documented shapes.

A thing that is not there: `{code, message, data: {description}}`. All else: `{code, message, details: [text]}`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from pydantic_core import PydanticCustomError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.apis.dependencies import Answer, allow
from app.apis.hms.tokens import TokenRefused
from app.domain.errors import ConferenceNotFound, LargeRoomNeeded, NameTaken, UnknownTemplate


class NotPermitted(Exception):
    """The token is valid, but not for what it was shown for."""


def fault(text: str) -> PydanticCustomError:
    """Return what is wrong with a member, to be said after its name: `must be …`."""
    return PydanticCustomError("fault", "{text}", {"text": text})


def sentence(text: str) -> PydanticCustomError:
    """Return what is wrong as a documented sentence, which names the member itself."""
    return PydanticCustomError("sentence", "{text}", {"text": text})


def message(text: str) -> PydanticCustomError:
    """Return what is wrong as one of the texts that are the answer's message themselves."""
    return PydanticCustomError("message", "{text}", {"text": text})


_PLAIN: Final[Mapping[int, tuple[str, str]]] = {
    404: ("Not Found", "path not found"),
    405: ("Method Not Allowed", "method not allowed"),
    413: ("Payload Too Large", "body is larger than 1 MiB"),
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
    "too_long": "must have at most {max_length} elements",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
}


def plain(status: int, headers: Mapping[str, str] | None = None) -> Response:
    """Return an error that every path can meet."""
    text, detail = _PLAIN[status]
    return _answer(status, text, detail, headers)


def _answer(status: int, text: str, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"code": status, "message": text, "details": [detail]}, status, headers)


def _alone(text: str) -> Response:
    return _answer(400, text, text)


def _invalid(where: str, detail: str) -> Response:
    return _answer(400, _INVALID[where], f"{_INVALID[where]}: {detail}")


def _always(respond: Callable[[], Response]) -> Answer:
    async def answer(request: Request, error: Exception) -> Response:
        return respond()

    return answer


async def _http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return plain(error.status_code, allow(request, error.status_code))


async def _crash(request: Request, error: Exception) -> Response:
    return plain(500)


async def _token_refused(request: Request, error: Exception) -> Response:
    return _answer(401, "Token validation error", str(error))


def _missing(thing: str) -> Response:
    text = f"Error: {thing} not found"
    return JSONResponse({"code": 404, "message": text, "data": {"description": text}}, 404)


async def _invalid_input(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where, *inside = first["loc"]
    match first["type"]:
        case "message":
            return _alone(first["msg"])
        case "sentence":
            return _invalid(where, first["msg"])
        case "json_invalid":
            inside = []  # where in the text, not in the object
    return _invalid(where, _of_member(inside, first) if inside else "body is not a JSON object")


def _of_member(path: Sequence[str | int], first: Mapping[str, Any]) -> str:
    words = _WORDS.get(first["type"], "is invalid").format_map(first.get("ctx", {}))
    return f"{'.'.join(map(str, path))} {first['msg'] if first['type'] == 'fault' else words}"


_LARGE_ROOM_NEEDED: Final = "room size greater than 2500, set large_room flag as true"
_NO_PERMISSION: Final = "The API management token provided doesn't have enough permission"
ANSWERS: Final[dict[int | type[Exception], Answer]] = {
    TokenRefused: _token_refused,
    NotPermitted: _always(lambda: _answer(403, "Forbidden", _NO_PERMISSION)),
    ConferenceNotFound: _always(lambda: _missing("Room")),
    UnknownTemplate: _always(lambda: _alone("Error: template not found")),
    NameTaken: _always(lambda: _invalid("body", "name is taken by another room")),
    LargeRoomNeeded: _always(lambda: _invalid("body", _LARGE_ROOM_NEEDED)),
    RequestValidationError: _invalid_input,
    HTTPException: _http_exception,
    Exception: _crash,
}
