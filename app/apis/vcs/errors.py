"""What `/api/realtime` answers when something cannot be done: its "Error codes", to the letter."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi.exceptions import RequestValidationError
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from app.apis import descriptions
from app.apis.dependencies import Answer, fields_beside
from app.apis.descriptions import Refusal, Responses
from app.domain.errors import ConferenceNotFound, InvalidJoinToken, InvalidKey, Refused


class InvalidPagingToken(Refused):
    """The paging token is not one of ours, or was tampered with."""


class Error(Refusal):
    """Every error. Some kinds have an `id` besides their `code`; for the others it is null."""

    http_code: int = Field(serialization_alias="httpCode")
    code: Annotated[str, Field(pattern="^(BASE|REALTIME)-[0-9]{5}$")]
    id: str | None
    description: Annotated[list[str], Field(min_length=1, max_length=1)]

    @property
    def status(self) -> int:
        return self.http_code

    @property
    def sentence(self) -> str:
        return self.description[0]


_PLAIN: Final[Mapping[int, tuple[str, str]]] = {
    401: ("BASE-00001", "Authorization missing."),
    404: ("BASE-00404", "The requested path does not exist."),
    405: ("BASE-00405", "The method is not allowed for this path."),
    413: ("BASE-00413", "The passed body is too large."),
    415: ("BASE-00017", "Passed media type is not supported."),
    429: ("BASE-00429", "Too many invalid credentials were passed."),
    431: ("BASE-00431", "The passed header fields are too large."),
    500: ("BASE-00500", "An internal error occurred."),
}


def plain(status: int) -> Error:
    """Return an error that has no id: those of every path, and the missing credential."""
    code, sentence = _PLAIN[status]
    return Error(http_code=status, code=code, id=None, description=[sentence])


def _refusal(code: str, id: str | None, sentence: str) -> Error:
    return Error(http_code=400, code=code, id=id, description=[sentence])


def no_such_room(spelled: str) -> Error:
    """Repeat the id as the caller spelled it."""
    sentence = f"A conference room with id ::= [{spelled}] does not exist."
    return _refusal("REALTIME-00004", "CONFERENCE_ROOM_DOES_NOT_EXIST", sentence)


def invalid_token(presented: str) -> Error:
    """Speak of a token of any kind, the API key too."""
    return _refusal("REALTIME-00009", "INVALID_TOKEN", f"The token ::= [{presented}] is invalid.")


def invalid_body() -> Error:
    """Speak of a body that is no JSON object."""
    return _refusal("BASE-00014", None, "The passed JSON body is invalid.")


def _parameter(name: str, fault: str) -> str:
    return f"The parameter with name ::= [{name}] is {fault}"


def missing(name: str) -> Error:
    """Speak of a parameter or member that is needed."""
    return _refusal("BASE-00012", "MISSING_PARAMETER", _parameter(name, "missing"))


def too_long(name: str, most: int) -> Error:
    """Speak of a text of more characters (code points)."""
    return _refusal("BASE-00013", "STRING_SIZE", _parameter(name, f"larger than ::= [{most}] characters"))


def out_of_range(name: str, least: int, most: int) -> Error:
    """Speak of a number that is none of these; the doubled "is" is theirs."""
    sentence = _parameter(name, f"is not within the range from ::= [{least}] to [{most}]")
    return _refusal("BASE-00015", "NUMBER_SIZE", sentence)


def invalid(name: str) -> Error:
    """Speak of a parameter or member of the wrong type, or none of those that there are."""
    return _refusal("BASE-00016", "INVALID_PARAMETER", _parameter(name, "invalid"))


OF_BODY: Final = (plain(413), plain(415), invalid_body())
_OF_EVERY_OPERATION: Final = (plain(401), invalid_token("B53AF55E"), plain(429), plain(431), plain(500))


def refusals(*own: Error) -> Responses:
    """Describe what an operation answers besides its success: its `own` refusals, and those of every one."""
    return descriptions.responses([*_OF_EVERY_OPERATION, *own])


async def _plain(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return plain(status).response(fields_beside(request, error))


async def _no_such_room(request: Request, error: Exception) -> Response:
    """Find the id in the path or in the query."""
    return no_such_room(str(request.path_params.get("id", request.query_params.get("id")))).response()


async def _invalid_token(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return invalid_token(error.presented).response()


async def _invalid_input(request: Request, error: Exception) -> Response:
    """Speak of the first parameter that is wrong, in the order of the documentation's table."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where, *inside = first["loc"]
    if where == "body" and (not inside or first["type"] == "json_invalid"):
        return invalid_body().response()
    return _invalid_parameter(inside[0], first).response()


def _invalid_parameter(name: str, fault: Mapping[str, Any]) -> Error:
    match fault:
        case {"type": "missing"}:
            return missing(name)
        case {"type": "string_too_long", "ctx": {"max_length": most}}:
            return too_long(name, most)
        case {"type": "number_size", "ctx": {"least": least, "most": most}}:
            return out_of_range(name, least, most)
        case _:
            return invalid(name)


ANSWERS: Final[dict[int | type[Exception], Answer]] = {
    ConferenceNotFound: _no_such_room,
    InvalidKey: _invalid_token,
    InvalidJoinToken: _invalid_token,
    InvalidPagingToken: _invalid_token,
    RequestValidationError: _invalid_input,
    HTTPException: _plain,
    Exception: _plain,
}
