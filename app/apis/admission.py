"""Who calls is asked together with what is asked first: one round trip to Postgres for both."""

from types import TracebackType
from typing import Any, Protocol, Self

from starlette.requests import Request

from app.apis.dependencies import Call, resources
from app.domain.database import AnyConnection, Row, Statement, Transaction


class Credential(Protocol):
    """What a caller shows, in a form that can be asked about."""

    async def caller(self, call: Call) -> str:
        """Return who shows it, for the log; or raise."""


class Admission(Transaction):
    """What a caller asks who is not known yet: nothing is answered, written or refused before it is judged who calls.

    Leaving the block judges too, so an operation that asks nothing, or fails before it does, is no way in.
    """

    def __init__(self, connection: AnyConnection, credential: Credential, request: Request) -> None:
        super().__init__(connection)
        self._credential = credential
        self._request = request
        self._judged = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        if kind is None or issubclass(kind, Exception):
            await self.judge()

    async def judge(self) -> None:
        """Judge who calls, unless that is done; raise what the credential raises."""
        if not self._judged:
            await self._judge(Transaction(self._connection))

    async def find(self, statement: Statement[Row], /, **given: Any) -> Row | None:
        if self._judged or not statement.reads:
            await self.judge()
            return await super().find(statement, **given)
        together = _Together(self._connection, statement, given)
        await self._judge(together)
        found: Row | None = await together.found()
        return found

    async def all(self, statement: Statement[Row], /, **given: Any) -> list[Row]:
        await self.judge()
        return await super().all(statement, **given)

    async def _judge(self, transaction: Transaction) -> None:
        self._request.state.caller = await self._credential.caller(Call(transaction, resources(self._request)))
        self._judged = True


class _Together(Transaction):
    """Asks its first question and another in one round trip, and keeps the other's answer."""

    def __init__(self, connection: AnyConnection, other: Statement[Any], given: dict[str, Any]) -> None:
        super().__init__(connection)
        self._other = other
        self._given = given
        self._asked = False
        self._found: Any = None

    async def find(self, statement: Statement[Row], /, **given: Any) -> Row | None:
        if self._asked:
            return await super().find(statement, **given)
        self._asked = True
        both = await self.find_both(statement, self._other, **given, **self._given)
        self._found = both[1]
        return both[0]

    async def found(self) -> Any:
        """Return the other's answer; asked by itself if there was no question that it could go with."""
        return self._found if self._asked else await super().find(self._other, **self._given)
