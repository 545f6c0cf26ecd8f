"""What a call is, and how statements are asked."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from app.domain.database import Statement, Transaction
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


async def _one(statement: Statement[Any], transaction: Transaction, **given: Any) -> object:
    return await transaction.find(statement, **given)


async def _both(
    credential: Statement[Any], statement: Statement[Any], transaction: Transaction, **given: Any
) -> object:
    return await transaction.find_both(credential, statement, **given)
