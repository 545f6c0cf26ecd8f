"""Who asks a server for files and for previews of them: somebody with a room."""

from secrets import token_hex

from asyncpg import Connection, Record

from app.domain import rooms, tokens, users
from app.domain.database import Transaction
from app.domain.invitations import Invited
from bench.rows import TTL_SECONDS


async def with_room(connection: "Connection[Record]") -> tuple[str, str]:
    """Return a new room, and the token of a member."""
    transaction = Transaction(connection)
    people = [await users.add(transaction, email=f"{token_hex(4)}@example.org", name="Somebody") for _ in range(3)]
    caller, *others = [person.id for person in people]
    id = await rooms.create(
        transaction,
        "group",
        [Invited(user_id=other) for other in others],
        caller_id=caller,
        name="Files",
        description=None,
        most_members=len(people),
    )
    return str(id), (await tokens.create(transaction, caller, lifetime_seconds=TTL_SECONDS)).token
