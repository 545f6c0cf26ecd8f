"""The deployment: facts about the whole server that were made once, by the migrations."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from app.domain.database import Statement, Transaction
from app.domain.schema import deployment


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """The one account that this deployment is, as `/v2` names it: a customer and an app."""

    customer_id: UUID
    app_id: UUID


_GET = Statement(sa.select(deployment.c.customer_id, deployment.c.app_id), Deployment)


async def get(transaction: Transaction) -> Deployment:
    """Return the facts of this deployment."""
    return await transaction.one(_GET)
