"""Calls by telephone, as `/v2` reads and shows them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from app.apis.descriptions import Shown
from app.apis.hms.bodies import Said
from app.apis.hms.errors import bare
from app.apis.hms.template_parts import Few, Line

_TONES: Final = "0123456789*#ABCDabcd"
_NOTHING: Final[Sequence[object]] = (None, "", [])


def _digit(value: object) -> object:
    if not (isinstance(value, str) and len(value) == 1 and value in _TONES):
        raise bare("invalid digit")
    return value


_Digit = Annotated[str, BeforeValidator(_digit), WithJsonSchema({"type": "string", "enum": [*_TONES]})]
_NotEmpty = Annotated[Line, Field(json_schema_extra={"minLength": 1})]
Nothing = Annotated[dict[str, str], WithJsonSchema({"type": "object", "maxProperties": 0, "examples": [{}]})]


def _mandatory(sent: Any, *names: str, are: str = "is") -> Any:
    """Refuse a body that lacks one of these, as the documentation does, in this order."""
    for name in names if isinstance(sent, Mapping) else ():
        if sent.get(name) in _NOTHING:
            raise bare(f"{name} {are} mandatory")
    return sent


class TrunkChanges(Said):
    """What is said of a trunk: the way to a telephone network."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"from": "+15550100"}]})

    username: Line | None = None
    password: Line | None = Field(default=None, repr=False)
    address: Line | None = None
    from_: Line | None = Field(default=None, alias="from", description="The number that calls.")


class NewTrunk(TrunkChanges):
    """A trunk that is to be made."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"username": "ada", "password": "secret", "address": "trunk.example.org", "from": "+15550100"}]
        }
    )

    address: _NotEmpty
    from_: _NotEmpty = Field(alias="from", description="The number that calls.")

    @model_validator(mode="before")
    @classmethod
    def _is_whole(cls, sent: Any) -> Any:
        return _mandatory(sent, "address", "from")


class NewCall(Said):
    """Somebody who is to be called into a room."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"to": "+15550100", "room_code": "wqm-tzfa-olh", "trunk_id": "01a2034eede1d3b69c0210f3"}]
        }
    )

    to: _NotEmpty
    room_code: _NotEmpty = Field(repr=False)
    trunk_id: _NotEmpty
    name: Line | None = None
    user_id: Line | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_whole(cls, sent: Any) -> Any:
        return _mandatory(sent, "to", "room_code", "trunk_id")


class Tones(Said):
    """What is to be heard at the other end of each call of a room."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"digits": ["0", "1", "#"]}]})

    digits: Annotated[Few[_Digit], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _is_whole(cls, sent: Any) -> Any:
        return _mandatory(sent, "digits", are="are")


class Made(Shown):
    """A trunk, or a call, that is there now."""

    id: str = Field(examples=["01a2034eede1d3b69c0210f3"])
