"""`enfilade tokens`: as operator.md has it."""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

ADA = "7403cb88-8e88-452a-8bb7-0923923348f7"
BEN = "0d3e2b6c-1f4a-4c55-9a51-3a1f7a9f2b11"
NO_USER = "Error: there is no such user"
NO_TOKEN = "Error: there is no such token"
NO_KEY = "Error: there is no such key"
DAY = 86_400


@pytest.fixture
def ada(shell: Any) -> Any:
    """A terminal on a database in which Ada and Ben are users."""
    shell.json("users", "add", "ada@example.org", "Ada", "--id", ADA)
    shell.json("users", "add", "ben@example.org", "Ben", "--id", BEN)
    return shell


class TestWhereverItIsTyped:
    def test_tokens_are_made_and_revoked(self, anywhere: Any) -> None:
        anywhere.json("users", "add", "ada@example.org", "Ada", "--id", ADA)
        made = anywhere.json("tokens", "create", ADA)
        assert list(made) == ["token", "expires_at"]
        assert anywhere.json("tokens", "revoke", made["token"]) == {"revoked": 1}
        anywhere.json("tokens", "create", "ada@example.org")
        assert anywhere.json("tokens", "revoke", "--user", ADA) == {"revoked": 1}
        anywhere.json("users", "remove", ADA)

    def test_management_tokens_are_signed_with_the_keys_secret(self, anywhere: Any) -> None:
        key = anywhere.json("keys", "create", "hms")
        made = anywhere.json("tokens", "management")
        assert list(made) == ["token"]
        claims = jwt.decode(made["token"], key["secret"], algorithms=["HS256"])
        assert claims["access_key"] == key["access_key"]
        anywhere.json("keys", "revoke", key["access_key"])


class TestCreate:
    def test_lasts_as_long_as_the_setting_says(self, ada: Any) -> None:
        made = ada.json("tokens", "create", ADA, ENFILADE_TOKEN_LIFETIME_SECONDS="3600")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", made["expires_at"])
        left = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
        assert timedelta(minutes=59) < left < timedelta(minutes=61)

    def test_lasts_30_days_by_default(self, ada: Any) -> None:
        left = datetime.fromisoformat(ada.json("tokens", "create", ADA)["expires_at"]) - datetime.now(UTC)
        assert timedelta(days=29, hours=23) < left < timedelta(days=30, hours=1)

    def test_is_of_the_user_with_this_id_or_email_in_any_case(self, ada: Any) -> None:
        for user in (ADA, ADA.upper(), "ada@example.org", "ADA@Example.ORG"):
            ada.json("tokens", "create", user)
        owners = ada.sql("SELECT DISTINCT user_id FROM user_token")
        assert [str(row["user_id"]) for row in owners] == [ADA]

    def test_the_plain_token_is_nowhere_in_the_database(self, ada: Any) -> None:
        token = ada.json("tokens", "create", ADA)["token"]
        kept = ada.stored()
        assert ADA.encode() in kept
        assert token.encode() not in kept
        assert bytes.fromhex(token) not in kept

    @pytest.mark.parametrize(
        "user", ["cleo@example.org", "0d3e2b6c-1f4a-4c55-9a51-3a1f7a9f2b12", "Ada", "", "@", "\udcff@example.org"]
    )
    def test_of_an_unknown_user_is_refused(self, ada: Any, user: str) -> None:
        assert ada.refusal("tokens", "create", user) == NO_USER

    def test_of_nobody_is_misuse(self, terminal: Any) -> None:
        terminal().misused("tokens", "create")


class TestRevoke:
    def test_one_leaves_the_others(self, ada: Any) -> None:
        first = ada.json("tokens", "create", ADA)["token"]
        ada.json("tokens", "create", ADA)
        assert ada.json("tokens", "revoke", first) == {"revoked": 1}
        assert ada.refusal("tokens", "revoke", first) == NO_TOKEN
        assert len(ada.sql("SELECT * FROM user_token")) == 1

    @pytest.mark.parametrize("user", [ADA, "ADA@example.org"])
    def test_of_a_user_takes_all_of_theirs_and_nobody_elses(self, ada: Any, user: str) -> None:
        for owner in (ADA, ADA, BEN):
            ada.json("tokens", "create", owner)
        assert ada.json("tokens", "revoke", "--user", user) == {"revoked": 2}
        assert [str(row["user_id"]) for row in ada.sql("SELECT user_id FROM user_token")] == [BEN]

    def test_of_a_user_without_tokens_revokes_none(self, ada: Any) -> None:
        assert ada.json("tokens", "revoke", "--user", BEN) == {"revoked": 0}

    @pytest.mark.parametrize("user", ["cleo@example.org", "nonsense", ""])
    def test_of_an_unknown_user_is_refused(self, ada: Any, user: str) -> None:
        assert ada.refusal("tokens", "revoke", "--user", user) == NO_USER

    @pytest.mark.parametrize("token", ["0" * 64, "", "nonsense", "\udcff"])
    def test_of_an_unknown_token_is_refused(self, ada: Any, token: str) -> None:
        assert ada.refusal("tokens", "revoke", token) == NO_TOKEN

    @pytest.mark.parametrize("arguments", [[], ["0" * 64, "--user", ADA], ["--user"]])
    def test_of_neither_or_both_is_misuse(self, terminal: Any, arguments: list[str]) -> None:
        terminal().misused("tokens", "revoke", *arguments)


class TestManagement:
    def test_has_the_claims_of_the_official_sdk_for_24_hours(self, shell: Any) -> None:
        key = shell.json("keys", "create", "hms")
        token = shell.json("tokens", "management")["token"]
        claims = jwt.decode(token, key["secret"], algorithms=["HS256"])
        assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
        assert set(claims) == {"access_key", "type", "version", "jti", "iat", "nbf", "exp"}
        assert (claims["access_key"], claims["type"], claims["version"]) == (key["access_key"], "management", 2)
        assert claims["nbf"] <= claims["iat"] <= time.time()
        assert abs(claims["exp"] - time.time() - DAY) < 60

    def test_no_two_have_the_same_id(self, shell: Any) -> None:
        secret = shell.json("keys", "create", "hms")["secret"]
        tokens = [shell.json("tokens", "management")["token"] for _ in range(2)]
        assert len({jwt.decode(token, secret, algorithms=["HS256"])["jti"] for token in tokens}) == 2

    def test_is_signed_with_the_newest_key_or_the_one_that_is_named(self, shell: Any) -> None:
        old, new = (shell.json("keys", "create", "hms") for _ in range(2))
        newest = shell.json("tokens", "management")["token"]
        named = shell.json("tokens", "management", "--access-key", old["access_key"])["token"]
        assert jwt.decode(newest, new["secret"], algorithms=["HS256"])["access_key"] == new["access_key"]
        assert jwt.decode(named, old["secret"], algorithms=["HS256"])["access_key"] == old["access_key"]

    def test_without_a_key_of_hms_is_refused(self, shell: Any) -> None:
        shell.json("keys", "create", "vcs")
        assert shell.refusal("tokens", "management") == NO_KEY

    @pytest.mark.parametrize("access_key", ["0" * 24, "nonsense", ""])
    def test_with_an_unknown_key_is_refused(self, shell: Any, access_key: str) -> None:
        shell.json("keys", "create", "hms")
        assert shell.refusal("tokens", "management", "--access-key", access_key) == NO_KEY

    def test_with_a_key_of_vcs_is_refused(self, shell: Any) -> None:
        shell.json("keys", "create", "vcs")
        id = shell.json("keys", "list")[0]["id"]
        assert shell.refusal("tokens", "management", "--access-key", id) == NO_KEY

    def test_under_another_secret_key_is_refused_in_a_clear_line(self, shell: Any) -> None:
        shell.json("keys", "create", "hms")
        told = shell.refusal("tokens", "management", ENFILADE_SECRET_KEY="another one")
        refusal = "Error: the key's secret was sealed under another ENFILADE_SECRET_KEY"
        assert told == f"{refusal}: set that one, or revoke the key"
