"""How a websocket is opened, as whom and in which words; and how that is refused."""

import contextlib
import re
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from people import BASES, Person
from processes import Server
from sockets import NEWER, UPGRADE, Join, assert_just_now, bearer, cookie, opened, read, refused
from transcripts import assert_empty
from wire import Wire

from app.domain import tokens
from app.domain.database import Transaction

HELLO = re.compile(r'\{"queueId":"([0-9a-f-]{36})","type":"websocketConnected"\}')
QUEUE = "0f4a7b52-7a55-4c0e-8d7e-3a4c1f6d9be2"


async def hello_to(live: Server, path: str, headers: dict[str, str]) -> str:
    """Open a websocket, see that it is one, and return what is said first."""
    async with opened(live.url, path, headers) as session:
        await session.assert_alive()
        return session.hello


class TestOpened:
    @pytest.mark.parametrize("path", [f"{base}/events{slash}" for base in BASES for slash in ("", "/")])
    async def test_by_a_cookie_or_a_bearer(self, live: Server, ada: Person, path: str) -> None:
        for headers in (cookie(ada.token), bearer(ada.token)):
            assert HELLO.fullmatch(await hello_to(live, path, headers))

    async def test_with_a_trace_id_and_nothing_else_of_ours(self, join: Join, ada: Person) -> None:
        answer = (await join(ada)).connection.response
        assert answer
        assert answer.status_code == 101
        assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Trace-Id"])
        names = {name.lower() for name, _ in answer.headers.raw_items()}
        assert names <= {"upgrade", "connection", "sec-websocket-accept", "x-trace-id", "date"}, names

    async def test_by_a_cookie_among_others(self, live: Server, ada: Person, ben: Person) -> None:
        several = {"Cookie": f"a=b; ZM_AUTH_TOKEN={ada.token}; ZX_AUTH_TOKEN=x"}
        for headers in (several, cookie(ada.token) | bearer(ben.token), cookie("") | bearer(ada.token)):
            assert HELLO.fullmatch(await hello_to(live, "/events", headers))

    async def test_with_a_queue_of_its_own_each_time(self, join: Join, ada: Person) -> None:
        ids = [(await join(ada)).queue_id for _ in range(3)]
        assert len({UUID(id) for id in ids}) == 3

    @pytest.mark.parametrize("id", [QUEUE, QUEUE.upper(), ""])
    async def test_whatever_queue_was_there_before(self, live: Server, ada: Person, id: str) -> None:
        found = HELLO.fullmatch(await hello_to(live, "/events", cookie(ada.token) | {"queue-id": id}))
        assert found
        assert found[1] != QUEUE

    async def test_by_a_client_that_could_compress_without_compression(self, join: Join, ada: Person) -> None:
        assert (await join(ada)).connection.protocol.extensions == []

    async def test_with_a_query_of_other_words(self, live: Server, ada: Person) -> None:
        assert HELLO.fullmatch(await hello_to(live, "/events?before=1&x=%00", cookie(ada.token)))


class TestUnauthenticated:
    @pytest.mark.parametrize("path", [f"{base}/events{slash}" for base in BASES for slash in ("", "/")])
    async def test_without_a_token(self, anybody: httpx.AsyncClient, path: str) -> None:
        assert_empty(await refused(anybody, path, {}), 401)

    @pytest.mark.parametrize("bad", ["junk", "0" * 64, "'", "é", "k" * 4000])
    async def test_with_a_bad_token(self, anybody: httpx.AsyncClient, ada: Person, bad: str) -> None:
        for headers in (cookie(bad), bearer(bad), cookie(bad) | bearer(ada.token)):
            encoded = {name: value.encode() for name, value in (UPGRADE | headers).items()}
            assert_empty(await anybody.get("/events", headers=encoded), 401)

    async def test_with_a_token_elsewhere(self, anybody: httpx.AsyncClient, ada: Person) -> None:
        path = f"/events?ZM_AUTH_TOKEN={ada.token}&token={ada.token}"
        for headers in ({}, {"Authorization": ada.token}, {"Sec-WebSocket-Protocol": ada.token}):
            assert_empty(await refused(anybody, path, headers), 401)

    async def test_with_a_token_whose_time_is_over(
        self, anybody: httpx.AsyncClient, ada: Person, desk: asyncpg.Connection
    ) -> None:
        over = "UPDATE user_token SET expires_at = now() - interval '1 millisecond' WHERE user_id = $1"
        await desk.execute(over, UUID(ada.id))
        assert_empty(await refused(anybody, "/events", cookie(ada.token)), 401)

    async def test_with_a_token_that_is_revoked(
        self, anybody: httpx.AsyncClient, ada: Person, desk: asyncpg.Connection
    ) -> None:
        async with desk.transaction():
            await tokens.revoke(Transaction(desk), ada.token)
        assert_empty(await refused(anybody, "/events", bearer(ada.token)), 401)

    @pytest.mark.parametrize("id", ["junk", "null", "1", QUEUE[:-1], f"{{{QUEUE}}}", f"{QUEUE}, {QUEUE}"])
    async def test_with_junk_for_a_queue(self, anybody: httpx.AsyncClient, ada: Person, id: str) -> None:
        for headers in (cookie(ada.token), bearer(ada.token)):
            assert_empty(await refused(anybody, "/events", headers | {"queue-id": id}), 401)

    @pytest.mark.parametrize("path", ["/events?after=junk", "/events?after="])
    async def test_before_anything_else_is_judged(self, anybody: httpx.AsyncClient, path: str) -> None:
        for headers in ({}, cookie("junk"), cookie("junk") | {"Origin": "https://elsewhere.example"}):
            assert_empty(await refused(anybody, path, headers), 401)


class TestWithoutUpgrade:
    @pytest.mark.parametrize("base", BASES)
    async def test_it_is_said_what_is_needed(self, anybody: httpx.AsyncClient, ada: Person, base: str) -> None:
        assert_empty(await anybody.get(f"{base}/events"), 401)
        assert_empty(await anybody.get(f"{base}/events", headers=cookie("junk")), 401)
        for headers in (cookie(ada.token), bearer(ada.token)):
            answer = await anybody.get(f"{base}/events", headers=headers)
            assert_empty(answer, 426)
            assert answer.headers["Upgrade"] == "websocket"

    async def test_other_methods_are_refused(self, anybody: httpx.AsyncClient, ada: Person) -> None:
        for method in ("POST", "PUT", "DELETE"):
            answer = await anybody.request(method, "/events", headers=cookie(ada.token))
            assert_empty(answer, 405)
            assert {name.strip() for name in answer.headers["allow"].split(",")} <= {"GET", "HEAD"}

    @pytest.mark.parametrize("path", ["/rooms", "/services/chats/rooms", "/events/x", "/v2/events"])
    async def test_elsewhere_the_offer_is_ignored(self, anybody: httpx.AsyncClient, ada: Person, path: str) -> None:
        plain = await anybody.get(path, headers=cookie(ada.token))
        offering = await refused(anybody, path, cookie(ada.token))
        assert offering.status_code == plain.status_code
        assert offering.status_code in {200, 404, 401}


class TestOrigins:
    """Any page of the web can have a browser open a websocket with our cookie; only our own may."""

    @pytest.mark.parametrize(
        "origin",
        [
            "https://elsewhere.example",
            "http://127.0.0.2:{port}",
            "http://127.0.0.1.elsewhere.example:{port}",
            "http://elsewhere.example/127.0.0.1:{port}",
            "http://127.0.0.1:{port}@elsewhere.example",
            "null",
            "127.0.0.1",
            "http://",
            "http://[",
            "é",
        ],
    )
    async def test_that_are_foreign_are_refused_beside_the_cookie(
        self, anybody: httpx.AsyncClient, live: Server, ada: Person, origin: str
    ) -> None:
        fields = {"Origin": origin.format(port=live.url.rpartition(":")[2]).encode()}
        answer = await anybody.get("/events", headers={**UPGRADE, **cookie(ada.token), **fields})
        assert_empty(answer, 403)

    async def test_that_are_our_own_are_fine(self, live: Server, ada: Person) -> None:
        host = live.url.removeprefix("http://")
        for origin in (live.url, f"https://{host}"):
            assert HELLO.fullmatch(await hello_to(live, "/events", cookie(ada.token) | {"Origin": origin}))

    async def test_are_compared_without_case(self, live: Server, ada: Person) -> None:
        host, port = live.url.removeprefix("http://").split(":")
        said = cookie(ada.token) | {"Origin": "https://chats.EXAMPLE"}
        async with opened("http://Chats.Example", "/events", said, host=host, port=port) as session:
            await session.assert_alive()

    async def test_do_not_matter_beside_a_bearer(self, live: Server, ada: Person) -> None:
        said = bearer(ada.token) | {"Origin": "https://elsewhere.example"}
        assert HELLO.fullmatch(await hello_to(live, "/events", said))


class TestSubProtocols:
    @pytest.mark.parametrize(
        ("offered", "chosen"),
        [
            (["1.6.0"], "1.6.0"),
            (["1.6.1"], "1.6.1"),
            (["1.6.2"], "1.6.2"),
            (["1.6.0", "1.6.2", "1.6.1"], "1.6.2"),
            (["1.6.1", "1.6.0"], "1.6.1"),
            (["2.0.0", "1.6.1", "chat"], "1.6.1"),
            (["1.6.3"], None),
            (["1.6"], None),
            (["chat", "2.0.0"], None),
        ],
    )
    async def test_the_highest_that_is_known_is_chosen(
        self, join: Join, ada: Person, offered: list[str], chosen: str | None
    ) -> None:
        session = await join(ada, subprotocols=offered)
        assert session.connection.subprotocol == chosen
        if chosen == NEWER:
            hello = read(session.hello)
            assert list(hello) == ["queueId", "type", "sentDate"]
            assert (hello["type"], str(UUID(hello["queueId"]))) == ("WebsocketConnected", hello["queueId"])
            assert_just_now(hello["sentDate"])
        else:
            assert HELLO.fullmatch(session.hello)
            await session.assert_alive()

    async def test_may_stand_in_several_fields(self, live: Server, ada: Person) -> None:
        several = cookie(ada.token) | UPGRADE
        fields = [f"{name}: {value}" for name, value in several.items()]
        protocols = [f"Sec-WebSocket-Protocol: {each}" for each in ("1.6.0", "x ,1.6.2", "1.6.1")]
        with contextlib.closing(Wire(live.url)) as wire:
            heard = wire.ask("GET /events", *fields, *protocols)
        assert (heard.status, heard["sec-websocket-protocol"]) == (101, "1.6.2")


class TestAfter:
    @pytest.mark.parametrize(
        "number",
        [
            "",
            "x",
            "-1",
            "%2B1",
            "1.0",
            "1e3",
            "0x1",
            "1_0",
            "%201",
            "1%20",
            "%D9%A3",
            "9223372036854775808",
            "null",
            "1%00",
        ],
    )
    async def test_that_is_no_number_is_refused(self, anybody: httpx.AsyncClient, ada: Person, number: str) -> None:
        assert_empty(await refused(anybody, f"/events?after={number}", cookie(ada.token)), 400)

    async def test_with_more_digits_than_anybody_reads_is_refused(
        self, anybody: httpx.AsyncClient, ada: Person
    ) -> None:
        assert_empty(await refused(anybody, f"/events?after={'9' * 6000}", cookie(ada.token)), 400)


async def test_ids_of_queues_are_nobody_elses(join: Join, ada: Person) -> None:
    """What is shown as a queue by HTTP is one that the hello named."""
    session = await join(ada)
    for id in (session.queue_id, str(uuid4())):
        assert (await ada("GET", "/rooms", headers={"queue-id": id})).status_code == 200
