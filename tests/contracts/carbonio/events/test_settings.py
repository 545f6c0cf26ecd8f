"""What settings make of the handshake: developers are told why, origins are allowed, and too much is refused."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import asyncpg
import httpx
import pytest
from databases import Postgres
from people import Person
from processes import NO_TLS, RunServer, Server, settings_of
from sockets import bearer, cookie, opened, refused
from transcripts import assert_same

APP = "https://app.example"
MOST = 5


@pytest.fixture(scope="module")
def live(run_server: RunServer, postgres: Postgres, template: str) -> Iterator[Server]:
    settings = {
        "CHATS__DEVELOPER_MODE": "true",
        "CORS_ORIGINS": APP,
        "MAX_CONNECTIONS": "40",
        "MAX_FAILED_CREDENTIALS": str(MOST),
    }
    with (
        postgres.database(template) as url,
        run_server(**settings_of(url), **{f"ENFILADE_{name}": value for name, value in settings.items()}) as server,
    ):
        yield server


@pytest.fixture(scope="module")
async def desk(live: Server) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(live.environment["ENFILADE_DATABASE_URL"])
    yield connection
    await connection.close()


def assert_told(answer: httpx.Response, status: int) -> None:
    """Judge a refusal as developers are told of it."""
    message = answer.json()["message"]
    assert_same(answer, {"traceId": answer.headers["x-trace-id"], "message": message}, status)
    assert 0 < len(message) < 300


class TestDeveloperMode:
    async def test_says_why_there_is_no_websocket(self, anybody: httpx.AsyncClient, ada: Person) -> None:
        shown = cookie(ada.token)
        for status, path, headers in (
            (401, "/events", {}),
            (401, "/services/chats/events", cookie("junk")),
            (401, "/events", shown | {"queue-id": "junk"}),
            (403, "/events", shown | {"Origin": "https://elsewhere.example"}),
            (400, "/events?after=junk", shown),
        ):
            assert_told(await refused(anybody, path, headers), status)

    async def test_says_why_a_plain_request_is_none(self, anybody: httpx.AsyncClient, ada: Person) -> None:
        assert_told(await anybody.get("/events"), 401)
        assert_told(await anybody.get("/events", headers=cookie(ada.token)), 426)


class TestOrigins:
    async def test_that_are_allowed_open_it_beside_the_cookie(self, live: Server, ada: Person) -> None:
        for origin in (APP, live.url):
            async with opened(live.url, "/events", cookie(ada.token) | {"Origin": origin}) as session:
                await session.assert_alive()

    @pytest.mark.parametrize("origin", ["http://app.example", f"{APP}:444", f"{APP}.elsewhere.example", "null"])
    async def test_that_are_like_it_are_foreign(self, anybody: httpx.AsyncClient, ada: Person, origin: str) -> None:
        assert_told(await refused(anybody, "/events", cookie(ada.token) | {"Origin": origin}), 403)


class TestTooMany:
    async def test_sockets_of_one_user_are_refused(
        self, live: Server, anybody: httpx.AsyncClient, ada: Person, ben: Person
    ) -> None:
        """A quarter of MAX_CONNECTIONS each; who closes one may open another."""
        async with AsyncExitStack() as sockets:
            several = [await sockets.enter_async_context(opened(live.url, "/events", cookie(ada.token)))]
            several += [
                await sockets.enter_async_context(opened(live.url, "/events", bearer(ada.token))) for _ in range(9)
            ]
            assert_told(await refused(anybody, "/events", cookie(ada.token)), 429)
            await sockets.enter_async_context(opened(live.url, "/events", cookie(ben.token)))
            await several[0].connection.close()
            another = await sockets.enter_async_context(opened(live.url, "/events", cookie(ada.token)))
            for session in (another, *several[1:]):
                await session.assert_alive()


class TestFailedCredentials:
    async def test_are_too_many_for_whoever_is_not_known(self, live: Server, ada: Person, ben: Person) -> None:
        address = "127.0.0.9"  # of which no other test is
        async with opened(live.url, "/events", cookie(ada.token), local_addr=(address, 0)):
            pass
        transport = httpx.AsyncHTTPTransport(local_address=address, verify=NO_TLS)
        async with httpx.AsyncClient(base_url=live.url, transport=transport) as client:
            for _ in range(MOST):
                assert_told(await refused(client, "/events", cookie("junk")), 401)
            for token in ("junk", ben.token):
                answer = await refused(client, "/events", cookie(token))
                assert_told(answer, 429)
                assert 0 < int(answer.headers["retry-after"]) <= 61
        async with opened(live.url, "/events", cookie(ada.token), local_addr=(address, 0)) as session:
            await session.assert_alive()
