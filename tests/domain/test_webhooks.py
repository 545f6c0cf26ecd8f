"""The workspace's webhook: what may be one, that it is kept sealed, and that it shows nothing."""

import json
from datetime import datetime
from typing import Any

import asyncpg
import pytest

from app.domain import webhooks
from app.domain.database import Transaction
from app.domain.errors import SecretKeyMismatch, WebhookNotFound
from app.domain.secrets import SecretKey
from app.domain.webhooks import Target

KEY = SecretKey("a key of the tests")
URL = "https://hooks.example/in"
NO_URL = "the URL must be an http or https URL with a host"
NO_FIELDS = "the header fields must be such as HTTP can carry"
SECRET = Target("https://user:pass-word@hooks.example/in?token=to-ken#frag-ment", {"Authorization": "Bearer to-ken"})


class TestTarget:
    def test_comes_back_from_json_in_its_order(self) -> None:
        target = Target(URL, {"z": "é", "a": ""})
        assert Target.of_json(target.json_text) == target
        assert json.loads(target.json_text) == {"url": URL, "headers": {"z": "é", "a": ""}}
        assert list(Target.of_json(target.json_text).headers) == ["z", "a"]

    @pytest.mark.parametrize(
        "document", [{"url": URL}, {"url": URL, "headers": {}}, {"x": {"url": "y"}, "url": URL}], ids=str
    )
    def test_is_what_a_room_has_stored(self, document: dict[str, Any]) -> None:
        assert Target.of_json(json.dumps(document)) == Target(URL, {})

    def test_repr_shows_nothing(self) -> None:
        assert repr(SECRET) == str(SECRET) == "Target()"

    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            (SECRET.url, "https://hooks.example/in"),
            (URL, URL),
            ("HTTP://hooks.example:8080", "HTTP://hooks.example:8080"),
            ("http://user@[::1]:80/?x", "http://[::1]:80/"),
            ("https://a@b@hooks.example/@c", "https://hooks.example/@c"),
            ("https://user:p\\@hooks.example\\@x/y", "https://x/y"),
            ("https://hooks.example?user:pass@x/y", "https://hooks.example"),
            ("https://hooks.example#user:pass@x/y", "https://hooks.example"),
            ("https://hooks.example/a://b@c", "https://hooks.example/a://b@c"),
            ("nonsense", ""),
        ],
    )
    def test_is_shown_without_user_password_and_query(self, url: str, shown: str) -> None:
        assert Target(url).shown_url == shown


class TestFault:
    @pytest.mark.parametrize(
        "url",
        [
            URL,
            SECRET.url,
            "http://127.0.0.1:8080",
            "HTTPS://EXAMPLE.org/",
            "https://[::1]/x",
            "https://hooks.example:",
            "https://höks.example/ü",
            "https://hooks.example/" + "x" * (2048 - 22),
        ],
    )
    def test_none_of_what_can_be_called(self, url: str) -> None:
        assert webhooks.fault(Target(url)) is None

    @pytest.mark.parametrize(
        "url",
        [
            *("", " ", "x", "/in", "//hooks.example/in", "hooks.example", "http", "http:", "http://", "http:///in"),
            *("https://?x", "https:hooks.example", "ftp://hooks.example", "file:///etc/passwd", "javascript:alert(1)"),
            *("http://[::1", "http://hooks.example:port", "http://hooks.example:65536", "http://hooks.example:0"),
            *("http://:80/", "http://user@/", "http://user@:80/", " https://hooks.example", "https://hooks.example\n"),
            *("https://hooks.example/a b", "https://hooks.example/\0", "https://hooks.example/\x1b[2J"),
            *("https://hooks.example\\@inside.example/", "https://hooks.example/\udcff", "https://hooks\u200b.example"),
        ],
    )
    def test_of_no_url_that_can_be(self, url: str) -> None:
        assert webhooks.fault(Target(url)) == NO_URL

    def test_of_a_url_that_is_too_long(self) -> None:
        url = "https://hooks.example/" + "x" * (2049 - 22)
        assert webhooks.fault(Target(url)) == "the URL must have at most 2,048 characters"

    @pytest.mark.parametrize("headers", [{}, {"X-a": ""}, {"a": "b", "c": "\t é ~"}, {"!#$%&'*+.^_`|~": "x"}])
    def test_none_of_what_http_carries(self, headers: dict[str, str]) -> None:
        assert webhooks.fault(Target(URL, headers)) is None

    @pytest.mark.parametrize("name", ["", "a b", "a:", "a\r\nb", "a\n", "é", "a\0", "\udcff"])
    def test_of_a_name_that_http_does_not_carry(self, name: str) -> None:
        assert webhooks.fault(Target(URL, {"x": "y", name: "x"})) == NO_FIELDS

    @pytest.mark.parametrize("value", ["x\r\ny: z", "x\n", "x\ry", "x\0", "\x7f", "\x1b", "\udcff"])
    def test_of_a_value_that_http_does_not_carry(self, value: str) -> None:
        assert webhooks.fault(Target(URL, {"x": "y", "a": value})) == NO_FIELDS

    def test_of_a_name_in_two_spellings(self) -> None:
        assert webhooks.fault(Target(URL, {"x-a": "1", "X-A": "1"})) == "each header field must be named once"

    def test_of_more_than_16_kib(self) -> None:
        half = {"a": "é" * 4095 + "x"}  # 8 KiB with its name
        assert webhooks.fault(Target(URL, half | {"b": "x" * 8191})) is None
        refusal = "the header fields must not be larger than 16 KiB"
        assert webhooks.fault(Target(URL, half | {"b": "x" * 8192})) == refusal


class TestOfTheWorkspace:
    async def test_is_none_until_one_is_put(self, transaction: Transaction) -> None:
        with pytest.raises(WebhookNotFound):
            await webhooks.get(transaction, KEY)
        with pytest.raises(WebhookNotFound):
            await webhooks.clear(transaction)

    async def test_comes_back(self, transaction: Transaction) -> None:
        await webhooks.put(transaction, KEY, SECRET)
        assert await webhooks.get(transaction, KEY) == SECRET

    async def test_is_replaced_whole(self, transaction: Transaction) -> None:
        await webhooks.put(transaction, KEY, SECRET)
        await webhooks.put(transaction, KEY, Target(URL))
        assert await webhooks.get(transaction, KEY) == Target(URL)

    async def test_is_gone_when_it_is_cleared(self, transaction: Transaction) -> None:
        await webhooks.put(transaction, KEY, SECRET)
        await webhooks.clear(transaction)
        with pytest.raises(WebhookNotFound):
            await webhooks.get(transaction, KEY)

    async def test_is_sealed_in_the_database(self, transaction: Transaction, database: asyncpg.Connection) -> None:
        await webhooks.put(transaction, KEY, SECRET)
        sealed = await database.fetchval("SELECT sealed_webhook FROM deployment")
        assert KEY.unseal(sealed) == SECRET.json_text
        assert b"hooks" not in sealed

    async def test_is_not_opened_by_another_key(self, transaction: Transaction) -> None:
        await webhooks.put(transaction, KEY, SECRET)
        with pytest.raises(SecretKeyMismatch):
            await webhooks.get(transaction, SecretKey("another"))

    async def test_changes_when_the_deployment_was_modified_and_nothing_else(
        self, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        rest = "SELECT to_jsonb(deployment) - 'sealed_webhook' - 'modified_at' FROM deployment"
        before = await database.fetchval(rest)
        moments = [await _modified(database)]
        for change in (webhooks.put(transaction, KEY, SECRET), webhooks.clear(transaction)):
            await change
            moments.append(await _modified(database))
        assert moments[0] < moments[1] <= moments[2]
        assert await database.fetchval(rest) == before


async def _modified(database: asyncpg.Connection) -> datetime:
    moment: datetime = await database.fetchval("SELECT modified_at FROM deployment")
    return moment
