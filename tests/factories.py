"""What tests of the domain make again and again."""

from uuid import UUID

from app.domain import conferences, rooms, strays
from app.domain.blobs import Blob
from app.domain.conferences import Conference, Limits
from app.domain.database import Transaction
from app.domain.invitations import Invited
from app.domain.rooms import FoundedType
from app.domain.templates import Contents

LIMITS = Limits(max_participants=10, token_ttl_seconds=10, room_ttl_seconds=3600, endpoint_ttl_seconds=60)
MOST_MEMBERS = 9
#: Of a template that says nothing.
CONTENTS = Contents(
    region="auto",
    recording=None,
    sealed_recording=None,
    settings="{}",
    roles="{}",
    destinations="{}",
    plugins=None,
)


async def opened(transaction: Transaction, *, name: str | None = None) -> Conference:
    """Open a conference as `/api/realtime` does, and commit it."""
    async with transaction.begun():
        return await conferences.create(transaction, name=name, limits=LIMITS)


async def found(transaction: Transaction, type: FoundedType, owner: UUID, *others: UUID) -> UUID:
    """Make a room of the owner with these others, within a transaction."""
    invited = [Invited(user_id=other) for other in others]
    return await rooms.create(
        transaction, type, invited, caller_id=owner, name="Ones", description=None, most_members=MOST_MEMBERS
    )


async def made(transaction: Transaction, type: FoundedType, owner: UUID, *others: UUID) -> UUID:
    """Make a room, and commit it."""
    async with transaction.begun():
        return await found(transaction, type, owner, *others)


async def channel_of(transaction: Transaction, workspace: UUID, owner: UUID) -> UUID:
    """Make a channel, and commit it."""
    async with transaction.begun():
        return await rooms.create_channel(transaction, workspace, caller_id=owner, name="Hall", description=None)


async def arrived(transaction: Transaction) -> Blob:
    """Have a picture arrive, which has still to be kept."""
    return Blob(id=await strays.expect(transaction), name="a.png", mime_type="image/png", size=1, sha256=bytes(32))
