"""What `/v2` answers when something cannot be done, in its two documented shapes.

A thing that is not there: `{code, message, data: {description}}`. All else: `{code, message, details: [text]}`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic_core import PydanticCustomError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.apis.dependencies import allow
from app.apis.hms.tokens import TokenRefused
from app.domain.errors import (
    ConferenceNotFound,
    KeyNotFound,
    LargeRoomNeeded,
    NameTaken,
    SecretKeyMismatch,
    UnknownTemplate,
)


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


def _invalid(where: str, detail: str) -> Response:
    return _answer(400, _INVALID[where], f"{_INVALID[where]}: {detail}")


async def _path_or_method(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return plain(error.status_code, allow(request, error.status_code))


async def _crash(request: Request, error: Exception) -> Response:
    return plain(500)


async def _token_refused(request: Request, error: Exception) -> Response:
    return _answer(401, "Token validation error", str(error))


async def _no_such_key(request: Request, error: Exception) -> Response:
    """Speak of a key that was sealed under another SECRET_KEY, and cannot be used, as if it were not there."""
    return _answer(401, "Token validation error", "not found")


async def _not_permitted(request: Request, error: Exception) -> Response:
    return _answer(403, "Forbidden", "The API management token provided doesn't have enough permission")


async def _no_room(request: Request, error: Exception) -> Response:
    text = "Error: Room not found"
    return JSONResponse({"code": 404, "message": text, "data": {"description": text}}, 404)


async def _no_such_template(request: Request, error: Exception) -> Response:
    return _answer(400, "Error: template not found", "Error: template not found")


async def _name_taken(request: Request, error: Exception) -> Response:
    return _invalid("body", "name is taken by another room")


async def _large_room_needed(request: Request, error: Exception) -> Response:
    return _invalid("body", "room size greater than 2500, set large_room flag as true")


async def _invalid_input(request: Request, error: Exception) -> Response:
    """Speak of the first member or parameter that is wrong, in the order of the documentation's table."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where, *inside = first["loc"]
    match first["type"]:
        case "message":
            return _answer(400, first["msg"], first["msg"])
        case "sentence":
            return _invalid(where, first["msg"])
        case "json_invalid":
            return _invalid("body", "body is not a JSON object")
    return _invalid(where, _of_member(inside, first) if inside else "body is not a JSON object")


def _of_member(path: Sequence[str | int], first: Mapping[str, Any]) -> str:
    words = first["msg"] if first["type"] == "fault" else _WORDS.get(first["type"], "is invalid")
    return f"{'.'.join(map(str, path))} {words.format_map(first.get('ctx', {}))}"


ANSWERS: Final = {
    TokenRefused: _token_refused,
    KeyNotFound: _no_such_key,
    SecretKeyMismatch: _no_such_key,
    NotPermitted: _not_permitted,
    ConferenceNotFound: _no_room,
    UnknownTemplate: _no_such_template,
    NameTaken: _name_taken,
    LargeRoomNeeded: _large_room_needed,
    RequestValidationError: _invalid_input,
    HTTPException: _path_or_method,
    Exception: _crash,
}


def register(application: FastAPI) -> None:
    """Let this dialect answer every error of the application."""
    for fact, answer in ANSWERS.items():
        application.add_exception_handler(fact, answer)
