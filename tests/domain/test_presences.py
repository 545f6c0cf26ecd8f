"""Who comes and goes often: a session keeps what it was like, and does not become a burden."""

from uuid import uuid4

from factories import LIMITS, made
from recorded import People

from app.domain import connections, meetings, sessions
from app.domain.database import Transaction
from app.domain.meetings import Streams

STREAMS = Streams(audio_enabled=False, video_enabled=False)
KEPT = 30


async def test_a_session_keeps_the_last_thirty_presences_of_one_that_are_over(
    transaction: Transaction, people: People
) -> None:
    ada, ben = people.ada, people.ben
    room = await made(transaction, "group", ada, ben, people.cleo)
    how = {"name": None, "type": "permanent", "expires_at": None, "limits": LIMITS}
    async with transaction.begun():
        id = await meetings.create(transaction, room, caller_id=ada, **how)
    queues = {uuid4(): ada} | {uuid4(): ben for _ in range(KEPT + 4)}
    await connections.add_all(transaction, uuid4(), queues)
    for queue_id, user_id in queues.items():
        async with transaction.begun():
            await meetings.join(transaction, id, queue_id, STREAMS, caller_id=user_id)
    [session] = await sessions.page(transaction, count=9)
    his = [peer for peer in session.peers if peer.user_id == ben]
    assert [peer.left_at is None for peer in his] == [False] * KEPT + [True]
    first, *_ = [peer for peer in session.peers if peer.user_id == ada]
    assert session.peers[0] == first
    assert first.left_at is None
