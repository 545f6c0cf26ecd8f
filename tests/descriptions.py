"""The descriptions as judges: whatever an API answers, and whatever it accepts, its description must allow."""

import json
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from functools import cached_property, partial
from typing import Any, get_args

import httpx
from jsonschema_rs import Draft202012Validator
from starlette.types import ASGIApp

from app.apis.carbonio import application as carbonio
from app.apis.hms import application as hms
from app.apis.vcs import application as vcs
from app.domain.meetings import MeetingType
from app.domain.standings import RoomType

#: What a server says whose time to end is over: no operation's answer, and no API's word.
CUT = 503
JSON = "application/json"
Document = dict[str, Any]

SUCCESSES = (200, 201, 204)

#: What tells one kind of refusal from another, in `/v2` and in `/api/realtime`.
KIND = ("httpCode", "code", "id", "message")


#: Members of bodies whose words have any case.
_ANY_CASE = {"type": get_args(RoomType), "meetingType": get_args(MeetingType)}


class Operation:
    """One operation of a description."""

    def __init__(self, description: "Description", path: str, method: str) -> None:
        self._description = description
        self._told: Document = description.document["paths"][path][method]
        self.name: str = self._told["operationId"]
        self.statuses = list(self._told["responses"])
        self.parameters: list[Document] = self._told.get("parameters", [])
        self._validators: dict[str, Draft202012Validator] = {}

    @cached_property
    def _kinds(self) -> dict[str, list[Document]]:
        return {status: [_kind(example) for example in self.examples(status)] for status in self._told["responses"]}

    def response(self, status: str) -> Document:
        """Return what is told of the answers with this status."""
        response: Document = self._told["responses"][status]
        return response

    def examples(self, status: str) -> list[Any]:
        """Return the bodies that are shown for this status."""
        media = self._told["responses"][status].get("content", {}).get(JSON, {})
        return [example["value"] for example in media.get("examples", {}).values()]

    def _errors(self, key: str, schema: Document, value: object) -> list[str]:
        if key not in self._validators:
            self._validators[key] = self._description.validator(schema)
        return [error.message for error in self._validators[key].iter_errors(value)]

    def faults_of_answer(self, status: int, body: object) -> list[str]:
        """Return what is undeclared in this body of an answer."""
        return self._errors(str(status), self._told["responses"][str(status)]["content"][JSON]["schema"], body)

    def faults_of_body(self, body: object) -> list[str]:
        """Return what is undeclared in this body of a request."""
        return self._errors("body", self._told["requestBody"]["content"][JSON]["schema"], body)

    def judge_answer(self, answer: httpx.Response) -> None:
        """Fail unless status, content type, trace id and body are as they are declared."""
        status = str(answer.status_code)
        assert status in self._told["responses"], f"{self.name} does not declare {status}: {answer.text}"
        content = self._told["responses"][status].get("content", {None: "no body"})
        is_file = JSON not in content
        assert "*/*" in content or answer.headers.get("content-type") in content, (
            f"{self.name} does not declare this type: {answer.headers}"
        )
        for name, told in self._told["responses"][status]["headers"].items():
            schema = told.get("schema") or {"$ref": f"{told['$ref']}/schema"}
            assert not self._errors(f"{status} {name}", schema, answer.headers.get(name)), f"{name}: {answer.headers}"
        if answer.request.method == "HEAD" or None in content:
            assert not answer.content, f"{self.name} does not declare a body: {answer.text}"
            return
        if is_file:
            return
        body = json.loads(answer.content)
        errors = self.faults_of_answer(answer.status_code, body)
        assert not errors, f"{self.name} does not declare such a body of {status}: {errors}\n{answer.text}"
        kinds = self._kinds[status]
        assert not kinds or _kind(body) in kinds, f"{self.name} has no example of this {status}: {answer.text}"

    def judge_request(self, request: httpx.Request, in_path: dict[str, str]) -> None:
        """Fail unless a request that was accepted is one that the description allows."""
        for parameter in self.parameters:
            name, where, schema = parameter["name"], parameter["in"], parameter["schema"]
            if where == "path":
                # To delete what never was is no fault, so what cannot be an id is none either.
                readings = [*_readings_of(in_path[name], ())] if "404" in self.statuses else [schema["examples"][0]]
            elif where == "header":
                readings = [text for text in _texts(request, name) if text or parameter["required"]]
            else:
                readings = _readings(schema, request.url.params.get_list(name))
            if not readings:
                assert not parameter["required"], f"{self.name} accepts to be without {name}"
            else:
                errors = [self._errors(f"{where} {name}", schema, reading) for reading in readings]
                assert [] in errors, f"{self.name} accepts an undeclared {name}: {readings}: {errors}"
        if JSON in self._told.get("requestBody", {}).get("content", ()) and isinstance(
            request.stream, httpx.ByteStream
        ):  # what came in pieces is gone
            self._judge_body(request.content)

    def _judge_body(self, content: bytes) -> None:
        if not content:
            assert not self._told["requestBody"]["required"], f"{self.name} accepts to be without a body"
            return
        body = json.loads(content, object_hook=_as_described)
        errors = self.faults_of_body(body)
        assert not errors, f"{self.name} accepts an undeclared body: {errors}\n{content[:1000]!r}"


def _kind(refusal: Document) -> Document:
    return {member: refusal[member] for member in KIND if member in refusal}


def _as_described(members: Document) -> Document:
    """Read what a schema cannot say: `1e1` is a number with a range, too, and types of rooms and meetings any case."""
    count = members.get("autoUpgradeParticipantCount")
    members |= {"autoUpgradeParticipantCount": float(count)} if isinstance(count, str) else {}
    types = ((name, str(members.get(name)).lower(), kinds) for name, kinds in _ANY_CASE.items())
    return members | {name: type for name, type, kinds in types if type in kinds}


def _texts(request: httpx.Request, name: str) -> list[object]:
    """What a header field says: UTF-8, or else Latin-1."""
    return [_text(said) for field, said in request.headers.raw if field.decode().lower() == name.lower()][:1]


def _text(said: bytes) -> str:
    with suppress(UnicodeDecodeError):
        return said.decode()
    return said.decode("latin-1")


def _readings(schema: Document, values: list[str]) -> list[object]:
    """What a parameter of a query can be taken for: a list, the text, or the number or flag that it spells."""
    if schema.get("type") == "array":
        has_any_case = "enum" in schema["items"]
        said = [value.lower() if has_any_case else value for value in values if value]
        return [said] if said else []
    return list(_readings_of(values[-1], schema.get("enum", ()))) if values and values[-1] else []


def _readings_of(text: str, words: Collection[str]) -> Iterator[object]:
    yield text
    yield from (word for word in words if word.lower() == text.lower())
    yield {"true": True, "false": False}.get(text.lower(), text)
    with suppress(ValueError):
        yield int(text.lstrip("0") or "0")  # zeros before a number are more than Python would read


class Description:
    """An API's description, which knows what it describes."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._operations = [
            (_pattern(path), {method.upper(): Operation(self, path, method) for method in methods})
            for path, methods in document["paths"].items()
        ]
        self._error = self.validator({"$ref": "#/components/schemas/Error"}) if self._errors_have_bodies else None

    @property
    def _errors_have_bodies(self) -> bool:
        return "Error" in self.document["components"]["schemas"]

    def validator(self, schema: Document) -> Draft202012Validator:
        """Compile a schema of this description."""
        return Draft202012Validator({**schema, "components": self.document["components"]}, validate_formats=True)

    @property
    def operations(self) -> dict[str, Operation]:
        """All that can be done, by name."""
        return {each.name: each for _, methods in self._operations for each in methods.values()}

    def judge(self, answer: httpx.Response, path: str) -> None:
        """Hold the answer to a request for this path, below the API's prefix, against the description."""
        if answer.status_code == CUT:
            return
        method = answer.request.method.replace("HEAD", "GET")
        found = [(match, methods) for pattern, methods in self._operations if (match := pattern.fullmatch(path))]
        # Of two paths that fit, that with the method: the other has words where this has ids.
        match, methods = min(found, key=lambda each: method not in each[1], default=(None, {}))
        if method in methods:
            methods[method].judge_answer(answer)
            if answer.status_code in SUCCESSES and match:
                methods[method].judge_request(answer.request, match.groupdict())
        else:
            assert answer.status_code in ({405, 431} if methods else {404, 431}), f"{method} {path} is not described"
            self._judge_plain_error(answer)

    def _judge_plain_error(self, answer: httpx.Response) -> None:
        if self._error is None:
            assert not answer.content, answer.text
        else:
            assert answer.request.method == "HEAD" or self._error.is_valid(answer.json()), answer.text


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path)))


#: By their prefixes, the longest first.
APPLICATIONS: dict[str, Callable[[], ASGIApp]] = {
    "/services/chats": carbonio.create,
    "/api/realtime": vcs.create,
    "/api/v2": hms.create,
    "/v2": hms.create,
    "": carbonio.create,
}
IN_DEVELOPER_MODE = partial(carbonio.create, developer_mode=True)
_descriptions: dict[Callable[[], ASGIApp], Description] = {}


async def description(prefix: str) -> Description:
    """Return the description of the API at this prefix, as everybody gets it."""
    return await described(APPLICATIONS[prefix])


async def described(create: Callable[[], ASGIApp]) -> Description:
    """Return the description that an application gives of itself."""
    if create not in _descriptions:
        transport = httpx.ASGITransport(create())
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            _descriptions[create] = Description((await client.get("/openapi.json")).json())
    return _descriptions[create]


async def judge(answer: httpx.Response) -> None:
    """Hold any answer of the server against the description of the API under whose path it falls; a hook of httpx."""
    path, raw_path = answer.request.url.path, answer.request.url.raw_path.partition(b"?")[0]
    prefix = next(each for each in APPLICATIONS if f"{path}/".startswith(f"{each}/"))
    inside = path.removeprefix(prefix)
    if inside.startswith(("/docs", "/openapi.json")) or _is_preflight(answer.request):
        return
    await answer.aread()
    create = APPLICATIONS[prefix]
    if create is carbonio.create and answer.is_error and "content-type" in answer.headers:
        create = IN_DEVELOPER_MODE
    slash = raw_path.endswith(b"/")
    (await described(create)).judge(answer, inside.removesuffix("/") if slash else inside)


def _is_preflight(request: httpx.Request) -> bool:
    return request.method == "OPTIONS" and "access-control-request-method" in request.headers
