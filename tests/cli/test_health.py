"""`enfilade health`: what it asks where, what it prints, and its exit status, by which containers are judged."""

import contextlib
import http.server
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import click
import pytest
from databases import Postgres, name_of
from ports import free_port
from processes import PATIENCE, Begin, Server, eventually

from app.cli.commands import enfilade
from app.cli.health import DEFAULTS
from app.settings import PREFIX, Settings

DEPENDENCIES = (
    "database",
    "authentication_service",
    "profiling_service",
    "event_dispatcher",
    "storage_service",
    "previewer_service",
)
OF_THE_DATABASE = DEPENDENCIES[:4]


def printed(status: str, *away: str) -> str:
    parts = [f"{name}: {'away' if name in away else 'ok'}" for name in DEPENDENCIES]
    return "\n".join([f"status: {status}", *parts, ""])


@contextlib.contextmanager
def listening(answer: bytes, host: str = "127.0.0.1") -> Iterator[dict[str, str]]:
    """Have something answer with these bytes, whatever it is asked, and return the settings that lead there."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def handle(self) -> None:
            self.rfile.readline()
            self.wfile.write(answer)

    with http.server.ThreadingHTTPServer((host, 0), Handler) as listener:
        threading.Thread(target=listener.serve_forever, daemon=True).start()
        yield {"ENFILADE_HOST": host, "ENFILADE_PORT": str(listener.server_port)}
        listener.shutdown()


def answered(body: str, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


class TestOfAServerThatServes:
    @pytest.fixture
    def well(self, beside: Any, server: Server) -> Any:
        assert eventually(lambda: server.get("/health/ready").status_code == 204), "what makes previews has begun"
        return beside

    def test_each_part_is_told_for_people(self, well: Any) -> None:
        done = well.run("health")
        assert (done.status, done.out, done.err) == (0, printed("ok"), "")

    def test_the_body_is_told_for_machines(self, well: Any, server: Server) -> None:
        assert well.json("health") == server.get("/health").json()

    @pytest.mark.parametrize("host", ["0.0.0.0", "localhost"])  # noqa: S104 - asked, not listened on
    def test_it_is_found_on_the_loopback(self, well: Any, host: str) -> None:
        assert well.run("health", ENFILADE_HOST=host).status == 0

    def test_it_is_found_where_dot_env_says(self, terminal: Any, server: Server) -> None:
        shell = terminal(ENFILADE_PORT="")
        (shell.folder / ".env").write_text(f"enfilade_port={server.url.rpartition(':')[2]}\n")
        assert shell.run("health").status == 0


class TestOfAServerThatLacksSomething:
    def test_that_it_can_do_without_is_a_warning(self, terminal: Any) -> None:
        body = '{"isLive":true,"status":"warn","dependencies":[{"name":"storage_service","isHealthy":false}]}'
        with listening(answered(body)) as settings:
            done = terminal(**settings).run("health")
        assert (done.status, done.out, done.err) == (0, "status: warn\nstorage_service: away\n", "")

    def test_that_it_cannot_do_without_is_an_error(
        self, begin: Begin, terminal: Callable[..., Any], foreign: dict[str, str], postgres: Postgres
    ) -> None:
        server = begin(**foreign)
        shell = terminal(ENFILADE_PORT=server.url.rpartition(":")[2])
        assert eventually(lambda: shell.run("health").out == printed("ok"))
        name = name_of(foreign["ENFILADE_DATABASE_URL"])
        sessions = f"FROM pg_stat_activity WHERE datname = '{name}'"
        postgres.run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        try:
            postgres.run(f"SELECT pg_terminate_backend(pid, {PATIENCE * 1000}) {sessions}")
            done = shell.run("health")
            told = shell.run("health", "--json")
        finally:
            postgres.run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        assert (done.status, done.out) == (1, printed("error", *OF_THE_DATABASE))
        assert done.err == (
            f"Error: the server cannot serve: no answer from {', '.join(OF_THE_DATABASE)}; its log says why\n"
        )
        assert (told.status, told.err) == (1, done.err)
        assert '"status":"error"' in told.out


class TestOfNoServer:
    def test_is_refused_with_where_it_was_asked(self, terminal: Any) -> None:
        port = free_port()
        told = terminal(ENFILADE_PORT=port).refusal("health")
        assert told == (
            f"Error: no answer from 127.0.0.1:{port} (Connection refused): "
            "start the server, or set ENFILADE_HOST and ENFILADE_PORT to where it is"
        )

    @pytest.mark.parametrize("host", ["::", "0:0::0"])
    def test_of_the_version_6_it_is_asked_on_its_loopback(self, terminal: Any, host: str) -> None:
        assert "no answer from ::1:" in terminal(ENFILADE_HOST=host).refusal("health")

    def test_on_a_name_that_nobody_has_is_refused(self, terminal: Any) -> None:
        assert "nowhere.invalid" in terminal(ENFILADE_HOST="nowhere.invalid").refusal("health")

    @pytest.mark.parametrize(
        "answer",
        [
            answered("", "204 No Content"),
            answered("not found", "404 Not Found"),
            answered("[]"),
            answered("null"),
            answered("{}"),
            answered('{"status":"fine","dependencies":[]}'),
            answered('{"status":"ok","dependencies":[{}]}'),
            answered('{"status":"ok"}'),
        ],
    )
    def test_but_another_program_is_refused(self, terminal: Any, answer: bytes) -> None:
        with listening(answer) as settings:
            told = terminal(**settings).refusal("health")
        assert f"127.0.0.1:{settings['ENFILADE_PORT']} is no Enfilade" in told

    @pytest.mark.parametrize("answer", [b"", b"SSH-2.0\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{"])
    def test_but_something_that_breaks_off_or_speaks_otherwise_is_refused(self, terminal: Any, answer: bytes) -> None:
        with listening(answer) as settings:
            assert "Error: no answer from " in terminal(**settings).refusal("health")


class TestSettings:
    def test_that_are_not_given_are_those_of_the_server(self) -> None:
        fields = {f"{PREFIX}{name}".upper(): field.default for name, field in Settings.model_fields.items()}
        assert {name: str(fields[name]) for name in DEFAULTS} == DEFAULTS

    @pytest.mark.parametrize("port", ["hunter2", "0", "65536", "-1", "²"])
    def test_of_no_port_are_refused(self, terminal: Any, port: str) -> None:
        assert terminal(ENFILADE_PORT=port).refusal("health").startswith("Error: ENFILADE_PORT: ")

    def test_that_cannot_be_read_are_refused(self, terminal: Any) -> None:
        shell = terminal()
        (shell.folder / ".env").write_bytes(b"ENFILADE_PORT=\xff\n")
        assert shell.refusal("health").startswith("Error: .env cannot be read: ")


class TestImports:
    def test_nothing_of_the_server_is_loaded(self) -> None:
        asked = "import sys, app.cli.commands as c; c.enfilade.get_command(None, 'health'); print(*sys.modules)"
        done = subprocess.run([sys.executable, "-c", asked], capture_output=True, check=True, text=True)
        loaded = {*done.stdout.split()}
        assert loaded >= {"app.cli.health", "click"}
        assert {name for name in loaded if name.startswith("app.")} == {"app.cli", "app.cli.commands", "app.cli.health"}
        assert not loaded & {"asyncio", "fastapi", "pydantic", "sqlalchemy", "asyncpg"}

    @pytest.mark.parametrize("name", enfilade.list_commands(click.Context(enfilade)))
    def test_no_command_but_serve_waits_for_the_web_framework_before_it_is_run(self, name: str) -> None:
        asked = (
            f"import sys, app.cli.commands as c; c.enfilade.get_command(None, {name!r});"
            " print({'fastapi', 'starlette', 'uvicorn'} & {*sys.modules}, 'click' in sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", asked], capture_output=True, check=True, text=True)
        assert done.stdout == "set() True\n"
