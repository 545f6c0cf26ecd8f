"""`enfilade webhooks`: the workspace's webhook, its secret, what was sent, and sending it again."""

import json
import re
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from processes import SECRET_KEY

from app.cli.commands import enfilade
from app.domain import ids
from app.domain.secrets import SecretKey

KEY = SecretKey(SECRET_KEY)
URL = "https://hooks.example/in"
LONG_URL = "https://user:pass-word@hooks.example:8443/in?token=to-ken#frag-ment"
SHOWN = "https://hooks.example:8443/in"
FIELD = "Authorization: Bearer to-ken"
NONE = "Error: the workspace has no webhook"
NO_URL = "the URL must be an http or https URL with a host"
NO_FIELDS = "the header fields must be such as HTTP can carry"
NO_JSON = 'standard input must be JSON like {"url": "https://…", "headers": {"Name": "value"}}'
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
# As they are always: they stand in the names of tests.
ROOM, OTHER_ROOM = (ids.from_bytes(bytes([1, 0xA2, *[0] * 9, last])) for last in (1, 2))
Type = Callable[..., Result]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Type:
    """Type a command in this very process, with something on its standard input."""

    def run(*arguments: str, stdin: str | bytes, **settings: str) -> Result:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(enfilade, ["webhooks", *arguments], input=stdin)

    return run


def stored(shell: Any) -> Any:
    """Return the webhook as it is kept."""
    [row] = shell.sql("SELECT sealed_webhook FROM deployment")
    return row[0] and json.loads(KEY.unseal(row[0]))


def sent(shell: Any, type: str, room: UUID | None = ROOM, *, at: datetime | None = None, **columns: Any) -> UUID:
    """Let something have happened, and a delivery of it have these columns; return the delivery's id."""
    id = ids.first_from(at) if at else ids.new_id()
    moment, shown = ids.moment(id), f"'{room}'" if room else "NULL"
    written = {"id": id, "group_id": room or UUID(int=0), "analytics_event_id": id, "created_at": moment, **columns}
    values = ", ".join("NULL" if value is None else f"'{value}'" for value in written.values())
    shell.sql(
        "WITH happened AS (INSERT INTO analytics_event (id, conference_id, type, data, created_at)"  # noqa: S608 - ours
        f" VALUES ('{id}', {shown}, '{type}', '{{}}', '{moment}'))"
        f" INSERT INTO webhook_delivery ({', '.join(written)}) VALUES ({values})"
    )
    return id


def failed(shell: Any, type: str = "ConferenceUpdated", room: UUID | None = ROOM, **columns: Any) -> UUID:
    """Let a delivery have failed."""
    return sent(shell, type, room, **{"status": "failed", "finished_at": datetime.now(UTC), **columns})


def waiting(shell: Any) -> list[tuple[str, UUID]]:
    """Return the deliveries that wait, by room and event, in their order."""
    rows = shell.sql(
        "SELECT group_id, analytics_event_id FROM webhook_delivery WHERE finished_at IS NULL ORDER BY number"
    )
    return [tuple(row) for row in rows]


class TestWhereverItIsTyped:
    def test_a_webhook_is_set_shown_and_cleared(self, anywhere: Any) -> None:
        shown = {"url": SHOWN, "headers": ["Authorization"]}
        assert anywhere.json("webhooks", "set", LONG_URL, "--header", FIELD) == shown
        assert anywhere.json("webhooks", "show") == shown
        assert anywhere.json("webhooks", "clear") == {"cleared": 1}


class TestSet:
    def test_keeps_url_and_fields_as_they_are_typed(self, shell: Any) -> None:
        fields = ["--header", FIELD, "--header", "X-a:  b: c\t", "--header", "x-empty:"]
        shown = shell.json("webhooks", "set", LONG_URL, *fields)
        assert shown == {"url": SHOWN, "headers": ["Authorization", "X-a", "x-empty"]}
        headers = {"Authorization": "Bearer to-ken", "X-a": "b: c", "x-empty": ""}
        assert stored(shell) == {"url": LONG_URL, "headers": headers}

    def test_replaces_the_whole(self, shell: Any) -> None:
        shell.json("webhooks", "set", LONG_URL, "--header", FIELD)
        assert shell.json("webhooks", "set", URL) == {"url": URL, "headers": []}
        assert stored(shell) == {"url": URL, "headers": {}}

    def test_without_json_it_is_for_people(self, shell: Any) -> None:
        done = shell.run("webhooks", "set", LONG_URL, "--header", FIELD, "--header", "X-a: b")
        assert (done.status, done.out, done.err) == (0, f"url: {SHOWN}\nheaders: Authorization, X-a\n", "")
        done = shell.run("webhooks", "set", URL)
        assert (done.status, done.out, done.err) == (0, f"url: {URL}\nheaders: -\n", "")

    def test_is_nowhere_in_the_database_as_it_is(self, shell: Any) -> None:
        shell.json("webhooks", "set", LONG_URL, "--header", FIELD)
        kept = shell.stored()
        assert b"hooks.example" not in kept
        assert b"to-ken" not in kept

    def test_under_another_secret_key_than_the_servers_is_refused(self, shell: Any) -> None:
        shell.json("keys", "create", "hms")
        told = shell.refusal("webhooks", "set", URL, ENFILADE_SECRET_KEY="another one")
        refusal = "Error: the key's secret was sealed under another ENFILADE_SECRET_KEY"
        assert told == f"{refusal}: set that one, or revoke the key"
        assert stored(shell) is None

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "hooks.example",
            "ftp://user:to-ken@hooks.example",
            "https://to-ken@",
            "https://x:to-ken",
            "http://\udcff",
            "http://to-ken%zz/",
            "http://256.1.1.1/to-ken",
            "http://to-ken<x/",
        ],
    )
    def test_of_no_url_is_misuse_that_does_not_repeat_it(self, terminal: Any, url: str) -> None:
        said = terminal().misused("webhooks", "set", url)
        assert said.endswith(f"Error: {NO_URL}\n")
        assert "to-ken" not in said

    def test_of_a_url_that_is_too_long_is_misuse(self, terminal: Any) -> None:
        said = terminal().misused("webhooks", "set", "https://hooks.example/" + "x" * 2048)
        assert said.endswith("Error: the URL must have at most 2,048 characters\n")

    @pytest.mark.parametrize("field", ["to-ken", "", "Bearer to-ken"])
    def test_of_no_field_is_misuse_that_does_not_repeat_it(self, terminal: Any, field: str) -> None:
        said = terminal().misused("webhooks", "set", URL, "--header", field)
        assert said.endswith("Error: Invalid value for '--header': must be like 'Name: value'\n")
        assert "to-ken" not in said

    @pytest.mark.parametrize("field", [": to-ken", "a b: to-ken", "a : to-ken", "é: to-ken", "a: to-ken\r\nb: c"])
    def test_of_a_field_that_http_does_not_carry_is_misuse_that_does_not_repeat_it(
        self, terminal: Any, field: str
    ) -> None:
        said = terminal().misused("webhooks", "set", URL, "--header", field)
        assert said.endswith(f"Error: {NO_FIELDS}\n")
        assert "to-ken" not in said

    @pytest.mark.parametrize("other", ["X-a: 2", "x-A: 1"])
    def test_of_a_field_twice_is_misuse(self, terminal: Any, other: str) -> None:
        said = terminal().misused("webhooks", "set", URL, "--header", "X-a: 1", "--header", other)
        assert said.endswith("each header field must be named once\n")

    def test_of_more_than_16_kib_of_fields_is_misuse(self, terminal: Any) -> None:
        said = terminal().misused("webhooks", "set", URL, "--header", "X-a: " + "x" * 16 * 1024)
        assert said.endswith("Error: the header fields must not be larger than 16 KiB\n")

    def test_of_nothing_is_misuse(self, terminal: Any) -> None:
        terminal().misused("webhooks", "set")


class TestSetByStandardInput:
    """So that nobody sees it who lists the machine's processes."""

    @pytest.mark.parametrize("headers", [{}, {"headers": {}}, {"headers": {"Authorization": "to-ken", "x": "é"}}])
    def test_keeps_what_it_reads(self, shell: Any, typed: Type, headers: dict[str, Any]) -> None:
        document = {"url": LONG_URL, **headers}
        done = typed("set", "-", "--json", stdin=json.dumps(document, ensure_ascii=False), **shell.settings)
        assert done.exit_code == 0, done.output
        assert json.loads(done.output) == {"url": SHOWN, "headers": list(headers.get("headers", {}))}
        assert stored(shell) == {"headers": {}, **document}

    @pytest.mark.parametrize(
        "read",
        [
            *("", "to-ken", "null", "[]", "{}", f'"{URL}"', '{"url": null}', '{"url": ["to-ken"]}'),
            *(f'{{"url": "{URL}", "headers": {headers}}}' for headers in ("null", "[]", '{"a": 1}', '["a: to-ken"]')),
            *(f'{{"url": "{URL}", "header": {{}}}}', f'{{"url": "{URL}"}} x', b'{"url": "\xff"}', "[" * 100_000),
        ],
    )
    def test_of_another_shape_is_misuse_that_does_not_repeat_it(self, typed: Type, read: str | bytes) -> None:
        done = typed("set", "-", stdin=read)
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr.endswith(f"Error: {NO_JSON}\n")
        assert "to-ken" not in done.stderr

    @pytest.mark.parametrize(
        ("document", "fault"),
        [
            ({"url": "to-ken"}, NO_URL),
            ({"url": "https://hooks.example/\ud800"}, NO_URL),
            ({"url": URL, "headers": {"a": "to-ken\n"}}, NO_FIELDS),
            ({"url": URL, "headers": {"a": "\ud800"}}, NO_FIELDS),
            ({"url": URL, "headers": {"a": "to-ken", "A": ""}}, "each header field must be named once"),
        ],
        ids=str,
    )
    def test_is_judged_like_what_is_typed(self, typed: Type, document: Any, fault: str) -> None:
        done = typed("set", "-", stdin=json.dumps(document))
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr.endswith(f"Error: {fault}\n")
        assert "to-ken" not in done.stderr

    def test_beside_fields_that_are_typed_is_misuse(self, typed: Type) -> None:
        done = typed("set", "-", "--header", FIELD, stdin=json.dumps({"url": URL}))
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr.endswith("Error: with - as URL header fields are read from standard input, too\n")

    def test_is_what_the_help_advises(self, typed: Type) -> None:
        assert "With - as URL it is read from standard input" in re.sub(
            r"\s+", " ", typed("set", "--help", stdin="").output
        )


class TestShow:
    def test_shows_no_secret(self, shell: Any) -> None:
        shell.json("webhooks", "set", LONG_URL, "--header", FIELD)
        assert shell.json("webhooks", "show") == {"url": SHOWN, "headers": ["Authorization"]}
        done = shell.run("webhooks", "show")
        assert (done.status, done.out, done.err) == (0, f"url: {SHOWN}\nheaders: Authorization\n", "")

    def test_of_none_is_refused(self, shell: Any) -> None:
        assert shell.refusal("webhooks", "show") == NONE

    def test_under_another_secret_key_is_refused_in_a_clear_line(self, shell: Any) -> None:
        shell.json("webhooks", "set", URL)
        refusal = (
            "Error: the webhook was sealed under another ENFILADE_SECRET_KEY: set that one, or set the webhook again"
        )
        assert shell.refusal("webhooks", "show", ENFILADE_SECRET_KEY="another one") == refusal


class TestClear:
    def test_takes_it_away(self, shell: Any) -> None:
        shell.json("webhooks", "set", URL)
        assert shell.json("webhooks", "clear") == {"cleared": 1}
        assert stored(shell) is None
        assert shell.refusal("webhooks", "clear") == NONE

    def test_takes_away_what_another_secret_key_has_sealed(self, shell: Any) -> None:
        shell.json("webhooks", "set", URL)
        assert shell.json("webhooks", "clear", ENFILADE_SECRET_KEY="another one") == {"cleared": 1}


class TestSecret:
    def test_is_spelled_as_standard_webhooks_has_it_and_stays(self, shell: Any) -> None:
        first, second = (shell.json("webhooks", "secret")["secret"] for _ in range(2))
        assert first == second == KEY.webhook_secret
        assert len(b64decode(first.removeprefix("whsec_"), validate=True)) == 32

    def test_is_of_secret_key_and_not_of_others_beside_it(self, shell: Any) -> None:
        settings = {"ENFILADE_SECRET_KEY": "the next", "ENFILADE_SECRET_KEY_FALLBACKS": SECRET_KEY}
        assert shell.json("webhooks", "secret", **settings) == {"secret": SecretKey("the next").webhook_secret}

    def test_of_another_secret_key_than_the_servers_is_refused(self, shell: Any) -> None:
        shell.json("keys", "create", "hms")
        assert "another ENFILADE_SECRET_KEY" in shell.refusal("webhooks", "secret", ENFILADE_SECRET_KEY="another one")

    def test_is_nowhere_in_the_database(self, shell: Any) -> None:
        shell.json("webhooks", "set", URL)
        secret = shell.json("webhooks", "secret")["secret"].removeprefix("whsec_")
        assert secret.encode() not in shell.stored()
        assert b64decode(secret) not in shell.stored()


class TestLog:
    def test_shows_what_was_sent_newest_first(self, shell: Any) -> None:
        target = KEY.seal(json.dumps({"url": LONG_URL, "headers": {"Authorization": "to-ken"}}))
        told = {"sealed_target": f"\\x{target.hex()}", "attempts": 3}
        first = failed(shell, "PeerJoined", **told, response_status=503, error="the receiver answered 503")
        second = sent(shell, "TemplateCreated", None)
        newest, oldest = shell.json("webhooks", "log")
        assert re.fullmatch(MOMENT, oldest["finished_at"])
        assert re.fullmatch(MOMENT, oldest["created_at"])
        assert datetime.fromisoformat(oldest["created_at"]) == ids.moment(first)
        assert list(oldest.items()) == [
            ("id", str(first)),
            ("event_id", str(first)),
            ("type", "peer.join.success"),
            ("room", ids.to_hex(ROOM)),
            ("status", "failed"),
            ("attempts", 3),
            ("response_status", 503),
            ("error", "the receiver answered 503"),
            ("url", SHOWN),
            ("created_at", oldest["created_at"]),
            ("finished_at", oldest["finished_at"]),
        ]
        never = dict.fromkeys(("room", "response_status", "error", "url", "finished_at"))
        assert newest == oldest | never | {
            "id": str(second),
            "event_id": str(second),
            "type": "template.create.success",
            "status": "pending",
            "attempts": 0,
            "created_at": newest["created_at"],
        }

    def test_without_json_it_is_a_line_for_each(self, shell: Any) -> None:
        sent(shell, "SessionOpened")
        failed(shell, "TemplateUpdated", None, error="no webhook is configured")
        said = shell.run("webhooks", "log")
        first, second = said.out.splitlines()
        words = rf"template\.update\.success\t-\tfailed\t0\t-\tno webhook is configured\t-\t{MOMENT}\t{MOMENT}"
        assert re.fullmatch(rf"\S{{36}}\t\S{{36}}\t{words}", first)
        assert re.search(rf"\tsession\.open\.success\t{ids.to_hex(ROOM)}\tpending\t0\t-\t-\t-\t{MOMENT}\t-$", second)

    def test_is_of_a_status_a_room_or_a_time(self, shell: Any) -> None:
        now = datetime.now(UTC)
        old = failed(shell, at=now - timedelta(hours=1))
        good = sent(shell, "PeerLeft", status="success", finished_at=now, at=now)
        other = sent(shell, "PeerLeft", OTHER_ROOM)

        def shown(*arguments: str) -> list[str]:
            return [row["id"] for row in shell.json("webhooks", "log", *arguments)]

        every = [str(id) for id in (other, good, old)]
        assert shown() == shown("--status", "all") == every
        assert [shown("--status", status) for status in ("pending", "success", "failed")] == [[id] for id in every]
        assert shown("--room", ids.to_hex(OTHER_ROOM)) == [str(other)]
        assert shown("--room", ids.to_hex(ROOM).upper()) == [str(good), str(old)]
        assert shown("--since", (now - timedelta(minutes=59)).isoformat()) == [str(other), str(good)]
        assert shown("--limit", "1") == [str(other)]

    def test_takes_a_time_without_zone_as_utc(self, shell: Any) -> None:
        id = failed(shell, at=datetime(2026, 11, 25, 12, tzinfo=UTC))
        for since in ("2026-11-25T12:00:00", "2026-11-25T12:00:00Z", "2026-11-25T13:00:00+01:00", "2026-11-25"):
            assert [row["id"] for row in shell.json("webhooks", "log", "--since", since)] == [str(id)]
        assert shell.json("webhooks", "log", "--since", "2026-11-25T12:00:00.001") == []

    def test_shows_fifty(self, shell: Any) -> None:
        shell.sql(
            "INSERT INTO analytics_event (id, type, data, created_at) SELECT gen_random_uuid(), 'PeerLeft', '{}', now()"
            " FROM generate_series(1, 51)"
        )
        shell.sql(
            "INSERT INTO webhook_delivery (id, group_id, analytics_event_id, created_at) SELECT id, id, id, now()"
            " FROM analytics_event"
        )
        assert len(shell.json("webhooks", "log")) == 50
        assert len(shell.json("webhooks", "log", "--limit", "10000")) == 51

    def test_what_another_secret_key_has_sealed_has_no_url(self, shell: Any) -> None:
        sealed = SecretKey("a lost key").seal(json.dumps({"url": URL}))
        failed(shell, sealed_target=f"\\x{sealed.hex()}")
        assert [row["url"] for row in shell.json("webhooks", "log")] == [None]

    @pytest.mark.parametrize(
        "arguments",
        [
            ["--status", "done"],
            *(["--room", room] for room in ("", "0" * 23, "g" * 24, str(ROOM))),
            *(["--limit", limit] for limit in ("0", "10001", "x")),
            *(["--since", since] for since in ("", "yesterday", "2026-13-01", "9999-12-31T23:59:59-23:00")),
            ["more"],
        ],
        ids=str,
    )
    def test_of_something_else_is_misuse(self, terminal: Any, arguments: list[str]) -> None:
        terminal().misused("webhooks", "log", *arguments)


class TestReplay:
    @pytest.fixture
    def shell(self, shell: Any) -> Any:
        """The same, and the workspace has a webhook."""
        sealed = KEY.seal(json.dumps({"url": URL})).hex()
        shell.sql(f"UPDATE deployment SET sealed_webhook = '\\x{sealed}'")  # noqa: S608 - ours
        return shell

    def test_sends_again_what_has_failed(self, shell: Any) -> None:
        events = [failed(shell), failed(shell, "TemplateCreated", None)]
        sent(shell, "PeerJoined", status="success", finished_at=datetime.now(UTC))
        begun = shell.json("webhooks", "replay")
        assert list(begun) == ["workflow_id", "status", "total"]
        [row] = shell.sql("SELECT customer_id, webhook_replay.id FROM deployment, webhook_replay")
        name = f"webhook-replay-{ids.to_hex(row['customer_id'])}-{ids.to_hex(row['id'])}"
        assert begun == {"workflow_id": name, "status": "started", "total": 2}
        assert waiting(shell) == [(ROOM, events[0]), (UUID(int=0), events[1])]

    def test_is_not_begun_twice(self, shell: Any) -> None:
        failed(shell)
        begun = shell.json("webhooks", "replay", "--room", ids.to_hex(ROOM))
        again = shell.json("webhooks", "replay", "--room", ids.to_hex(ROOM).upper())
        assert again == begun | {"status": "already_running"}
        assert len(waiting(shell)) == 1

    def test_without_json_it_is_for_people(self, shell: Any) -> None:
        done = shell.run("webhooks", "replay")
        words = r"workflow_id: webhook-replay-[0-9a-f]{24}-[0-9a-f]{24}\nstatus: started\ntotal: 0\n"
        assert (done.status, done.err) == (0, "")
        assert re.fullmatch(words, done.out)

    def test_is_called_after_the_customer_of_the_settings(self, shell: Any) -> None:
        begun = shell.json("webhooks", "replay", ENFILADE_HMS__CUSTOMER_ID="0123456789abcdef01234567")
        assert begun["workflow_id"].startswith("webhook-replay-0123456789abcdef01234567-")

    @pytest.mark.parametrize(
        ("arguments", "chosen"),
        [
            ([], ["elsewhere", "updated"]),
            (["--status", "success"], ["joined"]),
            (["--status", "all"], ["elsewhere", "joined", "updated"]),
            (["--room", ids.to_hex(OTHER_ROOM)], ["elsewhere"]),
            (["--event", "peer.join.success", "--status", "all"], ["elsewhere", "joined"]),
            (["--event", "peer.join.success", "--event", "room.update.success"], ["elsewhere", "updated"]),
            (["--since", "DAYS"], ["elsewhere", "old", "updated"]),
            (["--since", "DAYS", "--until", "DAY"], ["old"]),
        ],
        ids=str,
    )
    def test_sends_what_is_chosen(self, shell: Any, arguments: list[str], chosen: list[str]) -> None:
        now = datetime.now(UTC)
        events = {
            failed(shell, at=now - timedelta(hours=25)): "old",
            failed(shell): "updated",
            failed(shell, "PeerJoined", OTHER_ROOM): "elsewhere",
            sent(shell, "PeerJoined", status="success", finished_at=now): "joined",
        }
        times = {"DAYS": now - timedelta(days=2), "DAY": now - timedelta(hours=24)}
        typed = [times[word].isoformat() if word in times else word for word in arguments]
        assert shell.json("webhooks", "replay", *typed)["total"] == len(chosen)
        assert sorted(events[event] for _, event in waiting(shell)) == chosen

    @pytest.mark.parametrize(
        "arguments",
        [
            ["--status", "pending"],
            ["--event", "room.burn.success"],
            ["--event", "ConferenceCreated"],
            ["--room", "x"],
            ["--until", "tomorrow"],
            ["--since", "2026-11-26", "--until", "2026-11-25"],
        ],
        ids=str,
    )
    def test_of_something_else_is_misuse(self, terminal: Any, arguments: list[str]) -> None:
        terminal().misused("webhooks", "replay", *arguments)
