"""Jobs: what a media engine makes of a conference or brings into it: recordings, streams, calls by telephone.

There is no engine yet. So nothing is made, no id names a job, and there is no table of them (docs/data-model.md).
"""

from typing import NoReturn
from uuid import UUID

from app.domain import conferences
from app.domain.database import Transaction
from app.domain.errors import MediaEngineMissing


async def begin(transaction: Transaction, conference_id: UUID) -> NoReturn:
    """Begin a job. Raises ConferenceNotFound, ConferenceDisabled, MediaEngineMissing."""
    await conferences.get_enabled(transaction, conference_id)
    raise MediaEngineMissing


async def control(transaction: Transaction, conference_id: UUID) -> NoReturn:
    """Stop, pause or resume jobs; of a disabled conference, too. Raises ConferenceNotFound, MediaEngineMissing."""
    await conferences.get(transaction, conference_id)
    raise MediaEngineMissing
