"""`webhook` and `polls` of a room: what they may be, and how they come back."""

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import httpx
import pytest

ROOMS = "/v2/rooms"
URL = "https://hooks.example/in?x=1#y"
POLL, OTHER_POLL, NO_POLL = "64a5f5a6b9a7a8c1d2e3f405", "ffffffffffffffffffffffff", "0123456789abcdef01234567"
Check = Callable[..., None]
Room = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
Send = Callable[..., Awaitable[httpx.Response]]


class TestWebhook:
    @pytest.mark.parametrize(
        "webhook",
        [
            {"url": URL},
            {"url": URL, "headers": {}},
            {"url": URL, "headers": {"z": "1", "a": "2", "Authorization": "Basic x", "x-text": "é"}},
            {"headers": {"a": "b"}, "url": URL},
            {"z": {"y": [1, "2", 1.5, True]}, "url": URL, "a": 12345678901234567890},
            {"url": "http://127.0.0.1:8080"},
            {"url": "HTTP://EXAMPLE.org/"},
            {"url": "https://[::1]/x"},
            {"url": "https://user:pass@example.org/p?q#f"},
            {"url": "https://example.org/" + "x" * 5000},
        ],
        ids=["url", "no headers", "headers", "order", "unknown members", "http", "capitals", "v6", "password", "long"],
    )
    async def test_comes_back_as_it_was_from_every_call(
        self, hms: httpx.AsyncClient, ways: list[Send], same: Check, webhook: Room
    ) -> None:
        for send in ways:
            answer = await send(webhook=webhook)
            room = answer.json()
            assert list(room).index("webhook") == list(room).index("key") - 1
            same(answer, room | {"webhook": webhook})
            same(await hms.get(f"{ROOMS}/{room['id']}"), room)
            assert room in (await hms.get(ROOMS)).json()["data"]

    async def test_is_replaced_whole(self, hms: httpx.AsyncClient, create: Make) -> None:
        room = await create(webhook={"url": URL, "headers": {"a": "b"}})
        later = (await hms.post(f"{ROOMS}/{room['id']}", json={"webhook": {"url": "https://b.example"}})).json()
        assert later["webhook"] == {"url": "https://b.example"}

    async def test_null_members_inside_are_dropped(self, ways: list[Send]) -> None:
        for send in ways:
            room = (await send(webhook={"x": None, "url": URL, "headers": None})).json()
            assert room["webhook"] == {"url": URL}
            room = (await send(webhook={"url": URL, "headers": {"a": None, "b": "c"}, "x": {"y": None}})).json()
            assert room["webhook"] == {"url": URL, "headers": {"b": "c"}, "x": {}}

    async def test_is_there_only_when_set(self, ways: list[Send]) -> None:
        for send in ways:
            assert "webhook" not in (await send(description="x")).json()

    async def test_needs_a_url(self, ways: list[Send], bad_body: Check, subtests: pytest.Subtests) -> None:
        for webhook in (
            {},
            {"headers": {}},
            {"url": None},
            {"URL": URL},
        ):
            with subtests.test(repr(webhook)[:60]):
                for send in ways:
                    bad_body(await send(webhook=webhook), "webhook.url is required")

    async def test_of_another_type_of_url(self, ways: list[Send], bad_body: Check) -> None:
        for send in ways:
            for url in (0, 1.5, True, [], [URL], {}):
                bad_body(await send(webhook={"url": url}), "webhook.url must be a string")

    async def test_of_no_http_url(self, ways: list[Send], bad_body: Check, subtests: pytest.Subtests) -> None:
        for url in (
            "",
            " ",
            "x",
            "/in",
            "//hooks.example/in",
            "hooks.example",
            "hooks.example/in",
            "http",
            "http:",
            "http://",
            "http:///in",
            "https://?x",
            "https:hooks.example",
            "ftp://hooks.example",
            "http://10.0.0.1\\@hooks.example/",
            "https://hooks.example/a\\b",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "ws://hooks.example",
            "mailto:a@hooks.example",
            "http://[::1",
            "http://hooks.example:port",
            "http://hooks.example:99999",
        ):
            with subtests.test(repr(url)[:60]):
                for send in ways:
                    bad_body(await send(webhook={"url": url}), "webhook.url must be an http or https URL")

    async def test_of_a_url_with_nul(self, ways: list[Send], bad_body: Check) -> None:
        for send in ways:
            bad_body(await send(webhook={"url": "https://a.example/\u0000"}), "webhook must not contain NUL")

    async def test_of_another_type_of_headers(self, ways: list[Send], bad_body: Check) -> None:
        for send in ways:
            for headers in ("", "a: b", 0, 1.5, True, [], ["a"], [{"a": "b"}]):
                bad_body(await send(webhook={"url": URL, "headers": headers}), "webhook.headers must be an object")

    async def test_of_another_type_of_header(self, ways: list[Send], bad_body: Check) -> None:
        for send in ways:
            for value in (0, 1.5, True, [], ["a"], {}):
                answer = await send(webhook={"url": URL, "headers": {"a": "b", "x-header": value}})
                bad_body(answer, "webhook.headers.x-header must be a string")

    async def test_of_a_header_that_http_cannot_carry(self, ways: list[Send], subtests: pytest.Subtests) -> None:
        for headers in (
            {"": "x"},
            {"a b": "x"},
            {"a:": "x"},
            {"a\r\nb": "x"},
            {"a\n": "x"},
            {"é": "x"},
            {"a\u0000": "x"},
            {"a": "x\r\ny: z"},
            {"a": "x\n"},
            {"a": "x\ry"},
            {"a": "x\u0000"},
        ):
            with subtests.test(repr(headers)[:60]):
                for send in ways:
                    answer = await send(webhook={"url": URL, "headers": headers})
                    assert answer.status_code == 400
                    assert list(answer.json()) == ["code", "message", "details"]
                    assert answer.json()["message"] == "Invalid body param"
                    [detail] = answer.json()["details"]
                    assert detail.startswith("Invalid body param: webhook")

    async def test_is_sealed_in_the_database(self, ways: list[Send], database: asyncpg.Connection) -> None:
        for send in ways:
            headers = {"x-header": "a-very-secret-header"}
            await send(webhook={"url": "https://a-very-secret-host.example", "headers": headers})
            assert "a-very-secret" not in str(await database.fetch("SELECT conference::text FROM conference"))


@pytest.mark.usefixtures("polls")
class TestPolls:
    @pytest.mark.parametrize("named", [[], [POLL], [POLL, OTHER_POLL], [OTHER_POLL, POLL, OTHER_POLL]])
    async def test_come_back_in_their_order(
        self, hms: httpx.AsyncClient, ways: list[Send], same: Check, named: list[str]
    ) -> None:
        for send in ways:
            answer = await send(polls=named)
            room = answer.json()
            same(answer, room | {"polls": named})
            same(await hms.get(f"{ROOMS}/{room['id']}"), room)
            assert room in (await hms.get(ROOMS)).json()["data"]

    async def test_are_replaced_whole(self, hms: httpx.AsyncClient, create: Make) -> None:
        room = await create(polls=[POLL])
        for polls in ([OTHER_POLL, POLL], [OTHER_POLL], []):
            later = (await hms.post(f"{ROOMS}/{room['id']}", json={"polls": polls})).json()
            assert later["polls"] == polls

    async def test_are_read_in_either_case(self, ways: list[Send]) -> None:
        for send in ways:
            assert (await send(polls=[POLL.upper()])).json()["polls"] == [POLL]

    async def test_are_there_only_when_given(self, ways: list[Send]) -> None:
        for send in ways:
            assert "polls" not in (await send(description="x")).json()

    async def test_that_are_no_ids(self, ways: list[Send], bad_body: Check, subtests: pytest.Subtests) -> None:
        for poll in (
            None,
            0,
            1.5,
            True,
            [],
            [POLL],
            {},
            "",
            "x",
            "\u0000",
            POLL[:-1],
            f"{POLL}0",
            f"{POLL[:-1]}g",
            f" {POLL}",
            f"{POLL}\n",
            "-" + POLL[1:],
            "0x" + POLL[2:],
        ):
            with subtests.test(repr(poll)[:60]):
                for send in ways:
                    bad_body(await send(polls=[poll]), "polls.0 must be 24 hex digits")
                    bad_body(await send(polls=[POLL, poll, "y"]), "polls.1 must be 24 hex digits")

    async def test_that_are_not_there(
        self, hms: httpx.AsyncClient, ways: list[Send], create: Make, bad_body: Check, same: Check
    ) -> None:
        kept = await create(name="room-c", polls=[POLL])
        for unknown in (NO_POLL, kept["id"], "0" * 24):
            for named in ([unknown], [POLL, unknown], [unknown, POLL, POLL]):
                for send in ways:
                    bad_body(await send(polls=named, description="changed"), "polls must be ids of polls")
        listed = (await hms.get(ROOMS)).json()["data"]
        assert [room["description"] for room in listed] == ["", "", ""]  # and none was made
        same(await hms.get(f"{ROOMS}/{kept['id']}"), kept)

    async def test_that_are_not_there_are_told_before_a_room_that_is_not(
        self, hms: httpx.AsyncClient, bad_body: Check, missing: Check
    ) -> None:
        by_name = {"name": "nobody", "active": False}
        for path, body in ((ROOMS, by_name), (f"{ROOMS}/{NO_POLL}", {})):
            bad_body(await hms.post(path, json={**body, "polls": [NO_POLL]}), "polls must be ids of polls")
            missing(await hms.post(path, json={**body, "polls": [POLL]}))

    async def test_are_judged_only_when_they_are_said(
        self, hms: httpx.AsyncClient, create: Make, database: asyncpg.Connection
    ) -> None:
        """Rooms of older versions name polls that never were."""
        room = await create(name="room-c", polls=[POLL])
        await database.execute("DELETE FROM poll")
        later = await hms.post(f"{ROOMS}/{room['id']}", json={"description": "later"})
        assert (later.status_code, later.json()["polls"]) == (200, [POLL])

    async def test_are_those_that_the_api_makes(self, create: Make, make_poll: Make) -> None:
        made = [(await make_poll(title=title))["id"] for title in ("one", "two")]
        assert (await create(polls=made))["polls"] == made
