"""`enfilade serve --demo`, which is `make run`: what a newcomer sees, and that it works as printed."""

import re
import shlex
import subprocess
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest
from processes import Begin, Server

PEOPLE = ["ada@example.org", "ben@example.org", "cleo@example.org"]
Demo = Callable[[], tuple[Server, str]]


def curl_lines(shown: str) -> list[str]:
    return [line.strip() for line in shown.splitlines() if line.strip().startswith("curl ")]


def status_of(curl_line: str) -> str:
    """Run the line as it is printed, with an option that makes it tell the status."""
    words = [*shlex.split(curl_line), "--silent", "--output", "/dev/null", "--write-out", "%{http_code}"]
    return subprocess.run(words, capture_output=True, check=True, text=True).stdout


def token_hashes(shell: Any) -> set[bytes]:
    return {row["token_hash"] for row in shell.sql("SELECT token_hash FROM user_token")}


@pytest.fixture
def demo(begin: Begin, foreign: dict[str, str]) -> Demo:
    """Start `enfilade serve --demo` and return the server and what it has shown."""

    def demo() -> tuple[Server, str]:
        server = begin("--demo", **foreign)
        return server, server.out.read_text()

    return demo


class TestAnnouncement:
    @pytest.mark.usefixtures("anew")
    def test_has_addresses_credentials_and_curl_lines_that_work(self, demo: Demo) -> None:
        server, shown = demo()
        for base in ("/api/realtime", "/v2", "/"):
            assert re.search(rf"{re.escape(server.url + base)}$", shown, re.MULTILINE)
        pages = re.findall(r"^ +interactive page +(\S+)$", shown, re.MULTILINE)
        assert pages == [f"{server.url}{base}/docs" for base in ("/v2", "/api/realtime", "")]
        for page in pages:
            assert "text/html" in httpx.get(page).raise_for_status().headers["content-type"]
        for email in PEOPLE:
            assert re.search(rf"{email}\s+[0-9a-f]{{64}}$", shown, re.MULTILINE)
        lines = curl_lines(shown)
        assert all(any(path in line for line in lines) for path in ("/api/realtime/room", "/v2/rooms", "/rooms?"))
        assert [status_of(line) for line in lines] == ["200"] * len(lines)

    @pytest.mark.long
    def test_has_a_management_token_of_the_demo_key(self, demo: Demo, shell: Any) -> None:
        _, shown = demo()
        token, in_the_line = re.findall(r"eyJ[^\s\"]+", shown)
        assert token == in_the_line
        [hms] = [key["id"] for key in shell.json("keys", "list") if key["api"] == "hms"]
        assert jwt.decode(token, options={"verify_signature": False})["access_key"] == hms


class TestTheNextOne:
    @pytest.mark.long
    def test_revokes_that_set_and_makes_another_for_the_same_users(self, demo: Demo, shell: Any) -> None:
        kept = shell.json("keys", "create", "vcs")["api_key"]
        first, old = demo()
        users, keys = shell.json("users", "list"), shell.json("keys", "list")
        tokens = token_hashes(shell)
        assert (len(users), len(keys), len(tokens)) == (3, 3, 3)
        first.end()

        second, new = demo()
        assert shell.json("users", "list") == users
        later = shell.json("keys", "list")
        assert {key["id"] for key in later} & {key["id"] for key in keys} == {keys[0]["id"]}
        assert len(token_hashes(shell) - tokens) == 3
        assert not token_hashes(shell) & tokens

        old_key, new_key = (re.findall(r'x-vcs-token: ([0-9a-f]{64})"', shown)[0] for shown in (old, new))
        assert [second.rooms(key).status_code for key in (old_key, new_key, kept)] == [400, 200, 200]

    @pytest.mark.long  # eight seconds; the test before it sees that a key made by hand is kept
    def test_leaves_tokens_that_were_made_by_hand(self, demo: Demo, shell: Any) -> None:
        first, _ = demo()
        shell.json("tokens", "create", PEOPLE[0])
        first.end()
        demo()
        made_by_hand = shell.sql("SELECT * FROM user_token WHERE NOT demo")
        assert len(made_by_hand) == 1
