"""Who calls is asked together with what is asked first: one round trip to Postgres for both."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol, Self
from uuid import UUID

from starlette.requests import HTTPConnection

from app.apis.dependencies import Call, Caller, resources
from app.domain.database import FAILURES, AnyConnection, Row, Statement, Transaction


class Credential(Protocol):
    """What a caller shows, in a form that can be asked about."""

    @property
    def text(self) -> str:
        """What is shown, as it was sent."""

    @property
    def question(self) -> Statement[Any]:
        """What looks it up: a row at most. What it finds completes a statement that lacks a parameter of that name."""

    @property
    def given(self) -> Mapping[str, Any]:
        """What the question is given; no statement of an operation has parameters of these names."""

    async def caller(self, call: Call, found: Any) -> Caller:
        """Return who shows it, by what was found; or raise."""


class Admission(Transaction):
    """What a caller asks who is not known yet: nothing is answered, written or refused before it is judged who calls.

    Leaving the block judges too, so an operation that asks nothing, or fails before it does, is no way in.

    A statement may have a parameter `caller_id`, which is given here: who calls is not known outside before it asks.
    """

    def __init__(self, connection: AnyConnection, credential: Credential, shown_by: HTTPConnection) -> None:
        super().__init__(connection)
        self._credential = credential
        self._shown_by = shown_by
        self._judged = False
        self.caller: Caller | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        # Not when the database has failed to answer: it would be waited for once more.
        if kind is None or (issubclass(kind, Exception) and not issubclass(kind, OSError)):
            await self.judge()

    @property
    def caller_id(self) -> UUID:
        assert self.caller, "nobody was judged yet"
        return self.caller.id

    async def judge(self) -> None:
        """Judge who calls, unless that is done; raise what the credential raises."""
        if not self._judged:
            await self._judge(await super().find(self._credential.question, **self._credential.given))

    async def find(self, statement: Statement[Row], /, **given: Any) -> Row | None:
        if self._judged or not statement.reads:
            return await super().find(statement, **await self._completed(given))
        # When it fails, nobody is judged yet: on the way out the credential is looked up by itself.
        plain, asked = Transaction(self._connection), {**self._credential.given, **given}
        both = await plain.find_both(self._credential.question, statement, **asked)
        await self._judge(both[0])
        return both[1]

    async def all(self, statement: Statement[Row], /, **given: Any) -> list[Row]:
        return await super().all(statement, **await self._completed(given))

    async def _completed(self, given: Mapping[str, Any]) -> dict[str, Any]:
        await self.judge()
        return {"caller_id": self.caller_id, **given}

    async def _judge(self, found: Any) -> None:
        self._judged = True  # refused or not: once is enough
        server = resources(self._shown_by)
        try:
            self.caller = await self._credential.caller(Call(Transaction(self._connection), server), found)
        except FAILURES:  # of the database, which notes its use
            raise
        except Exception:
            server.failures.count(self._shown_by, self._credential.text)
            raise
        server.failures.remember(self._credential.text)
        self._shown_by.state.caller = self.caller.name
