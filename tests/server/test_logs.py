"""What the server writes: a line a request, what went wrong, and never a secret."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
import pytest
from databases import run_sql
from processes import Begin, RunServer, Server, eventually
from wire import Connect

ROOM = "/api/realtime/room"
FIELDS = {"api", "operation", "status", "milliseconds", "caller", "trace_id"}
LINE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO request api=(?P<api>\S+) operation=(?P<operation>\S+ \S+)"
    r" status=(?P<status>\d+) milliseconds=(?P<milliseconds>[\d.]+)(?: caller=(?P<caller>\S+))?"
    r" trace_id=(?P<trace_id>[0-9a-f]{32})"
)


def entries(server: Server) -> list[dict[str, Any]]:
    """Return what a log of JSON holds."""
    return [json.loads(line) for line in server.log.splitlines(keepends=True) if line.endswith("\n")]


def entry(server: Server, answer: httpx.Response, message: str = "request") -> dict[str, Any]:
    """Return what the log holds of this request, written perhaps a moment after its answer."""

    def told(message: str) -> list[dict[str, Any]]:
        of_the_request = [one for one in entries(server) if one.get("trace_id") == answer.headers["x-trace-id"]]
        return [one for one in of_the_request if one["message"] == message]

    assert eventually(lambda: told("request")), "nothing was logged"
    [wanted] = told(message)
    return wanted


@dataclass(frozen=True)
class Spoken:
    """A server that logs JSON, its client, its key and that key's id."""

    server: Server
    client: httpx.Client
    key: str
    id: str


@pytest.fixture(scope="module")
def spoken(run_server: RunServer, foreign: dict[str, str]) -> Iterator[Spoken]:
    with run_server(**foreign, ENFILADE_LOG_FORMAT="json") as server:
        key = server.create_key()
        id = server.enfilade("keys", "list")[-1]["id"]
        with server.client(**{"x-vcs-token": key}) as client:
            yield Spoken(server, client, key, id)


class TestALineARequest:
    def test_tells_as_json_who_did_what(self, spoken: Spoken) -> None:
        found = entry(spoken.server, spoken.client.get(f"{ROOM}?numberOfRecords=1"))
        assert set(found) >= FIELDS | {"level", "message", "timestamp"}
        assert (found["level"], found["message"], found["api"]) == ("INFO", "request", "vcs")
        assert (found["operation"], found["status"], found["caller"]) == ("GET /room", 200, spoken.id)
        assert 0 < found["milliseconds"] < 10_000
        assert str(UUID(found["caller"])) == found["caller"]

    @pytest.mark.parametrize(
        ("request_line", "told"),
        [
            (f"GET {ROOM}/RO-1", ("vcs", "GET /room/{id}", 400)),
            (f"HEAD {ROOM}", ("vcs", "HEAD /room", 200)),
            (f"POST {ROOM}/", ("vcs", "POST /room", 200)),
            ("GET /api/realtime/x", ("vcs", "GET -", 404)),
            ("GET /health/", ("chats", "GET /health", 200)),
            ("GET /x", ("chats", "GET -", 404)),
        ],
    )
    def test_names_the_operation(self, spoken: Spoken, request_line: str, told: tuple[str, str, int]) -> None:
        found = entry(spoken.server, spoken.client.request(*request_line.split()))
        assert (found["api"], found["operation"], found["status"]) == told

    def test_names_no_caller_who_is_unknown(self, spoken: Spoken) -> None:
        found = entry(spoken.server, spoken.server.get(ROOM))
        assert (found["status"], found["caller"]) == (401, None)

    def test_is_one_of_text_by_default(self, server: Server, key: str) -> None:
        trace_id = server.rooms(key).headers["x-trace-id"]
        server.get("/health")
        found = LINE.fullmatch(server.logged(trace_id))
        assert found
        assert (found["api"], found["operation"], found["status"]) == ("vcs", "GET /room", "200")
        assert UUID(found["caller"])

    def test_is_not_lost_when_the_server_ends(self, begin: Begin, foreign: dict[str, str]) -> None:
        server = begin(**foreign)
        asked = [server.get("/health/live").headers["x-trace-id"] for _ in range(5)]
        server.end()
        assert [trace_id for trace_id in asked if trace_id not in server.log] == []

    def test_every_line_of_the_whole_log_is_json(self, spoken: Spoken) -> None:
        assert all(one["message"] for one in entries(spoken.server))


class TestSecrets:
    """Nothing of a secret is logged: key, token, join token, body, query."""

    def test_are_nowhere_after_many_requests(self, spoken: Spoken) -> None:
        client, wrong = spoken.client, "f00d" * 16
        room = client.post(ROOM, json={"name": "a name of the body"}).json()["room"]
        page = client.get(ROOM).json()["token"]
        client.get(ROOM, params={"token": page, "x": "secret of the query"})
        client.get(ROOM, params={"token": page[:-1]})
        client.get(ROOM, headers={"x-vcs-token": wrong})
        client.get(ROOM, headers={"x-vcs-token": f"{wrong}é".encode()})
        client.get(ROOM, headers={"Cookie": "ZM_AUTH_TOKEN=cookie-secret", "Authorization": "Bearer bearer-secret"})
        client.post("/api/realtime/token", json={"token": room["token"]})
        client.post("/api/realtime/token", json={"token": wrong})
        client.post(ROOM, content='{"name": "body that breaks', headers={"Content-Type": "application/json"})
        client.get(f"{ROOM}/secret-in-a-path")
        last = client.delete(ROOM, params={"id": room["id"]})
        assert entry(spoken.server, last)["status"] == 200
        said = spoken.server.log
        secrets = [spoken.key, wrong, room["token"], page, page[:-1], "a name of", "secret of the", "cookie-secret"]
        for secret in [*secrets, "bearer-secret", "body that breaks", "secret-in-a-path", quote("secret of the")]:
            assert secret not in said

    def test_are_nowhere_on_a_line_of_what_is_no_http(self, spoken: Spoken, connect: Connect) -> None:
        wire = connect(spoken.server.url)
        wire.say(f"GET {ROOM} HTTP/1.1\r\nx-vcs-token : {spoken.key}\x01\r\n\r\n")
        assert wire.hear().status == 400
        assert spoken.key not in spoken.server.log


class TestCrash:
    """A crash is answered in the API's words, told to the operator, and forgotten when its cause is gone."""

    def test_tells_the_operator_all_and_the_caller_nothing(self, spoken: Spoken, foreign: dict[str, str]) -> None:
        url, body = foreign["ENFILADE_DATABASE_URL"], {"name": "name in a crash"}
        assert spoken.client.post(ROOM, json=body).status_code == 200
        run_sql(url, "ALTER TABLE conference RENAME TO conference_gone")
        try:
            crash = spoken.client.post(ROOM, json=body)
        finally:
            run_sql(url, "ALTER TABLE conference_gone RENAME TO conference")
        assert crash.status_code == 500
        assert crash.headers["content-type"] == "application/json"
        assert crash.json() == {
            "httpCode": 500,
            "code": "BASE-00500",
            "id": None,
            "description": ["An internal error occurred."],
        }
        told = entry(spoken.server, crash, "crash")
        assert told["level"] == "ERROR"
        assert "UndefinedTableError" in told["exc_info"]
        assert entry(spoken.server, crash)["status"] == 500
        said = spoken.server.log
        assert "name in a crash" not in said
        assert spoken.key not in said
        assert spoken.client.post(ROOM, json=body).status_code == 200

    def test_of_a_failed_commit_is_heard(self, spoken: Spoken, foreign: dict[str, str]) -> None:
        url = foreign["ENFILADE_DATABASE_URL"]
        run_sql(url, "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no commit'; END $$")
        run_sql(
            url,
            "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON conference DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION refuse()",
        )
        try:
            answer = spoken.client.post(ROOM)
        finally:
            run_sql(url, "DROP FUNCTION refuse() CASCADE")
        assert (answer.status_code, answer.json()["code"]) == (500, "BASE-00500")
        assert "no commit" not in answer.text
        assert spoken.client.post(ROOM).status_code == 200

    def test_leaves_the_connection_open(self, spoken: Spoken, foreign: dict[str, str]) -> None:
        url = foreign["ENFILADE_DATABASE_URL"]
        run_sql(url, "ALTER TABLE api_key RENAME TO api_key_gone")
        try:
            crash = spoken.client.get(ROOM)
        finally:
            run_sql(url, "ALTER TABLE api_key_gone RENAME TO api_key")
        assert crash.status_code == 500
        assert spoken.client.get(ROOM).status_code == 200
