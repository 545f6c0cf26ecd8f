"""Settings: a closed list; what is misspelt or impossible is refused in one clear line that shows no value."""

from pathlib import Path
from typing import Any

import pytest

from app.domain import ids
from app.settings import Settings, SettingsError, load

DEFAULTS: dict[str, Any] = {
    "host": "127.0.0.1",
    "port": 10_000,
    "workers": 1,
    "data_dir": Path("data"),
    "database_url": None,
    "direct_database_url": None,
    "postgres_bin": None,
    "blobs_url": None,
    "secret_key": None,
    "secret_key_fallbacks": (),
    "log_format": "text",
    "cors_origins": (),
    "trusted_proxies": (),
    "metrics_port": None,
    "webhook_private_networks": (),
}
CLOSED_LIST = {
    *["HOST", "PORT", "WORKERS", "DATA_DIR", "DATABASE_URL", "BLOBS_URL", "SECRET_KEY", "LOG_FORMAT", "CORS_ORIGINS"],
    *["TOKEN_LIFETIME_SECONDS", "POOL_SIZE", "TRUSTED_PROXIES", "SHUTDOWN_SECONDS", "METRICS_PORT"],
    *["DRAIN_SECONDS", "MAX_CONNECTIONS", "MAX_FAILED_CREDENTIALS"],
    *["WEBHOOK_PRIVATE_NETWORKS", "DIRECT_DATABASE_URL", "POSTGRES_BIN", "HMS__CUSTOMER_ID", "HMS__APP_ID"],
    *(f"VCS__{name}_TTL_SECONDS" for name in ("ROOM", "ROOM_TOKEN", "ENDPOINT")),
    *(f"CHATS__MAX_{name}_IN_KB" for name in ("ROOM_IMAGE_SIZE", "USER_IMAGE_SIZE", "ATTACHMENT_SIZE")),
    *(f"CHATS__{name}_MESSAGE_TIME_LIMIT_IN_MINUTES" for name in ("EDIT", "DELETE")),
    *(f"CHATS__CAN_{name}" for name in ("VIDEO_CALL", "VIDEO_CALL_RECORD", "USE_VIRTUAL_BACKGROUND")),
    *(f"CHATS__CAN_SEE_{name}" for name in ("MESSAGE_READS", "USERS_PRESENCE")),
    *(f"PREVIEWS__{name}" for name in ("WORKERS", "SECONDS", "MEMORY_IN_MB", "CACHE_IN_MB")),
    *["SECRET_KEY_FALLBACKS", "VCS__MAX_PARTICIPANTS", "CHATS__DEVELOPER_MODE", "CHATS__MAX_GROUP_MEMBERS"],
}
ID = "0123456789abcdef01234567"
URL = "postgresql://ada:hunter2@db.example/enfilade"
GOOD = {
    "HOST": ("::1", "host", "::1"),
    "PORT": ("8080", "port", 8080),
    "WORKERS": ("4", "workers", 4),
    "DATA_DIR": ("/srv/x", "data_dir", Path("/srv/x")),
    "POSTGRES_BIN": ("/usr/bin", "postgres_bin", Path("/usr/bin")),
    "POOL_SIZE": ("1", "pool_size", 1),
    "LOG_FORMAT": ("json", "log_format", "json"),
    "CORS_ORIGINS": ("https://a.example, http://b.example:3000", "cors_origins", None),
    "TRUSTED_PROXIES": ("10.0.0.0/8,::1", "trusted_proxies", ("10.0.0.0/8", "::1/128")),
    "WEBHOOK_PRIVATE_NETWORKS": ("192.168.1.0/24", "webhook_private_networks", ("192.168.1.0/24",)),
    "BLOBS_URL": ("s3://bucket/prefix", "blobs_url", "s3://bucket/prefix"),
    "TOKEN_LIFETIME_SECONDS": ("60", "token_lifetime_seconds", 60),
    "SHUTDOWN_SECONDS": ("1", "shutdown_seconds", 1),
    "METRICS_PORT": ("9090", "metrics_port", 9090),
}
BAD = {
    "PORT": ["0", "65536", "http", "1.5", "-1"],
    "WORKERS": ["0", "-1", "many"],
    "POOL_SIZE": ["0", "x"],
    "LOG_FORMAT": ["xml", "JSON "],
    "DATABASE_URL": ["mysql://x", "db.example", "postgresql+asyncpg://x"],
    "DIRECT_DATABASE_URL": ["sqlite:///x"],
    "CORS_ORIGINS": ["app.example", "https://a.example/", "https://a.example/x", "https://"],
    "TRUSTED_PROXIES": ["somebody", "10.0.0.1/8"],
    "WEBHOOK_PRIVATE_NETWORKS": ["10.0.0.0/40"],
    "BLOBS_URL": [
        "ftp://x/y",
        "file:",
        "file://far/x",
        " ",
        "s3:",
        "s3://",
        "s3://[x/p",
        "s3://b:80/p",
        "s3://k@b/p",
        "s3://b/p?x",
    ],
    "TOKEN_LIFETIME_SECONDS": ["0", "1h", "99999999999"],
    "SHUTDOWN_SECONDS": ["0", "-1"],
    "METRICS_PORT": ["0", "70000"],
    "VCS__MAX_PARTICIPANTS": ["0", "x", "99999999999"],
    "VCS__ROOM_TTL_SECONDS": ["0", "-5"],
    "CHATS__DEVELOPER_MODE": ["maybe"],
    "CHATS__MAX_GROUP_MEMBERS": ["0", "1"],
    "CHATS__EDIT_MESSAGE_TIME_LIMIT_IN_MINUTES": ["-1"],
    "PREVIEWS__WORKERS": ["0", "-1", "65", "1.5", "two"],
    "PREVIEWS__SECONDS": ["0", "-1", "601", "20s"],
    "PREVIEWS__MEMORY_IN_MB": ["0", "127", "1048577", "1GB"],
    "PREVIEWS__CACHE_IN_MB": ["0", "-1", "x", "99999999999"],
    "HMS__CUSTOMER_ID": ["0123", "g" * 24, f" {ID[1:]}"],
    "HMS__APP_ID": [f"{ID}\n"],
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A working directory without `.env`."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused() -> str:
    with pytest.raises(SettingsError) as refusal:
        load()
    line = str(refusal.value)
    assert "\n" not in line
    return line


class TestDefaults:
    def test_are_those_of_the_contract(self) -> None:
        settings = load()
        assert {name: getattr(settings, name) for name in DEFAULTS} == DEFAULTS

    def test_of_rooms_are_those_of_the_contract(self) -> None:
        vcs = load().vcs
        assert vcs.max_participants == 10
        assert {vcs.room_ttl_seconds, vcs.room_token_ttl_seconds, vcs.endpoint_ttl_seconds} == {86_400}

    def test_of_previews_are_those_of_the_readme(self) -> None:
        assert load().previews.model_dump() == {"workers": 2, "seconds": 20, "memory_in_mb": 1024, "cache_in_mb": 1024}

    def test_of_ids_are_unset(self) -> None:
        assert (load().hms.customer_id, load().hms.app_id) == (None, None)


class TestClosedList:
    def test_is_the_one_of_the_contract(self) -> None:
        nested = {"vcs", "hms", "chats", "previews"}
        names = {name.upper() for name in Settings.model_fields if name not in nested}
        for part in nested:
            fields = type(getattr(load(), part)).model_fields
            names |= {f"{part}__{field}".upper() for field in fields}
        assert names == CLOSED_LIST

    @pytest.mark.parametrize(
        ("name", "meant"),
        [
            ("ENFILADE_PROT", "ENFILADE_PORT"),
            ("ENFILADE_DATABSE_URL", "ENFILADE_DATABASE_URL"),
            ("ENFILADE_VCS_MAX_PARTICIPANTS", "ENFILADE_VCS__MAX_PARTICIPANTS"),
            ("enfilade_workerz", "ENFILADE_WORKERS"),
        ],
    )
    def test_a_misspelt_name_is_refused_with_the_one_that_was_meant(
        self, monkeypatch: pytest.MonkeyPatch, name: str, meant: str
    ) -> None:
        monkeypatch.setenv(name, "hunter2")
        assert refused() == f"{name} is no setting of Enfilade; did you mean {meant}?"

    @pytest.mark.parametrize("name", ["ENFILADE_", "ENFILADE_VCS", "ENFILADE_QQQQ", "ENFILADE_HMS__APP_ID__X"])
    def test_an_unknown_name_is_refused(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        monkeypatch.setenv(name, "{}")
        assert refused().startswith(f"{name} is no setting of Enfilade")

    def test_an_unknown_name_is_refused_even_when_it_is_empty(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ENFILADE_PROT", "")
        assert "ENFILADE_PROT" in refused()

    def test_other_programs_names_are_theirs(self, monkeypatch: pytest.MonkeyPatch, nothing_set: Path) -> None:
        monkeypatch.setenv("PORT", "http")
        monkeypatch.setenv("MY_ENFILADE_PROT", "1")
        (nothing_set / ".env").write_text("WORKERS=many\n")
        assert (load().port, load().workers) == (10_000, 1)


class TestValues:
    @pytest.mark.parametrize(("name", "case"), GOOD.items())
    def test_that_can_be_are_taken(
        self, monkeypatch: pytest.MonkeyPatch, name: str, case: tuple[str, str, object]
    ) -> None:
        text, field, value = case
        monkeypatch.setenv(f"ENFILADE_{name}", text)
        expected = ("https://a.example", "http://b.example:3000") if value is None else value
        assert getattr(load(), field) == expected

    @pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in BAD.items() for text in texts])
    def test_that_cannot_be_are_refused_by_name(self, monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
        monkeypatch.setenv("ENFILADE_SECRET_KEY", "secret")
        monkeypatch.setenv(f"ENFILADE_{name}", text)
        assert refused().startswith(f"ENFILADE_{name}: ")

    @pytest.mark.parametrize("name", sorted(CLOSED_LIST))
    def test_that_are_empty_count_as_unset(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        unset = load()
        monkeypatch.setenv(f"ENFILADE_{name}", "")
        assert load() == unset

    def test_star_allows_every_origin(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ENFILADE_CORS_ORIGINS", "*")
        assert load().cors_origins == ("*",)

    @pytest.mark.parametrize(
        ("name", "texts"),
        {
            "WORKERS": ("1", "64"),
            "SECONDS": ("1", "600"),
            "MEMORY_IN_MB": ("128", "1048576"),
            "CACHE_IN_MB": ("1", "2147483647"),
        }.items(),
    )
    def test_of_previews_reach_from_the_least_to_the_most(
        self, monkeypatch: pytest.MonkeyPatch, name: str, texts: tuple[str, str]
    ) -> None:
        for text in texts:
            monkeypatch.setenv(f"ENFILADE_PREVIEWS__{name}", text)
            assert getattr(load().previews, name.lower()) == int(text)

    def test_nested_ones_have_two_underscores(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ENFILADE_VCS__MAX_PARTICIPANTS", "3")
        monkeypatch.setenv("ENFILADE_CHATS__CAN_VIDEO_CALL", "false")
        monkeypatch.setenv("ENFILADE_HMS__APP_ID", ID)
        settings = load()
        assert (settings.vcs.max_participants, settings.vcs.room_ttl_seconds) == (3, 86_400)
        assert (settings.chats.can_video_call, settings.chats.can_video_call_record) == (False, True)
        assert (settings.hms.app_id, settings.hms.customer_id) == (ids.from_hex(ID), None)


class TestDatabase:
    def test_is_not_the_direct_way_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ENFILADE_DIRECT_DATABASE_URL", "postgresql://ada@127.0.0.1/one")
        with pytest.raises(SettingsError, match=r"^ENFILADE_DIRECT_DATABASE_URL goes with ENFILADE_DATABASE_URL"):
            load()

    def test_of_others_requires_a_secret_key(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ENFILADE_DATABASE_URL", URL)
        assert refused() == "ENFILADE_SECRET_KEY is required with ENFILADE_DATABASE_URL"

    @pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
    def test_has_one_of_two_schemes(self, monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
        monkeypatch.setenv("ENFILADE_SECRET_KEY", "secret")
        monkeypatch.setenv("ENFILADE_DATABASE_URL", f"{scheme}://db.example/enfilade")
        assert load().database_url.get_secret_value() == f"{scheme}://db.example/enfilade"


class TestSecrets:
    def test_are_no_part_of_repr(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ENFILADE_SECRET_KEY", "seal-secret")
        monkeypatch.setenv("ENFILADE_SECRET_KEY_FALLBACKS", "old-secret,older-secret")
        monkeypatch.setenv("ENFILADE_DATABASE_URL", URL)
        monkeypatch.setenv("ENFILADE_DIRECT_DATABASE_URL", URL)
        said = repr(load()) + str(load())
        assert "hunter2" not in said
        assert [key for key in ("seal", "old", "older") if f"{key}-secret" in said] == []

    @pytest.mark.parametrize(
        "url", ["mysql://a:hunter2@x/y", "postgresql://a:hunter2℀@x/y", "postgresql://a:hunter2@[x/y", "hunter2"]
    )
    def test_are_no_part_of_a_refusal(self, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
        monkeypatch.setenv("ENFILADE_SECRET_KEY", "secret")
        monkeypatch.setenv("ENFILADE_DATABASE_URL", url)
        assert "hunter2" not in refused()


class TestDotEnv:
    def test_is_read_in_the_working_directory(self, nothing_set: Path) -> None:
        (nothing_set / ".env").write_text('# mine\nENFILADE_PORT=8080\nexport ENFILADE_VCS__MAX_PARTICIPANTS="3"\n')
        assert (load().port, load().vcs.max_participants) == (8080, 3)

    def test_is_outdone_by_the_environment(self, monkeypatch: pytest.MonkeyPatch, nothing_set: Path) -> None:
        (nothing_set / ".env").write_text("ENFILADE_PORT=8080\n")
        monkeypatch.setenv("ENFILADE_PORT", "9090")
        assert load().port == 9090

    def test_stands_where_the_environment_is_empty(self, monkeypatch: pytest.MonkeyPatch, nothing_set: Path) -> None:
        (nothing_set / ".env").write_text("ENFILADE_PORT=8080\n")
        monkeypatch.setenv("ENFILADE_PORT", "")
        assert load().port == 8080

    @pytest.mark.parametrize("line", ["ENFILADE_PROT=1", "ENFILADE_PORT=http"])
    def test_is_refused_like_the_environment(self, nothing_set: Path, line: str) -> None:
        (nothing_set / ".env").write_text(f"{line}\n")
        assert line.partition("=")[0] in refused()

    def test_that_is_no_text_is_refused(self, nothing_set: Path) -> None:
        (nothing_set / ".env").write_bytes(b"ENFILADE_HOST=\xff\xfe\n")
        assert ".env" in refused()

    @pytest.mark.parametrize("line", ["ENFILADE_PORT: 3", 'ENFILADE_SECRET_KEY="hunter2', "'", "ENFILADE_SECRET_KEY"])
    def test_with_a_line_that_says_nothing_is_refused(self, nothing_set: Path, line: str) -> None:
        (nothing_set / ".env").write_text(f"OTHER=1\n{line}\n")
        with pytest.raises(SettingsError, match=r"^\.env, line 2: must be like NAME=value$"):
            load()

    def test_that_is_a_folder_is_nothing(self, nothing_set: Path) -> None:
        (nothing_set / ".env").mkdir()
        assert load().port == 10_000
