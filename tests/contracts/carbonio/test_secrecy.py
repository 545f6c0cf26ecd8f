"""Nothing of a credential or of what was sent reaches the log; the trace id finds the line of a refusal."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from buckets import SECRET, Buckets
from databases import run_sql
from people import BASES, JSON, NOBODY
from processes import RunServer, Server, eventually
from transcripts import assert_empty


@dataclass(frozen=True)
class Spoken:
    """A server in a process of its own that logs JSON, and somebody who chats on it."""

    server: Server
    client: httpx.Client
    user: str
    token: str
    database: str

    def told(self, answer: httpx.Response) -> list[dict[str, Any]]:
        """Return what the log holds of this request, written perhaps a moment after its answer."""

        def entries() -> list[dict[str, Any]]:
            lines = [line for line in self.server.log.splitlines(keepends=True) if line.endswith("\n")]
            return [one for one in map(json.loads, lines) if one.get("trace_id") == answer.headers["x-trace-id"]]

        assert eventually(lambda: [one for one in entries() if one["message"] == "request"]), "nothing was logged"
        return entries()


@pytest.fixture(scope="module")
def spoken(run_server: RunServer, foreign: dict[str, str], buckets: Buckets) -> Iterator[Spoken]:
    store = buckets.prefix | {"AWS_ACCESS_KEY_ID": "reader"}
    with run_server(**foreign, **store, ENFILADE_LOG_FORMAT="json") as server:
        user = server.enfilade("users", "add", "secrecy@example.org", "Secrecy")["id"]
        token = server.enfilade("tokens", "create", user)["token"]
        with server.client(Cookie=f"ZM_AUTH_TOKEN={token}") as client:
            yield Spoken(server, client, user, token, foreign["ENFILADE_DATABASE_URL"])


class TestALineARequest:
    @pytest.mark.parametrize("base", BASES)
    def test_names_operation_status_and_caller(self, spoken: Spoken, base: str) -> None:
        for method, path, status in (
            ("GET", "/rooms", 200),
            ("GET", "/rooms/{}", 404),
            ("POST", "/rooms", 400),
            ("DELETE", "/rooms/{}/members/{}", 204),
        ):
            answer = spoken.client.request(method, base + path.format(NOBODY, NOBODY))
            [line] = spoken.told(answer)
            operation = re.sub(r"\{\w+\}", "{}", line["operation"])
            assert (operation, line["status"]) == (f"{method} {path}", status)
            assert line["caller"] == spoken.user

    def test_names_no_caller_who_is_unknown(self, spoken: Spoken) -> None:
        for headers in ({"Cookie": ""}, {"Cookie": "ZM_AUTH_TOKEN=junk"}):
            [line] = spoken.told(spoken.client.get("/rooms", headers=headers))
            assert (line["status"], line["caller"]) == (401, None)


class TestSecrets:
    def test_are_nowhere_after_many_requests(self, spoken: Spoken) -> None:
        client, bearer = spoken.client, {"Cookie": "", "Authorization": f"Bearer {spoken.token}"}
        assert client.get("/auth/token").json() == {"zmToken": spoken.token}
        assert client.get("/services/chats/auth/token", headers=bearer).json() == {"zmToken": spoken.token}
        client.get("/auth/token", headers={"Cookie": "ZM_AUTH_TOKEN=cookie-secret"})
        client.get("/auth/token", headers={"Cookie": "", "Authorization": "Bearer bearer-secret"})
        client.get("/auth/token", headers={"Cookie": "", "Authorization": "Basic basic-secret"})
        client.get("/rooms", headers={"queue-id": "queue-secret"})
        client.get("/rooms", params={"extraFields": "secret of the query", "token": spoken.token})
        client.get("/users", params={"userIds": "secret of the users"})
        client.get("/rooms/secret-in-a-path")
        client.get("/secret-in-a-path/members")
        client.post("/rooms", json={"type": "temporary", "name": "a name of the body"})
        client.post("/rooms", content='{"name": "body that breaks', headers=JSON)
        client.post("/rooms", json={"type": "secret of the type", "membersIds": ["secret of the members"]})
        last = client.get("/rooms", headers={"x-padding": "padding" * 10_000})
        assert [line["status"] for line in spoken.told(last)] == [431]
        said = spoken.server.log
        secrets = [spoken.token, "cookie-secret", "bearer-secret", "basic-secret", "queue-secret", "secret-in-a-path"]
        for text in ("secret of the", "a name of", "body that breaks", "padding"):
            secrets += [text, quote(text), text.replace(" ", "+")]
        for secret in secrets:
            assert secret not in said

    @pytest.mark.parametrize("table", ["room", "user_token"])
    def test_are_not_in_the_traceback_of_a_crash_either(self, spoken: Spoken, table: str) -> None:
        run_sql(spoken.database, f"ALTER TABLE {table} RENAME TO elsewhere")
        try:
            crash = spoken.client.post("/rooms", json={"type": "temporary", "name": "name in a crash"})
        finally:
            run_sql(spoken.database, f"ALTER TABLE elsewhere RENAME TO {table}")
        assert (crash.status_code, crash.content) == (500, b"")
        told = {line["message"]: line for line in spoken.told(crash)}
        assert told["crash"]["level"] == "ERROR"
        assert "UndefinedTableError" in told["crash"]["exc_info"]
        assert told["request"]["status"] == 500
        assert "name in a crash" not in spoken.server.log
        assert spoken.token not in spoken.server.log
        assert spoken.client.get("/rooms").status_code == 200


class TestStoreThatRefuses:
    """Its key may read, and no more."""

    def test_is_told_to_the_operator_once_and_not_to_the_caller(self, spoken: Spoken) -> None:
        room = spoken.client.post("/rooms", json={"type": "temporary", "name": "Own"}).json()
        headers = {"fileName": "name of a secret file", "mimeType": "text/plain"}
        answer = spoken.client.post(f"/rooms/{room['id']}/attachments", headers=headers, content=b"secret bytes")
        assert_empty(answer, 424)
        [warning, request] = spoken.told(answer)
        assert (warning["level"], request["message"], request["status"]) == ("WARNING", "request", 424)
        assert re.fullmatch("the store failed: .*(403|SignatureDoesNotMatch).*", warning["message"])
        for secret in (SECRET, spoken.token, "name of a secret", "secret bytes"):
            assert secret not in spoken.server.log
