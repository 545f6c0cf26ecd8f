"""The descriptions themselves: sound, free of the framework's words, their examples true."""

import inspect
import re
from collections.abc import Iterator
from copy import deepcopy

import httpx
import openapi_spec_validator
import pytest
from descriptions import IN_DEVELOPER_MODE, Description, Document, Operation, described, description
from starlette.routing import BaseRoute, WebSocketRoute

from app.apis.carbonio import (
    attachments,
    authentication,
    events,
    health,
    meetings,
    members,
    messages,
    pictures,
    previews,
    streams,
    users,
)
from app.apis.carbonio import rooms as chats_rooms
from app.apis.hms import (
    active_rooms,
    analytics,
    beam,
    diagnostics,
    exchange,
    external_streams,
    live_streams,
    poll_reports,
    polls,
    recording_assets,
    recordings,
    room_codes,
    sessions,
    sip,
    stream_keys,
    templates,
    webhooks,
)
from app.apis.hms import rooms as hms_rooms
from app.apis.vcs import rooms as vcs_rooms
from app.apis.vcs import tokens as vcs_tokens

CHATS = "/services/chats"
SECTIONS = {
    "/v2": [
        hms_rooms,
        templates,
        sessions,
        active_rooms,
        room_codes,
        stream_keys,
        exchange,
        recordings,
        recording_assets,
        live_streams,
        external_streams,
        polls,
        poll_reports,
        analytics,
        webhooks,
        sip,
        beam,
        diagnostics,
    ],
    "/api/realtime": [vcs_rooms, vcs_tokens],
    CHATS: [
        chats_rooms,
        attachments,
        messages,
        members,
        users,
        pictures,
        previews,
        meetings,
        streams,
        events,
        authentication,
        health,
    ],
}
CREDENTIALS = {"/v2": ["ManagementToken"], "/api/realtime": ["ApiKey"], CHATS: ["Cookie", "Bearer"]}
OPEN = {"get_health_status", "is_live", "is_ready", "exchange_room_code", "retrieve_diagnostics_token"}
#: What asks for another credential than the rest of its API.
OF_ITS_OWN = {"send_tones": ["AuthToken"]}
ANSWERS = {
    "/v2": {
        *("Room", "RoomPage", "Session", "SessionPage", "ActiveRoom", "Peers", "PeerWithTracks", "Done", "Error"),
        *("RoomCode", "RoomCodePage", "RoomCodes", "StreamKey", "StreamKeyPage", "ClientToken"),
        *("RecordingPage", "RecordingAssetPage", "LiveStreamPage", "ExternalStreamPage", "PeerStats", "BeamError"),
        *("AnalyticsEvents", "WebhookEvents", "ReplayStarted", "WebhookReplay"),
        *("Poll", "Question", "Option", "Answer", "Attachment", "PollResponses", "PollResults"),
    },
    "/api/realtime": {"Room", "RoomPage", "Error"},
    CHATS: {"Room", "Member", "MemberInserted", "User", "Capabilities", "Token", "Meeting", "Joined", "HealthStatus"},
}
JSON = "application/json"


@pytest.fixture(params=SECTIONS)
def prefix(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def told(prefix: str) -> Description:
    return await description(prefix)


def is_socket(route: BaseRoute) -> bool:
    """Tell whether it is a websocket, for which OpenAPI has no words."""
    return isinstance(route, WebSocketRoute)


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


def referred(document: Document, node: object) -> set[str]:
    """Return the names of the schemas that this needs."""
    found: set[str] = set()
    to_read = [node]
    while to_read:
        references = {str(part["$ref"]) for _, part in parts(to_read.pop()) if "$ref" in part}
        names = {each.rpartition("/")[2] for each in references if each.startswith("#/components/schemas/")} - found
        found |= names
        to_read += [document["components"]["schemas"][name] for name in names]
    return found


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
        sockets = [route.name for section in SECTIONS[prefix] for route in section.router.routes if is_socket(route)]
        published = [name for name in functions if not name.startswith("_") and name not in sockets]
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

    async def test_each_operation_says_what_it_is(self, told: Description) -> None:
        for path in told.document["paths"].values():
            for operation in path.values():
                assert operation["tags"]
                assert operation["summary"]
                assert not operation["description"].startswith(("GET", "POST", "PUT", "DELETE"))
                assert {"431", "500"} <= operation["responses"].keys()
                assert {"101", "200", "201", "204"} & operation["responses"].keys()

    async def test_any_credential_is_enough_and_hardly_anything_needs_none(
        self, prefix: str, told: Description
    ) -> None:
        own = [name for operation in told.operations for name in OF_ITS_OWN.get(operation, ())]
        assert list(told.document["components"]["securitySchemes"]) == [*CREDENTIALS[prefix], *own]
        for path in told.document["paths"].values():
            for operation in path.values():
                id = operation["operationId"]
                credentials = [] if id in OPEN else OF_ITS_OWN.get(id, CREDENTIALS[prefix])
                assert operation["security"] == [{name: []} for name in credentials]
                assert ("401" in operation["responses"]) == bool(credentials)

    async def test_an_answer_is_closed_and_shows_null_in_no_member_but_the_id_of_an_error(
        self, prefix: str, told: Description
    ) -> None:
        responses = [part for path, part in parts(told.document) if path[-1:] == ("responses",)]
        answers = referred(told.document, responses)
        assert ANSWERS[prefix] <= answers
        for name in answers:
            schema = told.document["components"]["schemas"][name]
            assert schema["additionalProperties"] is False
            for member, shown in schema["properties"].items():
                assert ("null" in str(shown)) == ((name, member) == ("Error", "id"))


def leads_to(page: httpx.URL, document: Document) -> str:
    """Return what clients put before each path: the server's address without a slash at its end."""
    [server] = document["servers"]
    return str(page.join(server["url"])).removesuffix("/")


class TestAddress:
    @pytest.mark.parametrize("address", ["/v2", "/api/v2", "/api/realtime", CHATS, ""])
    async def test_of_the_server_is_the_prefix_it_is_asked_at(self, client: httpx.AsyncClient, address: str) -> None:
        answer = await client.get(f"{address}/openapi.json")
        assert leads_to(answer.url, answer.json()) == f"http://testserver{address}"

    @pytest.mark.parametrize(("one", "other"), [("/v2", "/api/v2"), (CHATS, "")])
    async def test_is_the_same_description_at_both_prefixes(
        self, client: httpx.AsyncClient, one: str, other: str
    ) -> None:
        described_here = (await client.get(f"{one}/openapi.json")).json()
        assert described_here == (await client.get(f"{other}/openapi.json")).json()

    @pytest.mark.parametrize("address", ["/v2", "/api/v2", "/api/realtime", CHATS, ""])
    async def test_behind_a_proxy_that_has_a_prefix_of_its_own(self, address: str) -> None:
        seen = httpx.URL(f"https://rooms.example/enfilade{address}/openapi.json")
        assert leads_to(seen, (await description(address)).document) == f"https://rooms.example/enfilade{address}"


class TestExamples:
    """Every example, wherever it stands, is one of what it is an example of."""

    async def test_of_schemas(self, told: Description) -> None:
        found = [(path, schema) for path, schema in schemas(told.document) if "examples" in schema]
        assert len(found) > 5
        for path, schema in found:
            for example in schema["examples"]:
                assert told.validator(schema).is_valid(example), (path, example)

    @pytest.mark.parametrize("prefix", ["/v2", "/api/realtime"])
    async def test_of_bodies(self, told: Description) -> None:
        found = [(path, part) for path, part in parts(told.document) if path[-1:] == (JSON,)]
        assert len(found) > 20
        for path, media in found:
            for example in media.get("examples", {}).values():
                assert told.validator(media["schema"]).is_valid(example["value"]), (path, example)

    @pytest.mark.parametrize("prefix", ["/v2", "/api/realtime"])
    async def test_there_is_one_of_every_refusal(self, told: Description) -> None:
        for operation in told.operations.values():
            refused = [status for status in operation.statuses if status not in {"200", "204"}]
            assert [status for status in refused if not operation.examples(status)] == []


def errors_of(operation: Operation) -> list[Document]:
    return [operation.response(status) for status in operation.statuses if int(status) >= 400]


def headers_of(operation: Operation, status: str) -> list[str]:
    return [name for name in operation.response(status)["headers"] if name != "X-Trace-Id"]


@pytest.mark.parametrize("name", ["get_attachment", "get_room_picture", "get_user_picture"])
class TestDownloads:
    async def test_are_bytes_of_any_type(self, name: str) -> None:
        operation = (await description(CHATS)).operations[name]
        bytes_of_any_type = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
        assert [operation.response(status)["content"] for status in ("200", "206")] == [bytes_of_any_type] * 2
        assert "content" not in operation.response("304")

    async def test_name_the_fields_that_a_client_reads(self, name: str) -> None:
        operation = (await description(CHATS)).operations[name]
        whole = ["ETag", "Cache-Control", "Accept-Ranges", "Content-Disposition", "X-Content-Type-Options"]
        assert headers_of(operation, "200") == whole
        assert headers_of(operation, "206") == [*whole, "Content-Range"]
        assert headers_of(operation, "304") == ["ETag", "Cache-Control"]
        assert headers_of(operation, "416") == ["Content-Range"]

    async def test_can_be_asked_for_in_part(self, name: str) -> None:
        operation = (await description(CHATS)).operations[name]
        asked = {each["name"] for each in operation.parameters if each["in"] == "header"}
        assert asked == {"Range", "If-Range", "If-None-Match"}


class TestUploads:
    async def test_say_what_is_said_of_them_without_null(self) -> None:
        operations = (await description(CHATS)).operations
        for name in ("insert_attachment", "update_room_picture", "update_user_picture"):
            said = [each for each in operations[name].parameters if each["in"] == "header"]
            assert [each["name"] for each in said if each["required"]] == ["fileName", "mimeType"]
            assert {each["schema"]["type"] for each in said} == {"string"}

    async def test_can_come_to_a_standstill_or_not_be_kept(self) -> None:
        operations = (await description(CHATS)).operations
        for name in ("insert_attachment", "insert_attachment_of_form"):
            assert {"400", "403", "404", "408", "413", "424"} <= set(operations[name].statuses)
        for name in ("update_room_picture", "update_user_picture"):
            assert {"400", "403", "404", "408", "424"} <= set(operations[name].statuses)
            assert "413" not in operations[name].statuses


class TestErrorsOfTheChats:
    async def test_have_no_body(self) -> None:
        for operation in (await description(CHATS)).operations.values():
            assert [error["content"] for error in errors_of(operation) if "content" in error] == []

    async def test_have_one_in_developer_mode(self) -> None:
        told = await described(IN_DEVELOPER_MODE)
        openapi_spec_validator.validate(told.document)
        content = {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}}
        for operation in told.operations.values():
            assert [error["content"] for error in errors_of(operation) if error["content"] != content] == []
        said = {"traceId": "0" * 32, "message": "you are no member of the room"}
        error = told.validator({"$ref": "#/components/schemas/Error"})
        assert error.is_valid(said)
        assert not error.is_valid(said | {"detail": "nothing else"})

    async def test_are_all_that_developer_mode_changes(self) -> None:
        as_ever = (await description(CHATS)).document
        in_developer_mode = deepcopy((await described(IN_DEVELOPER_MODE)).document)
        for _, part in list(parts(in_developer_mode["paths"])):
            for status, answer in part.get("responses", {}).items():
                if int(status) >= 400:
                    del answer["content"]
        del in_developer_mode["components"]["schemas"]["Error"]
        assert in_developer_mode == as_ever
