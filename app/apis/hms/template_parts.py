"""What all parts of a template's documents have in common.

Their members are spelled in camelCase; those that nobody knows are dropped, those that are null are absent. Where the
documentation knows no most, there is one all the same: a template is read, completed and written as a whole, and a page
shows a hundred of them.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, TypeVar

from pydantic import (
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import to_json
from pydantic_core.core_schema import CoreSchema, no_info_before_validator_function

from app.apis.dependencies import Whole
from app.apis.hms.bodies import Said
from app.apis.hms.bounds import LARGEST, Between, Characters
from app.apis.hms.errors import fault
from app.apis.hms.spellings import Text

_NULL: Final = {"type": "null"}
_ABOUT: Final = ("title", "description", "default", "examples")
LINE: Final = Characters(0, 2048)
MOST_MEMBERS: Final = 100
_MOST_OF_A_NAME: Final = 255
_AnyName = Annotated[Text, Characters(1, _MOST_OF_A_NAME)]

Item = TypeVar("Item")


class CamelCased(Said):
    """A body, or an object inside, whose members are spelled like `roomState`."""

    model_config = ConfigDict(alias_generator=to_camel)

    @property
    def document(self) -> dict[str, Any]:
        """The object as it is stored and shown, in the documented order."""
        return self.model_dump(by_alias=True, exclude_none=True)

    @property
    def json_text(self) -> str:
        """The document as JSON."""
        return to_json(self.document).decode()


class Part(CamelCased):
    """An object inside a document: what it does not say is as its fields have it."""

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, sent: Any) -> Any:
        return dict(_items(sent)) if isinstance(sent, dict) else sent

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        reference = handler(core_schema)
        schema = handler.resolve_ref_schema(reference)
        required = schema.get("required", ())
        schema["properties"] = {
            name: member if name in required else _or_null(member) for name, member in schema["properties"].items()
        }
        return reference


class Named(Part):
    """An object that stands in a map, and whose name is its key there."""

    name: Text | None = Field(default=None, description="The name that it stands under.")


def _or_null(member: dict[str, Any]) -> dict[str, Any]:
    if _NULL in member.get("anyOf", ()):
        return member
    about: dict[str, Any] = {name: member.pop(name) for name in _ABOUT if name in member}
    if "$ref" in member:
        about.pop("default", None)  # it is said there
    return {**about, "anyOf": [member, _NULL]}


def _items(sent: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in sent.items() if value is not None)


class Bounded:
    """The bounds of a map, judged before anything that stands in it; what is null there is absent.

    `names`: what its keys are described as.
    """

    def __init__(self, names: Any = _AnyName) -> None:
        self._names = names

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_before_validator_function(self._judge, handler(source))

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core_schema)
        entries = _or_null(schema["additionalProperties"])
        return {
            **schema,
            "maxProperties": MOST_MEMBERS,
            "propertyNames": TypeAdapter(self._names).json_schema(),
            "additionalProperties": entries,
        }

    def _judge(self, sent: object) -> object:
        if not isinstance(sent, dict):
            return sent
        if len(sent) > MOST_MEMBERS:
            raise fault(f"must have at most {MOST_MEMBERS} members")
        if not all(1 <= len(name) <= _MOST_OF_A_NAME and "\0" not in name for name in sent):
            raise fault(f"must have names of 1 to {_MOST_OF_A_NAME} characters, without NUL")
        return {key: self._entry(key, entry) for key, entry in _items(sent)}

    def _entry(self, key: str, entry: object) -> object:
        return entry


class ByKey(Bounded):
    """The bounds of a map in which each object has its key as its name, whether it says so itself or not."""

    def _entry(self, key: str, entry: object) -> object:
        if not isinstance(entry, dict):
            return entry
        name = entry.get("name")
        if isinstance(name, str) and name != key:
            wrong = fault("must be the name that it stands under, or absent")
            raise ValidationError.from_exception_data("map", [{"type": wrong, "loc": (key, "name"), "input": name}])
        return {**entry, "name": key} if name is None else entry


Map = Annotated[dict[str, Item], Bounded()]
ByName = Annotated[dict[str, Item], ByKey()]
Few = Annotated[list[Item], Field(fail_fast=True, max_length=MOST_MEMBERS)]
Line = Annotated[Text, LINE]
Count = Annotated[Whole, Between(0, LARGEST)]
Seconds = Annotated[Count | None, Field(description="In seconds.")]
