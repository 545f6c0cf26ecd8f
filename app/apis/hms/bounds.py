"""Bounds of what a body says: numbers from one to another, texts of so many characters, one of some words."""

from dataclasses import dataclass
from typing import Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError, ValidatorFunctionWrapHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core.core_schema import (
    CoreSchema,
    no_info_after_validator_function,
    no_info_plain_validator_function,
    no_info_wrap_validator_function,
)

from app.apis.hms.errors import fault

LARGEST: Final = 2_147_483_647
"""The most where the documentation knows no most: what no program has trouble with."""


@dataclass(frozen=True, slots=True)
class Between:
    """The least and the most that a number is, and what it is a multiple of; any other value is refused alike.

    With bounds that are integers it is one, too.
    """

    least: float
    most: float
    step: int = 1

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_wrap_validator_function(self._judge, handler(source))

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        steps = {"multipleOf": self.step} if self.step != 1 else {}
        kind = "integer" if self._is_whole else "number"
        return {"type": kind, "minimum": self.least, "maximum": self.most, **steps}

    def _judge(self, value: object, judge: ValidatorFunctionWrapHandler) -> object:
        try:
            number = judge(value)
        except ValidationError:
            number = None
        if number is None or not self.least <= number <= self.most or (self._is_whole and number % self.step):
            raise fault(f"must be {self._kind} from {self.least} to {self.most}")
        return number

    @property
    def _is_whole(self) -> bool:
        return isinstance(self.most, int)

    @property
    def _kind(self) -> str:
        if self.step != 1:
            return f"a multiple of {self.step}"
        return "an integer" if self._is_whole else "a number"


@dataclass(frozen=True, slots=True)
class Characters:
    """How many characters a text has at least and at most."""

    least: int
    most: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_after_validator_function(self._judge, handler(source))

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        least = {"minLength": self.least} if self.least else {}
        return {**handler(core_schema), **least, "maxLength": self.most}

    def _judge(self, text: str) -> str:
        if not self.least <= len(text) <= self.most:
            many = f"{self.least} to {self.most}" if self.least else f"at most {self.most}"
            raise fault(f"must have {many} characters")
        return text


class OneOf:
    """The words of which a text is one; any other value is refused alike."""

    def __init__(self, *words: str) -> None:
        self._words = words

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_plain_validator_function(self._judge)

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "enum": list(self._words)}

    def _judge(self, value: object) -> object:
        if value not in self._words:
            *others, last = self._words
            raise fault(f"must be {', '.join(others)} or {last}" if others else f"must be {last}")
        return value
