"""What a call is, and how statements are asked."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from app.domain import tokens
from app.domain.database import Statement, Transaction
from bench.calls.landmarks import Person
from bench.statements import Operation


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the domain: of which kind, with what, and about how many rows each of its statements has to touch."""

    kind: str
    operation: Operation
    rows: int = 1
    details: str = ""


def asking(statement: Statement[Any], **given: Any) -> Operation:
    """Return what asks one statement."""
    return partial(_one, statement, **given)


def asking_both(credential: Statement[Any], statement: Statement[Any], **given: Any) -> Operation:
    """Return what asks one statement together with a credential, as `app/apis/admission.py` does."""
    return partial(_both, credential, statement, **given)


def seen_by(
    person: Person, kind: str, statement: Statement[Any], /, *, rows: int = 1, details: str = "", **given: Any
) -> Call:
    """Return a call as GET of the chats makes it: it asks for the token and for what is seen in one statement."""
    return Call(kind, asking_both(tokens.OF_CHATS, statement, token_hash=person.token_hash, **given), rows, details)


async def _one(statement: Statement[Any], transaction: Transaction, **given: Any) -> object:
    return await transaction.find(statement, **given)


async def _both(
    credential: Statement[Any], statement: Statement[Any], transaction: Transaction, **given: Any
) -> object:
    return await transaction.find_both(credential, statement, **given)
