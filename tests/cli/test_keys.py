"""`enfilade keys`: as operator.md has it."""

import re
from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import jwt
import pytest
from processes import SECRET_KEY, Server

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
UNKNOWN = "Error: there is no such key"


def moment(text: str) -> datetime:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text)
    return datetime.fromisoformat(text)


class TestWhereverItIsTyped:
    def test_keys_are_made_listed_and_revoked(self, anywhere: Any) -> None:
        assert anywhere.json("keys", "list") == []
        hms = anywhere.json("keys", "create", "hms")
        vcs = anywhere.json("keys", "create", "vcs")
        assert list(hms) == ["access_key", "secret"]
        assert list(vcs) == ["api_key"]
        first, second = anywhere.json("keys", "list")
        assert list(first) == ["id", "api", "created_at", "last_used_at"]
        assert first == {
            "id": hms["access_key"],
            "api": "hms",
            "created_at": first["created_at"],
            "last_used_at": None,
        }
        assert second | {"id": "", "created_at": ""} == {"id": "", "api": "vcs", "created_at": "", "last_used_at": None}
        assert anywhere.json("keys", "revoke", first["id"]) == {"revoked": 1}
        assert anywhere.json("keys", "reseal") == {"resealed": 0}
        assert anywhere.json("keys", "list") == [second]
        assert anywhere.json("keys", "revoke", second["id"]) == {"revoked": 1}
        assert anywhere.json("keys", "list") == []


class TestCreate:
    def test_a_key_of_vcs_is_64_hex_digits(self, shell: Any) -> None:
        assert re.fullmatch(r"[0-9a-f]{64}", shell.json("keys", "create", "vcs")["api_key"])

    def test_a_key_of_hms_has_an_object_id_and_a_long_secret(self, shell: Any) -> None:
        made = shell.json("keys", "create", "hms")
        assert re.fullmatch(r"[0-9a-f]{24}", made["access_key"])
        assert len(made["secret"]) >= 64

    def test_no_two_are_alike(self, shell: Any) -> None:
        made = [shell.json("keys", "create", api) for api in ("hms", "hms", "vcs", "vcs")]
        assert len({value for key in made for value in key.values()}) == 6

    def test_without_json_it_is_for_people(self, shell: Any) -> None:
        done = shell.run("keys", "create", "vcs")
        assert (done.status, done.err) == (0, "")
        assert re.fullmatch(r"api_key: [0-9a-f]{64}\n", done.out)

    def test_the_plain_secret_is_nowhere_in_the_database(self, shell: Any) -> None:
        vcs = shell.json("keys", "create", "vcs")["api_key"]
        secret = shell.json("keys", "create", "hms")["secret"]
        kept = shell.stored()
        assert b"hms" in kept
        assert vcs.encode() not in kept
        assert bytes.fromhex(vcs) not in kept
        assert secret.encode() not in kept
        assert urlsafe_b64decode(secret + "==") not in kept

    @pytest.mark.parametrize("arguments", [["chats"], [], ["hms", "vcs"], ["HMS "]])
    def test_of_another_api_is_misuse(self, terminal: Any, arguments: list[str]) -> None:
        terminal().misused("keys", "create", *arguments)


class TestList:
    def test_never_shows_a_secret(self, shell: Any) -> None:
        vcs = shell.json("keys", "create", "vcs")["api_key"]
        secret = shell.json("keys", "create", "hms")["secret"]
        said = shell.run("keys", "list").out + shell.run("keys", "list", "--json").out
        assert said.count("hms") == said.count("vcs") == 2
        assert vcs not in said
        assert secret not in said

    def test_without_json_it_is_a_line_for_each(self, shell: Any) -> None:
        access_key = shell.json("keys", "create", "hms")["access_key"]
        shell.json("keys", "create", "vcs")
        first, second = shell.run("keys", "list").out.splitlines()
        assert re.fullmatch(rf"{access_key}\thms\t\S+Z\t-", first)
        assert re.fullmatch(rf"{UUID}\tvcs\t\S+Z\t-", second)

    def test_says_when_it_was_made(self, shell: Any) -> None:
        shell.json("keys", "create", "vcs")
        made = moment(shell.json("keys", "list")[0]["created_at"])
        assert abs(datetime.now(UTC) - made) < timedelta(minutes=1)


class TestLastUse:
    """`last_used_at` is true to a minute."""

    def _key(self, shell: Any) -> dict[str, Any]:
        return dict(shell.json("keys", "list")[-1])

    def test_is_unknown_until_the_first_request_and_then_now(self, beside: Any, server: Server) -> None:
        key = beside.json("keys", "create", "vcs")["api_key"]
        assert self._key(beside)["last_used_at"] is None
        self._use(server, key)
        assert abs(datetime.now(UTC) - moment(self._key(beside)["last_used_at"])) < timedelta(minutes=1)

    def test_is_not_written_again_within_the_minute(self, beside: Any, server: Server) -> None:
        key = beside.json("keys", "create", "vcs")["api_key"]
        self._use(server, key)
        first = self._key(beside)
        self._use(server, key)
        assert self._key(beside) == first

    def test_is_written_again_after_a_minute(self, beside: Any, server: Server) -> None:
        key = beside.json("keys", "create", "vcs")["api_key"]
        self._use(server, key)
        id = self._key(beside)["id"]
        beside.sql(f"UPDATE api_key SET last_used_at = now() - interval '61 seconds' WHERE id = '{id}'")  # noqa: S608
        self._use(server, key)
        assert abs(datetime.now(UTC) - moment(self._key(beside)["last_used_at"])) < timedelta(seconds=55)

    def test_is_not_moved_by_somebody_elses_key(self, beside: Any, server: Server) -> None:
        beside.json("keys", "create", "vcs")
        self._use(server, "0" * 64, status=400)
        assert self._key(beside)["last_used_at"] is None

    def _use(self, server: Server, key: str, status: int = 200) -> None:
        assert server.rooms(key).status_code == status


class TestRevoke:
    def test_takes_effect_on_the_next_request(self, beside: Any, server: Server) -> None:
        key = beside.json("keys", "create", "vcs")["api_key"]
        with server.client(**{"x-vcs-token": key}) as client:
            assert client.get("/api/realtime/room").status_code == 200
            beside.json("keys", "revoke", beside.json("keys", "list")[-1]["id"])
            answer = client.get("/api/realtime/room")
        assert (answer.status_code, answer.json()["code"]) == (400, "REALTIME-00009")

    def test_leaves_the_other_keys(self, shell: Any) -> None:
        kept, gone = (shell.json("keys", "create", "hms")["access_key"] for _ in range(2))
        shell.json("keys", "revoke", gone)
        assert [key["id"] for key in shell.json("keys", "list")] == [kept]

    def test_twice_is_refused(self, shell: Any) -> None:
        access_key = shell.json("keys", "create", "hms")["access_key"]
        shell.json("keys", "revoke", access_key)
        assert shell.refusal("keys", "revoke", access_key) == UNKNOWN

    @pytest.mark.parametrize(
        "id",
        ["0" * 24, "g" * 24, "01a202bc-1b11-75c2-981c-10eefc000000", "", "nonsense", "é", "\udcff", "' OR true --"],
    )
    def test_of_an_unknown_id_is_refused(self, shell: Any, id: str) -> None:
        shell.json("keys", "create", "hms")
        assert shell.refusal("keys", "revoke", id) == UNKNOWN
        assert len(shell.json("keys", "list")) == 1

    def test_of_nothing_is_misuse(self, terminal: Any) -> None:
        terminal().misused("keys", "revoke")


class TestReseal:
    """After SECRET_KEY has changed."""

    CHANGED = MappingProxyType(
        {"ENFILADE_SECRET_KEY": "the next", "ENFILADE_SECRET_KEY_FALLBACKS": f'["{SECRET_KEY}"]'}
    )
    ALONE = MappingProxyType({"ENFILADE_SECRET_KEY": "the next"})

    def test_lets_keys_be_used_without_the_key_that_sealed_them(self, shell: Any) -> None:
        key = shell.json("keys", "create", "hms")
        assert shell.json("keys", "reseal", **self.CHANGED) == {"resealed": 1}
        token = shell.json("tokens", "management", **self.ALONE)["token"]
        assert jwt.decode(token, key["secret"], algorithms=["HS256"])["access_key"] == key["access_key"]

    def test_that_has_nothing_to_do_says_so(self, shell: Any) -> None:
        shell.json("keys", "create", "hms", **self.CHANGED)
        done = shell.run("keys", "reseal", **self.CHANGED)
        assert (done.status, done.out, done.err) == (0, "resealed: 0\n", "")

    def test_says_what_no_key_opens_and_does_the_rest(self, shell: Any) -> None:
        lost = shell.json("keys", "create", "hms", ENFILADE_SECRET_KEY="lost")["access_key"]
        kept = shell.json("keys", "create", "hms", ENFILADE_SECRET_KEY_FALLBACKS='["lost"]')["access_key"]
        assert shell.refusal("keys", "reseal", "--json", **self.CHANGED) == (
            "Error: resealed 1, but neither ENFILADE_SECRET_KEY nor any of ENFILADE_SECRET_KEY_FALLBACKS opens 1 more,"
            f" the first in api_key.sealed_secret of {lost}"
        )
        shell.json("tokens", "management", "--access-key", kept, **self.ALONE)

    def test_moves_a_key_of_the_data_folder_to_a_setting(self, terminal: Any) -> None:
        shell = terminal()
        shell.json("keys", "create", "hms")
        before = (shell.folder / "data/secret.key").read_text().strip()
        shell.json("tokens", "management", **self.CHANGED | {"ENFILADE_SECRET_KEY_FALLBACKS": before})
        assert shell.json("keys", "reseal", **self.CHANGED | {"ENFILADE_SECRET_KEY_FALLBACKS": before}) == {
            "resealed": 1
        }
        shell.json("tokens", "management", **self.ALONE)

    def test_changes_a_key_of_the_data_folder(self, terminal: Any) -> None:
        shell = terminal()
        shell.json("keys", "create", "hms")
        file = shell.folder / "data/secret.key"
        before = file.rename(shell.folder / "secret.key.before").read_text().strip()
        assert shell.json("keys", "reseal", ENFILADE_SECRET_KEY_FALLBACKS=before) == {"resealed": 1}
        assert file.read_text().strip() != before
        shell.json("tokens", "management")


class TestMisuse:
    @pytest.mark.parametrize(
        "arguments", [["keys", "forget"], ["keys", "list", "all"], ["keys", "list", "--xml"], ["key"], ["--json"]]
    )
    def test_exits_with_2_and_says_how_it_is_used(self, terminal: Any, arguments: list[str]) -> None:
        terminal().misused(*arguments)


class TestCreateUnderAnotherSecretKey:
    ANOTHER = MappingProxyType({"ENFILADE_SECRET_KEY": "another"})

    def test_is_refused_for_no_server_could_open_it(self, terminal: Any, foreign: dict[str, str]) -> None:
        shell = terminal(**foreign)
        shell.json("keys", "create", "hms")
        assert "another ENFILADE_SECRET_KEY" in shell.refusal("keys", "create", "hms", **self.ANOTHER)
        assert len(shell.json("keys", "list")) == 1

    def test_makes_one_of_the_other_api_which_is_not_sealed(self, terminal: Any, foreign: dict[str, str]) -> None:
        shell = terminal(**foreign)
        shell.json("keys", "create", "hms")
        assert list(shell.json("keys", "create", "vcs", **self.ANOTHER)) == ["api_key"]
