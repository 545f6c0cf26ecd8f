"""What `/api/realtime` answers when something cannot be done: its "Error codes", to the letter."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.apis.dependencies import Answer, allow
from app.domain.errors import ConferenceNotFound, InvalidJoinToken, InvalidKey, Refused


class InvalidPagingToken(Refused):
    """The paging token is not one of ours, or was tampered with."""


_PLAIN: Final[Mapping[int, tuple[str, str]]] = {
    401: ("BASE-00001", "Authorization missing."),
    404: ("BASE-00404", "The requested path does not exist."),
    405: ("BASE-00405", "The method is not allowed for this path."),
    413: ("BASE-00413", "The passed body is too large."),
    415: ("BASE-00017", "Passed media type is not supported."),
    431: ("BASE-00431", "The passed header fields are too large."),
    500: ("BASE-00500", "An internal error occurred."),
}


def plain(status: int, headers: Mapping[str, str] | None = None) -> Response:
    """Return an error that has no id: those of every path, and the missing credential."""
    code, sentence = _PLAIN[status]
    return _answer(status, code, None, sentence, headers)


def _answer(
    status: int, code: str, id: str | None, sentence: str, headers: Mapping[str, str] | None = None
) -> Response:
    body = {"httpCode": status, "code": code, "id": id, "description": [sentence]}
    return JSONResponse(body, status, headers)


def _refusal(code: str, id: str | None, sentence: str) -> Response:
    return _answer(400, code, id, sentence)


async def _http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return plain(error.status_code, allow(request, error.status_code))


async def _crash(request: Request, error: Exception) -> Response:
    return plain(500)


async def _no_such_room(request: Request, error: Exception) -> Response:
    """Repeat the id as the caller spelled it, in the path or in the query."""
    spelled = request.path_params.get("id", request.query_params.get("id"))
    return _refusal(
        "REALTIME-00004",
        "CONFERENCE_ROOM_DOES_NOT_EXIST",
        f"A conference room with id ::= [{spelled}] does not exist.",
    )


async def _invalid_token(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return _refusal("REALTIME-00009", "INVALID_TOKEN", f"The token ::= [{error.presented}] is invalid.")


async def _invalid_input(request: Request, error: Exception) -> Response:
    """Speak of the first parameter that is wrong, in the order of the documentation's table."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where, *inside = first["loc"]
    if where == "body" and (not inside or first["type"] == "json_invalid"):
        return _refusal("BASE-00014", None, "The passed JSON body is invalid.")
    return _invalid_parameter(f"The parameter with name ::= [{inside[0]}] is ", first)


def _invalid_parameter(subject: str, fault: Mapping[str, Any]) -> Response:
    match fault:
        case {"type": "missing"}:
            return _refusal("BASE-00012", "MISSING_PARAMETER", f"{subject}missing")
        case {"type": "string_too_long", "ctx": {"max_length": most}}:
            return _refusal("BASE-00013", "STRING_SIZE", f"{subject}larger than ::= [{most}] characters")
        case {"type": "number_size", "ctx": {"least": least, "most": most}}:
            sentence = f"{subject}is not within the range from ::= [{least}] to [{most}]"  # "is is": theirs
            return _refusal("BASE-00015", "NUMBER_SIZE", sentence)
        case _:
            return _refusal("BASE-00016", "INVALID_PARAMETER", f"{subject}invalid")


ANSWERS: Final[dict[int | type[Exception], Answer]] = {
    ConferenceNotFound: _no_such_room,
    InvalidKey: _invalid_token,
    InvalidJoinToken: _invalid_token,
    InvalidPagingToken: _invalid_token,
    RequestValidationError: _invalid_input,
    HTTPException: _http_exception,
    Exception: _crash,
}
