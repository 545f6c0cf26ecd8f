"""What an API says of itself: the OpenAPI description that FastAPI makes of types, names and docstrings.

FastAPI's own refusal, which no client of ours ever hears, is taken out. A type that reads more, or less, than its name
says has `WithJsonSchema` beside it.
"""

from collections.abc import Mapping, Sequence
from functools import cache, reduce
from http import HTTPStatus
from importlib.metadata import version
from operator import attrgetter, or_
from typing import Any, ClassVar, Final, Literal, TypeAlias

from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig
from fastapi.utils import create_model_field
from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core.core_schema import CoreSchema
from starlette.responses import JSONResponse, Response

NO_TELEMETRY: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False}
"""FastAPI would otherwise ask with every request who wants its telemetry; ours are the front door's log lines."""

Responses: TypeAlias = dict[int | str, dict[str, Any]]

_NULL = {"type": "null"}
_JSON = "application/json"
_TRACE_ID = "X-Trace-Id"
_OF_TRACE_ID = {
    "description": "Names the request in the server's log.",
    "required": True,
    "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
}


def spelled(pattern: str, example: str, mode: Literal["validation", "serialization"] | None = None) -> WithJsonSchema:
    """Say that a member is text of this pattern, whatever it is here; with a `mode`, only as it is read or shown."""
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$", "examples": [example]}, mode)


class Shown(BaseModel):
    """What is answered. A member that is None is left out: it may be missing, but is never null."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        reference = handler(core_schema)
        schema = handler.resolve_ref_schema(reference)
        for name, member in schema["properties"].items():
            if _NULL in member.get("anyOf", ()):
                member.update(*(choice for choice in member.pop("anyOf") if choice != _NULL))
                schema["required"].remove(name)
        return reference


class Refusal(BaseModel):
    """The body of an error. Where null is possible, it is shown."""

    model_config = ConfigDict(extra="forbid")

    @property
    def status(self) -> int:
        """The status it is sent with."""
        raise NotImplementedError

    @property
    def sentence(self) -> str:
        """What it says to a person."""
        raise NotImplementedError

    @property
    def body(self) -> dict[str, Any]:
        """The body as it is sent."""
        return self.model_dump(by_alias=True)

    def response(self, headers: Mapping[str, str] | None = None) -> Response:
        """Return the whole answer."""
        return JSONResponse(self.body, self.status, headers)


def responses(refusals: Sequence[Refusal]) -> Responses:
    """Return what an operation can refuse with, each refusal an example of its status."""
    return {status: _described([each for each in refusals if each.status == status]) for status in _statuses(refusals)}


def _statuses(refusals: Sequence[Refusal]) -> list[int]:
    return sorted({refusal.status for refusal in refusals})


def _described(refusals: Sequence[Refusal]) -> dict[str, Any]:
    examples = {refusal.sentence: {"value": refusal.body} for refusal in refusals}
    kinds = dict.fromkeys(map(type, refusals))
    return {"model": reduce(or_, kinds), "content": {_JSON: {"examples": examples}}}


class DescribedRoute(APIRoute):
    """An operation that is described by its function's name and docstring, its credential and its body."""

    security: ClassVar[Mapping[str, Any]] = {}
    """The credentials, any of which is enough, as OpenAPI's `securitySchemes` have them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        phrase = HTTPStatus(kwargs.get("status_code") or 200).phrase
        own = {"response_description": phrase, "generate_unique_id_function": attrgetter("name")}
        super().__init__(*args, **{**kwargs, **own, "responses": {}})
        self.responses = kwargs.get("responses") or {}
        self.description = _without_path(self.description)
        self.openapi_extra = {**(self.openapi_extra or {}), "security": [{name: []} for name in self.security]}
        if self.body_field:
            self.openapi_extra["requestBody"] = {"required": _has_required(self.body_field.field_info.annotation)}

    def describe_refusals(self) -> None:
        """Make what FastAPI describes refusals by. That takes long, and most servers are never asked for it."""
        models = {status: declared["model"] for status, declared in self.responses.items() if "model" in declared}
        self.response_fields = {status: _field(model) for status, model in models.items()}


@cache
def _field(model: Any) -> Any:
    return create_model_field(name="refusal", type_=model, mode="serialization")


def _without_path(docstring: str) -> str:
    """Leave out the method and path that an operation's docstring begins with: a page shows them anyway."""
    said = docstring.partition(": ")[2]
    return said[:1].upper() + said[1:]


def _has_required(model: Any) -> bool:
    """Whether a body is needed: none says as much as an empty object."""
    if not hasattr(model, "model_fields"):
        return True
    needs_one_of_some = "anyOf" in model.model_config.get("json_schema_extra", {})
    return needs_one_of_some or any(field.is_required() for field in model.model_fields.values())


class DescribedApplication(FastAPI):
    """An application whose description says what it really answers."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, telemetry=NO_TELEMETRY, openapi_url=None, redirect_slashes=False)

    def openapi(self) -> dict[str, Any]:
        """Return the description; made once, when somebody first asks for it."""
        made_before = self.openapi_schema  # FastAPI makes it anew when there are other routes
        for route in self._described:
            route.describe_refusals()
        document = super().openapi()
        if document is not made_before:
            self._complete(document)
        return document

    def _complete(self, document: dict[str, Any]) -> None:
        document["info"]["version"] = version("enfilade")
        components = document["components"]
        components["schemas"] = {
            name: _without_titles(schema)
            for name, schema in components["schemas"].items()
            if not name.endswith("ValidationError")
        }
        components |= {"headers": {_TRACE_ID: _OF_TRACE_ID}, "securitySchemes": {}}
        for route in self._described:
            components["securitySchemes"] |= route.security
            path = document["paths"][route.path_format]
            for method in route.methods or ():
                _complete_operation(path[method.lower()], route)

    @property
    def _described(self) -> list[DescribedRoute]:
        return [route for route in self.routes if isinstance(route, DescribedRoute) and route.include_in_schema]


def _without_titles(schema: dict[str, Any]) -> dict[str, Any]:
    """Leave out the titles of members, which are their names once more."""
    for member in schema["properties"].values():
        member.pop("title", None)
    return schema


def _complete_operation(operation: dict[str, Any], route: DescribedRoute) -> None:
    told = operation["responses"]
    told.pop("422", None)
    for response in told.values():
        for content in response.get("content", {}).values():
            content["schema"].pop("title", None)
        own = response.get("headers", {})
        response["headers"] = {_TRACE_ID: {"$ref": f"#/components/headers/{_TRACE_ID}"}, **own}
    for status, declared in route.responses.items():
        # Once more: FastAPI leaves out what is null, in examples too.
        for media_type, content in declared.get("content", {}).items():
            told[str(status)]["content"][media_type] |= content
    for parameter in operation.get("parameters", ()):
        parameter["schema"].pop("title", None)
        # Without a value it counts as absent.
        if parameter["in"] == "query" and not parameter["required"]:
            parameter["allowEmptyValue"] = True
