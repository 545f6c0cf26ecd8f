"""Sessions: what the domain promises beyond any one API."""

import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest
from factories import opened
from people import Waiting
from recorded import Recording, Said, said

from app.domain import ids, sessions
from app.domain.conferences import Conference
from app.domain.database import Transaction
from app.domain.errors import ConferenceNotFound, PeerNotFound, RoleNotFound, SessionNotFound


@pytest.fixture
async def conference(transaction: Transaction) -> Conference:
    """One with the default template, in which nobody is."""
    return await opened(transaction, name="Ones")


async def begun(database: asyncpg.Connection, conference: UUID, *, over: bool = False) -> UUID:
    """Have a session begin, in a millisecond of its own; and end, if it is over."""
    await asyncio.sleep(0.002)
    id = ids.new_id()
    await database.execute(
        "INSERT INTO session (id, conference_id, created_at, modified_at, ended_at)"
        " VALUES ($1, $2, $3, $3, CASE WHEN $4 THEN now() END)",
        id,
        conference,
        ids.moment(id),
        over,
    )
    return id


async def joined(
    database: asyncpg.Connection, session: UUID, name: str, *, role: str = "guest", gone: bool = False
) -> sessions.Peer:
    """Have somebody join, and leave if he is gone."""
    row = await database.fetchrow(
        "INSERT INTO peer (id, session_id, user_id, queue_id, name, role, left_at)"
        " VALUES ($1, $2, $3, $3, $4, $5, CASE WHEN $6 THEN now() END)"
        " RETURNING id, user_id, name, role, metadata, joined_at, left_at",
        ids.new_id(),
        session,
        uuid4(),
        name,
        role,
        gone,
    )
    assert row
    return sessions.Peer(**row)


class TestGet:
    async def test_has_everybody_who_ever_was_in_it_in_the_order_of_joining(
        self, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        conference = ids.new_id()
        session = await begun(database, conference)
        peers = [await joined(database, session, name, gone=name == "Ben") for name in ("Cleo", "Ben", "Ada")]
        found = await sessions.get(transaction, session)
        assert (found.conference_id, found.is_active, found.peers) == (conference, True, peers)
        assert found.created_at == found.modified_at == ids.moment(session)

    async def test_an_order_that_the_database_decides_whatever_the_clock_of_who_made_the_ids(
        self, transaction: Transaction, database: asyncpg.Connection
    ) -> None:
        session = await begun(database, ids.new_id())
        ada, ben = [await joined(database, session, name) for name in ("Ada", "Ben")]
        await database.execute("UPDATE peer SET joined_at = joined_at - interval '1 second' WHERE id = $1", ben.id)
        assert [peer.id for peer in (await sessions.get(transaction, session)).peers] == [ben.id, ada.id]

    async def test_may_have_nobody(self, transaction: Transaction, database: asyncpg.Connection) -> None:
        found = await sessions.get(transaction, await begun(database, ids.new_id(), over=True))
        assert (found.is_active, found.peers) == (False, [])

    async def test_finds_none(self, transaction: Transaction) -> None:
        with pytest.raises(SessionNotFound):
            await sessions.get(transaction, ids.new_id())


class TestPage:
    async def test_has_the_peers_of_each(self, transaction: Transaction, database: asyncpg.Connection) -> None:
        conference = ids.new_id()
        first = await begun(database, conference, over=True)
        last = await begun(database, conference)
        names = {
            session: [(await joined(database, session, f"{number} of {session}")).name for number in range(3)]
            for session in (last, first)
        }
        page = await sessions.page(transaction, count=10)
        assert {each.id: [peer.name for peer in each.peers] for each in page} == names
        assert [each.id for each in page] == [last, first]

    async def test_of_each_combination_of_filters(self, transaction: Transaction, database: asyncpg.Connection) -> None:
        one, other = ids.new_id(), ids.new_id()
        old = await begun(database, one, over=True)
        older_run = await begun(database, other, over=True)
        middle = await begun(database, other)
        newest = await begun(database, one)

        async def found(**asked: object) -> list[UUID]:
            return [each.id for each in await sessions.page(transaction, count=10, **asked)]

        assert await found() == [newest, middle, older_run, old]
        assert await found(active=True) == [newest, middle]
        assert await found(active=False) == [older_run, old]
        assert await found(conference_id=one) == [newest, old]
        assert await found(conference_id=one, active=True) == [newest]
        assert await found(conference_id=one, active=False) == [old]
        assert await found(conference_id=one, before=newest) == [old]
        assert await found(conference_id=one, active=True, before=newest) == []
        assert await found(active=True, before=newest) == [middle]
        assert await found(active=False, before=older_run) == [old]
        assert await found(since=ids.moment(older_run), until=ids.moment(middle)) == [middle, older_run]
        assert await found(conference_id=one, active=True, until=ids.moment(middle)) == []
        assert await found(conference_id=ids.new_id()) == []

    async def test_has_no_more_than_asked_for(self, transaction: Transaction, database: asyncpg.Connection) -> None:
        made = [await begun(database, ids.new_id(), over=number != 1) for number in range(4)]
        page = await sessions.page(transaction, count=2, active=False)
        assert [each.id for each in page] == [made[3], made[2]]
        page = await sessions.page(transaction, count=2, active=False, before=page[-1].id)
        assert [each.id for each in page] == [made[0]]


class TestActive:
    async def test_tells_whether_there_is_a_conference(
        self, transaction: Transaction, database: asyncpg.Connection, conference: Conference
    ) -> None:
        with pytest.raises(ConferenceNotFound):
            await sessions.active(transaction, ids.new_id())
        await begun(database, conference.id, over=True)
        with pytest.raises(SessionNotFound):
            await sessions.active(transaction, conference.id)
        await begun(database, conference.id)
        await database.execute("UPDATE conference SET expires_at = now() - interval '1 second'")
        with pytest.raises(ConferenceNotFound):
            await sessions.active(transaction, conference.id)

    async def test_has_those_who_are_in(
        self, transaction: Transaction, database: asyncpg.Connection, conference: Conference
    ) -> None:
        session = await begun(database, conference.id)
        ada, ben, cleo = [
            await joined(database, session, name, role=role, gone=name == "Cleo")
            for name, role in (("Ada", "host"), ("Ben", "guest"), ("Cleo", "guest"))
        ]
        await joined(database, await begun(database, ids.new_id()), "Dora")

        async def found(**asked: object) -> list[sessions.Peer]:
            return [*(await sessions.active(transaction, conference.id, **asked)).session.peers]

        assert (await sessions.active(transaction, conference.id)).name == "Ones"
        assert await found() == [ada, ben]
        assert await found(role="guest") == [ben]
        assert await found(user_id=ada.user_id) == [ada]
        assert await found(user_id=ada.user_id, role="guest") == []
        assert await found(user_id=cleo.user_id) == []


class TestPeers:
    async def test_are_those_who_are_in_this_session(
        self, transaction: Transaction, database: asyncpg.Connection, conference: Conference
    ) -> None:
        for change in (sessions.get_peer, sessions.change_peer):
            with pytest.raises(ConferenceNotFound):
                await change(transaction, ids.new_id(), ids.new_id())
            with pytest.raises(SessionNotFound):
                await change(transaction, conference.id, ids.new_id())
        session = await begun(database, conference.id)
        gone = await joined(database, session, "Cleo", gone=True)
        elsewhere = await joined(database, await begun(database, ids.new_id()), "Dora")
        for change in (sessions.get_peer, sessions.change_peer):
            for nobody in (gone.id, elsewhere.id, ids.new_id()):
                with pytest.raises(PeerNotFound):
                    await change(transaction, conference.id, nobody)

    async def test_change_in_what_is_said(
        self, transaction: Transaction, database: asyncpg.Connection, conference: Conference
    ) -> None:
        session = await begun(database, conference.id)
        ada, ben = [await joined(database, session, name) for name in ("Ada", "Ben")]
        assert await sessions.change_peer(transaction, conference.id, ada.id) == ada
        renamed = await sessions.change_peer(transaction, conference.id, ada.id, name="Countess")
        assert (renamed.name, renamed.role, renamed.metadata) == ("Countess", "guest", "")
        changed = await sessions.change_peer(transaction, conference.id, ada.id, role="host", metadata="{}")
        assert (changed.name, changed.role, changed.metadata) == ("Countess", "host", "{}")
        assert await sessions.get_peer(transaction, conference.id, ada.id) == changed
        assert await sessions.get_peer(transaction, conference.id, ben.id) == ben

    async def test_have_a_role_of_the_template(
        self, transaction: Transaction, database: asyncpg.Connection, conference: Conference
    ) -> None:
        ada = await joined(database, await begun(database, conference.id), "Ada")
        for role in ("speaker", "", "Host", "{}"):
            with pytest.raises(RoleNotFound):
                await sessions.change_peer(transaction, conference.id, ada.id, name="changed", role=role)
        assert await sessions.get_peer(transaction, conference.id, ada.id) == ada


class TestTell:
    @pytest.fixture
    async def session(self, database: asyncpg.Connection, conference: Conference) -> UUID:
        return await begun(database, conference.id)

    async def test_reaches_one_or_those_in_a_role_or_all(
        self,
        recording: Recording,
        database: asyncpg.Connection,
        conference: Conference,
        session: UUID,
    ) -> None:
        ada = await joined(database, session, "Ada", role="host")
        ben = await joined(database, session, "Ben")
        await joined(database, session, "Cleo", gone=True)

        async def told(**asked: object) -> list[Said]:
            return await recording(sessions.tell, conference.id, "Come in", message_type="chat", **asked)

        def heard_by(*peers: sessions.Peer) -> list[Said]:
            body = {"meeting_id": conference.id, "message": "Come in", "message_type": "chat"}
            return [said("MeetingMessageSent", *(peer.user_id for peer in peers), **body)]

        assert await told() == heard_by(ada, ben)
        assert await told(role="guest") == heard_by(ben)
        assert await told(peer_id=ada.id, role="guest") == heard_by(ada)
        assert await told(role="nobody's") == []

    async def test_finds_nobody(
        self, transaction: Transaction, conference: Conference, session: UUID, database: asyncpg.Connection
    ) -> None:
        gone = await joined(database, session, "Cleo", gone=True)
        for conference_id, peer, fact in (
            (ids.new_id(), None, ConferenceNotFound),
            (conference.id, gone.id, PeerNotFound),
        ):
            with pytest.raises(fact):
                async with transaction.begun():
                    await sessions.tell(transaction, conference_id, "?", message_type="chat", peer_id=peer)

    async def test_tells_nobody_who_is_put_out_meanwhile(
        self, elsewhere: Transaction, waiting: Waiting, database: asyncpg.Connection, session: UUID
    ) -> None:
        await joined(database, session, "Ada")
        [conference] = await database.fetchrow("SELECT conference_id FROM session")

        async def tell() -> None:
            async with elsewhere.begun():
                await sessions.tell(elsewhere, conference, "?", message_type="chat")

        async with database.transaction():
            await database.execute("SELECT FROM conference WHERE id = $1 FOR NO KEY UPDATE", conference)
            telling = asyncio.create_task(tell())
            await waiting(1)
            await database.execute("UPDATE session SET ended_at = now()")
        with pytest.raises(SessionNotFound):
            await telling
