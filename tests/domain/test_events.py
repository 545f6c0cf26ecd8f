"""Events are recorded for those whom they concern, and told of when they are committed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

import asyncpg
import pytest
from factories import channel_of, found, made
from people import Waiting
from processes import PATIENCE
from recorded import People, Recording, said

from app.domain import events, rooms
from app.domain.changes import RoomCreated, RoomDeleted, RoomUpdated, UserPictureDeleted
from app.domain.database import Transaction
from app.domain.events import Audience, Told, contacts_of, members_of, present_members, users

ROOM, NOBODY = UUID(int=1), UUID(int=2)
CREATED = RoomCreated(room_id=ROOM)
FOR_NOBODY = Told(users(NOBODY), CREATED)
SEEN_FOR_NOBODY = said("RoomCreated", NOBODY, room_id=ROOM)


class TestBody:
    @pytest.mark.parametrize("name", ["Größe 😀", '"\\/\b\f\n\r\t', "\u2028\u2029\x7f\x01", "\ufeff'; --", "$1 %s {}"])
    async def test_is_read_as_it_was_recorded(self, recording: Recording, name: str) -> None:
        told = Told(users(NOBODY), RoomUpdated(room_id=ROOM, name=name, description=None))
        assert await recording(events.record, told) == [said("RoomUpdated", NOBODY, room_id=ROOM, name=name)]

    async def test_is_text_that_is_not_touched(self, transaction: Transaction, recording: Recording) -> None:
        change = RoomUpdated(room_id=ROOM, name="é", description=None)
        await recording(events.record, Told(users(NOBODY), change))
        [heard] = await events.read(transaction, 0, 1)
        assert heard.event.body == change.body


class TestOrder:
    async def test_is_that_in_which_they_are_given(self, recording: Recording) -> None:
        ids = [UUID(int=number) for number in range(300)]
        Random(1).shuffle(ids)  # noqa: S311 - any order but that of the ids
        recorded = await recording(events.record, *(Told(users(NOBODY), RoomDeleted(room_id=id)) for id in ids))
        assert [body["room_id"] for _, _, body in recorded] == [str(id) for id in ids]

    async def test_is_that_of_the_times_too_whichever_transaction_began_before(
        self, transaction: Transaction, elsewhere: Transaction
    ) -> None:
        async with elsewhere.begun():
            await events.kept(elsewhere)
            await asyncio.sleep(0.002)
            async with transaction.begun():
                await events.record(transaction, FOR_NOBODY)
            await events.record(elsewhere, FOR_NOBODY)
        first, second = [heard.event for heard in await events.read(transaction, 0, 2)]
        assert first.recorded_at <= second.recorded_at


class TestAudience:
    async def test_is_the_members(self, transaction: Transaction, recording: Recording, people: People) -> None:
        ada, ben, cleo, dora = people
        group = await made(transaction, "group", ada, ben, cleo)
        await made(transaction, "one_to_one", ada, dora)
        recorded = await recording(events.record, Told(members_of(group), CREATED))
        assert recorded == [said("RoomCreated", ada, ben, cleo, room_id=ROOM)]

    async def test_of_a_channel_is_its_workspaces(
        self, transaction: Transaction, recording: Recording, people: People
    ) -> None:
        ada, ben, cleo, dora = people
        workspace = await made(transaction, "workspace", ada, ben, cleo)
        await made(transaction, "workspace", ada, dora, ben)
        channel = await channel_of(transaction, workspace, ada)
        recorded = await recording(events.record, Told(members_of(channel), CREATED))
        assert recorded == [said("RoomCreated", ada, ben, cleo, room_id=ROOM)]
        assert set((await present_members(transaction, channel)).user_ids) == {ada, ben, cleo}

    async def test_may_have_others_too_and_everybody_once(
        self, transaction: Transaction, recording: Recording, people: People
    ) -> None:
        ada, ben, *_ = people
        pair = await made(transaction, "one_to_one", ada, ben)
        recorded = await recording(events.record, Told(members_of(pair, NOBODY, ada, NOBODY), CREATED))
        assert recorded == [said("RoomCreated", ada, ben, NOBODY, room_id=ROOM)]

    async def test_is_each_events_own(self, transaction: Transaction, recording: Recording, people: People) -> None:
        ada, ben, cleo, *_ = people
        pair = await made(transaction, "one_to_one", ada, ben)
        await made(transaction, "one_to_one", cleo, ben)
        told = [members_of(pair), users(NOBODY), contacts_of(cleo), users(cleo, NOBODY)]
        recorded = await recording(events.record, *(Told(audience, CREATED) for audience in told))
        assert [audience for _, audience, _ in recorded] == [{ada, ben}, {NOBODY}, {cleo, ben}, {cleo, NOBODY}]

    async def test_stays_when_the_room_goes(self, transaction: Transaction, people: People) -> None:
        ada, ben, cleo, *_ = people
        workspace = await made(transaction, "workspace", ada, ben, cleo)
        async with transaction.begun():
            await rooms.remove(transaction, workspace, caller_id=ada)
        assert [set(heard.audience) for heard in await events.read(transaction, 0, 9)] == [{ada, ben, cleo}] * 2


class TestContacts:
    async def test_share_a_room_of_any_type_and_he_is_one_himself(
        self, transaction: Transaction, recording: Recording, people: People
    ) -> None:
        ada, ben, cleo, dora = people
        await made(transaction, "one_to_one", ada, ben)
        await made(transaction, "workspace", cleo, cleo, ada)
        await made(transaction, "temporary", ada)
        await made(transaction, "one_to_one", ben, dora)
        recorded = await recording(events.record, Told(contacts_of(ada), UserPictureDeleted(user_id=ada)))
        assert recorded == [said("UserPictureDeleted", ada, ben, cleo, user_id=ada)]

    async def test_are_seen_as_they_are_when_the_turn_comes(
        self, elsewhere: Transaction, recording: Recording, people: People, waiting: Waiting
    ) -> None:
        ada, ben, *_ = people
        async with elsewhere.begun():
            await found(elsewhere, "one_to_one", ada, ben)
            told = Told(contacts_of(ada), UserPictureDeleted(user_id=ada))
            recorded = asyncio.create_task(recording(events.record, told))
            await waiting(1)
        assert (await recorded)[-1] == said("UserPictureDeleted", ada, ben, user_id=ada)


@dataclass(frozen=True)
class Bells:
    """What listeners are notified of, and the way to notify them."""

    connection: asyncpg.Connection
    _heard: "asyncio.Queue[str]" = field(default_factory=asyncio.Queue)

    async def begin(self) -> None:
        await self.connection.add_listener(events.CHANNEL, lambda *notified: self._heard.put_nowait(notified[-1]))

    async def until(self, word: str) -> list[str]:
        """Notify of this word, and return what came before it."""
        await self.connection.execute("SELECT pg_notify($1, $2)", events.CHANNEL, word)
        heard: list[str] = []
        async with asyncio.timeout(PATIENCE):
            while (one := await self._heard.get()) != word:
                heard.append(one)
        return heard


@pytest.fixture
async def bells(database_url: str) -> AsyncIterator[Bells]:
    connection = await asyncpg.connect(database_url)
    bells = Bells(connection)
    await bells.begin()
    yield bells
    await connection.close()


class TestBell:
    async def test_rings_once_for_all_that_is_recorded_with_the_last_number(
        self, transaction: Transaction, recording: Recording, bells: Bells
    ) -> None:
        await recording(events.record, *[FOR_NOBODY] * 3)
        first, second, third = [heard.event.number for heard in await events.read(transaction, 0, 9)]
        assert (second, third) == (first + 1, first + 2)
        assert await bells.until("end") == [str(third)]

    async def test_rings_when_it_is_committed_and_not_before(
        self, transaction: Transaction, elsewhere: Transaction, bells: Bells
    ) -> None:
        async with transaction.begun():
            await events.record(transaction, FOR_NOBODY)
            assert await bells.until("just before") == []
            assert await events.read(elsewhere, 0, 9) == []
        assert await bells.until("end") == [str((await events.kept(elsewhere)).newest)]

    async def test_does_not_ring_for_what_is_undone(self, transaction: Transaction, bells: Bells) -> None:
        begun = transaction.begun()
        await begun.start()
        await events.record(transaction, FOR_NOBODY)
        await begun.rollback()
        assert await bells.until("end") == []
        assert await events.read(transaction, 0, 9) == []


class TestWithoutAudience:
    @pytest.mark.parametrize("of", [lambda _: users(), members_of], ids=["none", "members"])
    async def test_there_is_no_event_and_nothing_rings(
        self, recording: Recording, bells: Bells, people: People, of: Callable[[UUID], Audience]
    ) -> None:
        assert await recording(events.record, Told(of(people.ada), CREATED)) == []
        assert await bells.until("end") == []

    async def test_of_several_the_others_are_recorded(self, recording: Recording, people: People) -> None:
        told = [Told(members_of(people.ada), CREATED), FOR_NOBODY, Told(users(), CREATED)]
        assert await recording(events.record, *told) == [SEEN_FOR_NOBODY]

    async def test_nothing_is_recorded_of_nothing(self, recording: Recording, bells: Bells) -> None:
        assert await recording(events.record) == []
        assert await bells.until("end") == []


@pytest.mark.parametrize("audience", [users(NOBODY), contacts_of(NOBODY)], ids=["users", "contacts"])
async def test_who_records_is_not_waited_for_longer_than_ten_seconds(
    transaction: Transaction, database: asyncpg.Connection, audience: Audience
) -> None:
    asked = "SHOW idle_in_transaction_session_timeout"
    before = await database.fetchval(asked)
    async with transaction.begun():
        assert await database.fetchval(asked) == before
        await events.record(transaction, Told(audience, CREATED))
        assert await database.fetchval(asked) == "10s"
    assert await database.fetchval(asked) == before != "10s"
