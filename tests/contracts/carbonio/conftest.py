"""People who chat, each with a client that shows their cookie, on a database that holds nothing else."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from transcripts import caller

from app.domain import tokens, users
from app.domain.database import Transaction
from app.domain.users import UserType

Json = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """A user, as somebody who calls."""

    id: str
    email: str
    name: str
    token: str = field(repr=False)
    client: httpx.AsyncClient = field(repr=False)

    async def __call__(self, method: str, path: str, **body: Any) -> httpx.Response:
        """Send a request: `await ada("POST", "/rooms", json={…})`."""
        return await self.client.request(method, path, **body)

    async def created(self, type: str, *others: "Person", **members: Any) -> Json:
        """Create a room and return it as it was answered."""
        body = {"type": type, "membersIds": [other.id for other in others], **members}
        answer = await self("POST", "/rooms", json={name: value for name, value in body.items() if value is not None})
        assert answer.status_code == 201, answer.text
        room: Json = answer.json()
        return room


Acquaint = Callable[..., Awaitable[Person]]


@pytest.fixture
async def acquaint(application: object, transaction: Transaction) -> AsyncIterator[Acquaint]:
    """Add a user: `await acquaint("Ada")`."""
    async with AsyncExitStack() as clients:

        async def acquaint(name: str, type: UserType = "internal") -> Person:
            user = await users.add(transaction, email=f"{name.lower()}@example.org", name=name, type=type)
            token = (await tokens.create(transaction, user.id, lifetime_seconds=3600)).token
            client = await clients.enter_async_context(caller(application, Cookie=f"ZM_AUTH_TOKEN={token}"))
            return Person(str(user.id), user.email, user.name, token, client)

        yield acquaint


@pytest.fixture
async def ada(acquaint: Acquaint) -> Person:
    return await acquaint("Ada")


@pytest.fixture
async def ben(acquaint: Acquaint) -> Person:
    return await acquaint("Ben")


@pytest.fixture
async def cleo(acquaint: Acquaint) -> Person:
    return await acquaint("Cleo")


@pytest.fixture
async def dora(acquaint: Acquaint) -> Person:
    return await acquaint("Dora")
