"""The descriptions themselves: sound, free of the framework's words, their examples true."""

import inspect
import re
from collections.abc import Iterator

import httpx
import openapi_spec_validator
import pytest
from descriptions import Description, Document, description

from app.apis.hms import rooms as hms_rooms
from app.apis.vcs import rooms as vcs_rooms
from app.apis.vcs import tokens as vcs_tokens

SECTIONS = {"/v2": [hms_rooms], "/api/realtime": [vcs_rooms, vcs_tokens]}
JSON = "application/json"


@pytest.fixture(params=SECTIONS)
def prefix(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def told(prefix: str) -> Description:
    return await description(prefix)


def parts(node: object, *path: str) -> Iterator[tuple[tuple[str, ...], Document]]:
    """Yield every object inside, with the way to it."""
    if isinstance(node, dict):
        yield path, node
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, child in children:
        yield from parts(child, *path, str(name))


def schemas(document: Document) -> Iterator[tuple[tuple[str, ...], Document]]:
    """Yield every schema: those of the components, parameters and bodies, and what is inside of them."""
    for path, part in parts(document):
        inside = "schema" in path or path[:2] == ("components", "schemas")
        if inside and path[-1] not in {"properties", "schemas"} and "examples" not in path:
            yield path, part


def referred(document: Document, node: object) -> Iterator[str]:
    """Yield the names of the schemas that this needs."""
    for _, part in parts(node):
        if str(part.get("$ref")).startswith("#/components/schemas/"):
            name = part["$ref"].rpartition("/")[2]
            yield name
            yield from referred(document, document["components"]["schemas"][name])


class TestForm:
    async def test_is_openapi_3_1(self, told: Description) -> None:
        assert told.document["openapi"].startswith("3.1.")
        openapi_spec_validator.validate(told.document)

    async def test_has_nothing_that_only_the_framework_says(self, told: Description) -> None:
        assert "422" not in {key for _, part in parts(told.document) for key in part}
        assert not re.search('ValidationError|Successful Response|detail"', str(told.document))

    async def test_names_operations_after_their_functions(self, prefix: str, told: Description) -> None:
        functions = [
            name for section in SECTIONS[prefix] for name, _ in inspect.getmembers(section, inspect.iscoroutinefunction)
        ]
        published = [name for name in functions if not name.startswith("_")]
        assert sorted(told.operations) == sorted(published)

    async def test_names_schemas_like_things(self, told: Description) -> None:
        assert [
            name for name in told.document["components"]["schemas"] if not re.fullmatch("([A-Z][a-z]+)+", name)
        ] == []

    async def test_has_no_schema_that_nothing_refers_to(self, told: Description) -> None:
        refers = {part["$ref"] for _, part in parts(told.document) if "$ref" in part}
        has = {
            f"#/components/{kind}/{name}"
            for kind in ("schemas", "headers")
            for name in told.document["components"][kind]
        }
        assert refers == has

    async def test_each_operation_says_what_it_is_and_needs_a_credential(self, told: Description) -> None:
        [scheme] = told.document["components"]["securitySchemes"]
        for path in told.document["paths"].values():
            for operation in path.values():
                assert operation["security"] == [{scheme: []}]
                assert operation["tags"]
                assert operation["summary"]
                assert not operation["description"].startswith(("GET", "POST", "DELETE"))
                assert {"200", "401", "431", "500"} <= operation["responses"].keys()

    async def test_an_answer_is_closed_and_shows_null_in_no_member_but_the_id_of_an_error(
        self, told: Description
    ) -> None:
        responses = [part for path, part in parts(told.document) if path[-1:] == ("responses",)]
        answers = set(referred(told.document, responses))
        assert {"Room", "RoomPage", "Error"} <= answers
        for name in answers:
            schema = told.document["components"]["schemas"][name]
            assert schema["additionalProperties"] is False
            for member, shown in schema["properties"].items():
                assert ("null" in str(shown)) == ((name, member) == ("Error", "id"))


class TestAddress:
    @pytest.mark.parametrize("address", ["/v2", "/api/v2", "/api/realtime"])
    async def test_of_the_server_is_the_prefix_it_is_asked_at(self, client: httpx.AsyncClient, address: str) -> None:
        answer = await client.get(f"{address}/openapi.json")
        [server] = answer.json()["servers"]
        assert answer.url.join(server["url"]).path == address

    async def test_is_the_same_description_at_both_prefixes(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/v2/openapi.json")).json() == (await client.get("/api/v2/openapi.json")).json()

    async def test_behind_a_proxy_that_has_a_prefix_of_its_own(self, told: Description, prefix: str) -> None:
        seen = httpx.URL(f"https://rooms.example/enfilade{prefix}/openapi.json")
        assert seen.join(told.document["servers"][0]["url"]) == f"https://rooms.example/enfilade{prefix}"


class TestExamples:
    """Every example, wherever it stands, is one of what it is an example of."""

    async def test_of_schemas(self, told: Description) -> None:
        found = [(path, schema) for path, schema in schemas(told.document) if "examples" in schema]
        assert len(found) > 5
        for path, schema in found:
            for example in schema["examples"]:
                assert told.validator(schema).is_valid(example), (path, example)

    async def test_of_bodies(self, told: Description) -> None:
        found = [(path, part) for path, part in parts(told.document) if path[-1:] == (JSON,)]
        assert len(found) > 20
        for path, media in found:
            for example in media.get("examples", {}).values():
                assert told.validator(media["schema"]).is_valid(example["value"]), (path, example)

    async def test_there_is_one_of_every_refusal(self, told: Description) -> None:
        for operation in told.operations.values():
            assert [status for status in operation.statuses if status != "200" and not operation.examples(status)] == []
