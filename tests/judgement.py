"""Bodies of `/v2` as a model takes or refuses them, without a server; what it takes, its description must allow."""

import json
from copy import deepcopy
from typing import Any

from fastapi.exceptions import RequestValidationError
from jsonschema_rs import Draft202012Validator
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json
from starlette.requests import Request

from app.apis.hms.errors import ANSWERS
from app.apis.routes import refused

_answer = ANSWERS[RequestValidationError]
_PLACE = Request({"type": "http"})


def put(base: Any, path: str, value: object) -> Any:
    """Return the body with a value at this place; what leads there is made where it is not."""
    name, _, rest = path.partition(".")
    body = deepcopy(base)
    if isinstance(body, list):
        body[int(name)] = put(body[int(name)], rest, value) if rest else value
    else:
        body[name] = put(body.get(name, {}), rest, value) if rest else value
    return body


def at(document: Any, path: str) -> Any:
    """Return what stands at this place."""
    for name in path.split("."):
        document = document[int(name) if isinstance(document, list) else name]
    return document


class Judge:
    """The model of a body."""

    def __init__(self, model: Any) -> None:
        self._model: TypeAdapter[Any] = TypeAdapter(model)
        self._described = Draft202012Validator(self._model.json_schema())

    def takes(self, body: object) -> Any:
        """Return what the model makes of a body that it takes."""
        assert self._described.is_valid(body), body
        return self._model.validate_python(from_json(json.dumps(body)))

    async def refuses(self, body: object, *, described: bool = True) -> list[str]:
        """Return what is told of a body that the model refuses; is it `described` that it does?"""
        assert self._described.is_valid(body) != described, body
        try:
            taken = self._model.validate_python(from_json(json.dumps(body)))
        except ValidationError as error:
            answer = await _answer(_PLACE, refused(error))
            told = json.loads(bytes(answer.body))
            assert (answer.status_code, told["code"], list(told)) == (400, 400, ["code", "message", "details"])
            return [told["message"], *told["details"]]
        raise AssertionError(f"{body} is taken for {taken}")


def wrong(text: str) -> list[str]:
    """Return what is told of a body in which this is wrong."""
    return ["Invalid body param", f"Invalid body param: {text}"]
