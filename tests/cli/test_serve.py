"""`enfilade serve`: what stops its start, in one clear line; and what the other commands do not wait for."""

import shlex
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from databases import Postgres
from processes import ENFILADE, Begin, Server, eventually, settings_of

BY_HAND = "postgresql://ada:{password}@127.0.0.1:1/none"

# Forks many that load the key of a folder as soon as the last of them is there; each prints what it found.
CROWD = """
import os, sys
from pathlib import Path
from app.adapters import secret_key
from app.settings import Settings

settings = Settings(data_dir=Path(sys.argv[1]))
gate, opener = os.pipe()
for _ in range(16):
    if os.fork() == 0:
        os.close(opener)
        os.read(gate, 1)
        os.write(1, secret_key.load(settings).sign("join token", b"x").encode() + b"\\n")
        os._exit(0)
os.close(opener)
for _ in range(16):
    os.wait()
"""


def test_the_command_is_installed() -> None:
    done = subprocess.run([ENFILADE, "--version"], capture_output=True, check=True, text=True)
    assert done.stdout.startswith("enfilade, version ")


class TestDatabase:
    def test_that_is_not_migrated_is_refused(self, bare: Any) -> None:
        assert "`enfilade migrate`" in bare.refusal("serve")

    def test_that_does_not_answer_is_refused(self, terminal: Any) -> None:
        told = terminal(**settings_of(BY_HAND.format(password="hunter2"))).refusal("serve")
        assert told.startswith("Error: ENFILADE_DATABASE_URL: ")
        assert "hunter2" not in told

    def test_that_does_not_exist_is_refused(self, terminal: Any, postgres: Postgres) -> None:
        told = terminal(**settings_of(postgres.of("enfilade_none"))).refusal("serve")
        assert told.startswith("Error: ENFILADE_DATABASE_URL: ")

    @pytest.mark.parametrize("password", ["hunter2/x", "hunter2?x", "hunter2#x", "hunter2[x"])
    def test_of_a_password_that_was_not_encoded_is_refused_without_it(self, terminal: Any, password: str) -> None:
        told = terminal(**settings_of(BY_HAND.format(password=password))).refusal("serve")
        assert "ENFILADE_DATABASE_URL" in told
        assert "hunter2" not in told

    def test_in_the_way_of_the_direct_one_is_named(self, terminal: Any, foreign: dict[str, str]) -> None:
        direct = BY_HAND.format(password="x")
        told = terminal(**foreign, ENFILADE_DIRECT_DATABASE_URL=direct).refusal("serve")
        assert told.startswith("Error: ENFILADE_DIRECT_DATABASE_URL: ")

    def test_without_a_secret_key_is_refused(self, terminal: Any) -> None:
        told = terminal(ENFILADE_DATABASE_URL="postgresql://x/y").refusal("serve")
        assert told == "Error: ENFILADE_SECRET_KEY is required with ENFILADE_DATABASE_URL"


class TestSettings:
    @pytest.mark.parametrize("command", [["serve"], ["keys", "list"], ["migrate"]])
    def test_that_are_wrong_are_refused(self, terminal: Any, command: list[str]) -> None:
        assert terminal(ENFILADE_PORT="hunter2").refusal(*command).startswith("Error: ENFILADE_PORT: ")

    @pytest.mark.parametrize("command", [["serve"], ["keys", "list"], ["migrate"]])
    def test_that_are_misspelt_in_dot_env_are_refused(self, terminal: Any, command: list[str]) -> None:
        shell = terminal()
        (shell.folder / ".env").write_text("ENFILADE_SECRET_KEI=hunter2\n")
        told = shell.refusal(*command)
        assert told == "Error: ENFILADE_SECRET_KEI is no setting of Enfilade; did you mean ENFILADE_SECRET_KEY?"

    @pytest.mark.usefixtures("anew")
    def test_of_dot_env_reach_the_server(self, begin: Begin, foreign: dict[str, str], tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in foreign.items()))
        assert begin().get("/health").json()["status"] == "ok"


class TestAddress:
    def test_in_use_is_refused(self, terminal: Any, foreign: dict[str, str], server: Server) -> None:
        port = server.url.rpartition(":")[2]
        told = terminal(**foreign, ENFILADE_PORT=port).refusal("serve")
        assert f"127.0.0.1:{port}" in told
        assert "ENFILADE_PORT" in told

    @pytest.mark.parametrize("host", ["nowhere.invalid", "203.0.113.1", "::g"])
    def test_that_is_not_ours_is_refused(self, terminal: Any, foreign: dict[str, str], host: str) -> None:
        assert "ENFILADE_HOST" in terminal(**foreign, ENFILADE_HOST=host).refusal("serve")

    def test_of_two_that_start_at_once_goes_to_one(self, launch: Begin, tmp_path: Path) -> None:
        first = launch(ENFILADE_DATA_DIR=str(tmp_path / "one"))
        number = first.url.rpartition(":")[2]
        second = launch(ENFILADE_DATA_DIR=str(tmp_path / "two"), ENFILADE_PORT=number)
        assert eventually(lambda: first.ended or second.ended), "both run on one port"
        loser = first if first.ended else second
        assert loser.end() == 1
        assert "Traceback" not in loser.log


class TestDataDir:
    def test_of_another_server_is_refused(self, begin: Begin, terminal: Any) -> None:
        begin()
        told = terminal().refusal("serve")
        assert "another server" in told
        assert "ENFILADE_DATA_DIR" in told

    def test_that_is_a_file_is_refused(self, terminal: Any) -> None:
        shell = terminal()
        (shell.folder / "data").write_text("")
        assert "ENFILADE_DATA_DIR" in shell.refusal("serve")


class TestSecretKeyFile:
    def test_is_made_once_for_its_owner_alone(self, terminal: Any) -> None:
        shell = terminal()
        shell.json("keys", "create", "hms")
        file = shell.folder / "data/secret.key"
        made = file.read_bytes()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert len(made.strip()) == 64
        shell.json("tokens", "management")
        assert file.read_bytes() == made
        file.write_text("another\n")
        assert "ENFILADE_SECRET_KEY" in shell.refusal("tokens", "management")

    def test_is_one_for_all_that_start_at_once(self, tmp_path: Path) -> None:
        done = subprocess.run(
            [sys.executable, "-c", CROWD, tmp_path], capture_output=True, check=True, text=True, cwd=tmp_path
        )
        assert len(done.stdout.splitlines()) == 16
        assert len(set(done.stdout.splitlines())) == 1
        assert [file.name for file in tmp_path.iterdir()] == ["secret.key"]

    @pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe"])
    def test_that_holds_no_key_is_refused(self, terminal: Any, content: bytes) -> None:
        """An empty key would seal with what everybody can compute."""
        shell = terminal()
        (shell.folder / "data").mkdir(mode=0o700)
        (shell.folder / "data/secret.key").write_bytes(content)
        assert "secret.key" in shell.refusal("keys", "create", "hms")


class TestServe:
    def test_alone_makes_no_credentials(self, begin: Begin, shell: Any, foreign: dict[str, str]) -> None:
        server = begin(**foreign)
        assert shell.json("keys", "list") == []
        assert shell.json("users", "list") == []
        assert "curl" not in server.out.read_text()

    @pytest.mark.usefixtures("anew")
    def test_migrates_its_embedded_database(self, begin: Begin) -> None:
        assert begin().get("/health").json()["status"] == "ok"

    @pytest.mark.parametrize("arguments", [["now"], ["--port", "1"]])
    def test_with_other_arguments_is_misuse(self, terminal: Any, arguments: list[str]) -> None:
        terminal().misused("serve", *arguments)
