"""What is recorded when a room is made, changed or deleted, and when a member sets something for himself."""

import asyncio
from uuid import UUID

import asyncpg
import pytest
from factories import arrived, channel_of, found, made
from recorded import People, Recording, said

from app.domain import attachments, pictures, ranks, room_settings, rooms
from app.domain.columns import spelled
from app.domain.database import Transaction
from app.domain.ranks import Rank
from app.domain.rooms import FoundedType

NO_NAMES = {"name": None, "description": None}


@pytest.fixture
async def group(transaction: Transaction, people: People) -> UUID:
    """Ada's, with Ben and Cleo."""
    return await made(transaction, "group", people.ada, people.ben, people.cleo)


@pytest.fixture
async def workspace(transaction: Transaction, people: People) -> UUID:
    """Ada's, with Ben and Cleo."""
    return await made(transaction, "workspace", people.ada, people.ben, people.cleo)


@pytest.fixture
async def channel(transaction: Transaction, people: People, workspace: UUID) -> UUID:
    """One of the workspace."""
    return await channel_of(transaction, workspace, people.ada)


@pytest.fixture
def named(group: UUID, workspace: UUID, channel: UUID) -> dict[str, UUID]:
    return {"group": group, "workspace": workspace, "channel": channel}


async def only(database: asyncpg.Connection, column: str, table: str = "room", where: str = "true") -> object:
    [[value]] = await database.fetch(f"SELECT {column} FROM {table} WHERE {where}")  # noqa: S608 - our own words
    return value


class TestCreation:
    @pytest.mark.parametrize(
        ("type", "others"), [("group", 2), ("workspace", 3), ("temporary", 2), ("temporary", 0), ("one_to_one", 1)]
    )
    async def test_is_told_to_everybody_once(
        self, recording: Recording, database: asyncpg.Connection, people: People, *, type: FoundedType, others: int
    ) -> None:
        ada, *rest = people
        recorded = await recording(found, type, ada, *rest[:others])
        assert recorded == [said("RoomCreated", ada, *rest[:others], room_id=await only(database, "id"))]

    async def test_of_a_channel_is_told_to_the_workspaces_members(
        self, recording: Recording, database: asyncpg.Connection, people: People, workspace: UUID
    ) -> None:
        recorded = await recording(rooms.create_channel, workspace, caller_id=people.ada, **NO_NAMES)
        id = await only(database, "id", where="parent_id IS NOT NULL")
        assert recorded == [said("RoomCreated", people.ada, people.ben, people.cleo, room_id=id)]


class TestChange:
    async def test_is_told_with_what_the_room_is_called_then(
        self, recording: Recording, people: People, group: UUID
    ) -> None:
        everybody = (people.ada, people.ben, people.cleo)
        for given, told in (
            ({"name": "Two", "description": None}, {"name": "Two"}),
            ({"name": None, "description": "Of two"}, {"name": "Two", "description": "Of two"}),
            ({"name": "Three", "description": ""}, {"name": "Three", "description": ""}),
        ):
            recorded = await recording(rooms.change, group, caller_id=people.ada, **given)
            assert recorded == [said("RoomUpdated", *everybody, room_id=group, **told)]

    async def test_of_a_channel_is_told_to_the_workspaces_members(
        self, recording: Recording, people: People, channel: UUID
    ) -> None:
        recorded = await recording(rooms.change, channel, caller_id=people.ada, name="Two", description=None)
        assert recorded == [said("RoomUpdated", people.ada, people.ben, people.cleo, room_id=channel, name="Two")]

    async def test_of_a_room_without_a_name_tells_none(
        self, recording: Recording, transaction: Transaction, people: People, workspace: UUID
    ) -> None:
        async with transaction.begun():
            channel = await rooms.create_channel(transaction, workspace, caller_id=people.ada, **NO_NAMES)
        recorded = await recording(rooms.change, channel, caller_id=people.ada, name=None, description="Of two")
        everybody = (people.ada, people.ben, people.cleo)
        assert recorded == [said("RoomUpdated", *everybody, room_id=channel, description="Of two")]

    async def test_that_makes_no_difference_is_not_told(
        self, recording: Recording, people: People, group: UUID
    ) -> None:
        await recording(rooms.change, group, caller_id=people.ada, name="Two", description="Of two")
        for given in (
            {"name": "Two", "description": "Of two"},
            {"name": None, "description": "Of two"},
            {"name": "Two", "description": None},
        ):
            assert await recording(rooms.change, group, caller_id=people.ada, **given) == []

    async def test_that_says_nothing_is_not_told(self, recording: Recording, people: People, workspace: UUID) -> None:
        assert await recording(rooms.change, workspace, caller_id=people.ada, **NO_NAMES) == []


class TestDeletion:
    @pytest.mark.parametrize("which", ["group", "channel", "workspace"])
    async def test_is_told_to_who_was_in_it(
        self, named: dict[str, UUID], recording: Recording, people: People, which: str
    ) -> None:
        room = named[which]
        recorded = await recording(rooms.remove, room, caller_id=people.ada)
        assert recorded == [said("RoomDeleted", people.ada, people.ben, people.cleo, room_id=room)]

    async def test_of_a_workspace_is_not_told_of_each_channel(
        self, recording: Recording, people: People, workspace: UUID, channel: UUID
    ) -> None:
        recorded = await recording(rooms.remove, workspace, caller_id=people.ada)
        assert recorded == [said("RoomDeleted", people.ada, people.ben, people.cleo, room_id=workspace)]


class TestPicture:
    async def test_is_told_when_set_and_when_replaced_with_its_time(
        self,
        recording: Recording,
        transaction: Transaction,
        database: asyncpg.Connection,
        *,
        people: People,
        group: UUID,
    ) -> None:
        for _ in range(2):
            picture = await arrived(transaction)
            recorded = await recording(pictures.set_of_room, group, picture, caller_id=people.ada)
            time = spelled(await only(database, "picture_changed_at"))
            everybody = (people.ada, people.ben, people.cleo)
            assert recorded == [said("RoomPictureChanged", *everybody, room_id=group, updated_at=time)]

    async def test_is_told_when_taken_away(
        self, recording: Recording, transaction: Transaction, people: People, group: UUID
    ) -> None:
        await recording(pictures.set_of_room, group, await arrived(transaction), caller_id=people.ada)
        recorded = await recording(pictures.remove_of_room, group, caller_id=people.ada)
        assert recorded == [said("RoomPictureDeleted", people.ada, people.ben, people.cleo, room_id=group)]


class TestMuting:
    @pytest.mark.parametrize("which", ["group", "channel"])
    async def test_is_told_to_the_caller_alone_and_once(
        self, named: dict[str, UUID], recording: Recording, people: People, which: str
    ) -> None:
        room, ben = named[which], people.ben
        for change, told in (
            (room_settings.unmute, []),
            (room_settings.mute, [said("RoomMuted", ben, room_id=room)]),
            (room_settings.mute, []),
            (room_settings.unmute, [said("RoomUnmuted", ben, room_id=room)]),
            (room_settings.unmute, []),
            (room_settings.mute, [said("RoomMuted", ben, room_id=room)]),
        ):
            assert await recording(change, room, caller_id=ben) == told

    async def test_is_each_members_own(self, recording: Recording, people: People, group: UUID) -> None:
        for person in (people.ada, people.ben):
            assert await recording(room_settings.mute, group, caller_id=person) == [
                said("RoomMuted", person, room_id=group)
            ]

    async def test_of_one_who_has_cleared_his_history(self, recording: Recording, people: People, group: UUID) -> None:
        await recording(room_settings.clear_history, group, caller_id=people.ben)
        recorded = await recording(room_settings.mute, group, caller_id=people.ben)
        assert recorded == [said("RoomMuted", people.ben, room_id=group)]

    @pytest.mark.parametrize("before", [room_settings.unmute, room_settings.clear_history, room_settings.mute])
    @pytest.mark.parametrize(
        ("change", "type"), [(room_settings.mute, "RoomMuted"), (room_settings.unmute, "RoomUnmuted")]
    )
    async def test_twice_at_once_is_told_once_at_most(
        self, recording: Recording, elsewhere: Transaction, people: People, *, group: UUID, before, change, type: str
    ) -> None:
        await recording(before, group, caller_id=people.ben)
        async with elsewhere.begun():
            await change(elsewhere, group, caller_id=people.ben)
            again = asyncio.create_task(recording(change, group, caller_id=people.ben))
            await asyncio.wait([again], timeout=0.02)
        makes_a_difference = (before is room_settings.mute) != (change is room_settings.mute)
        assert await again == ([said(type, people.ben, room_id=group)] if makes_a_difference else [])


class TestClearing:
    async def test_is_told_to_the_caller_alone_with_its_time_each_time(
        self, recording: Recording, database: asyncpg.Connection, people: People, group: UUID
    ) -> None:
        for _ in range(2):
            recorded = await recording(room_settings.clear_history, group, caller_id=people.ben)
            time = spelled(await only(database, "cleared_at", "room_setting"))
            assert recorded == [said("RoomHistoryCleared", people.ben, room_id=group, cleared_at=time)]


class TestRanks:
    async def test_are_not_told(self, recording: Recording, people: People, workspace: UUID, channel: UUID) -> None:
        first = [Rank(room_id=workspace, rank=0)]
        assert await recording(ranks.rank_workspaces, first, caller_id=people.ada) == []
        first = [Rank(room_id=channel, rank=0)]
        assert await recording(ranks.rank_channels, workspace, first, caller_id=people.ada) == []


class TestFiles:
    async def test_are_not_told(
        self, recording: Recording, transaction: Transaction, people: People, group: UUID
    ) -> None:
        file, given = await arrived(transaction), {"caller_id": people.ben}
        async with transaction.begun():
            id = await attachments.add(transaction, group, file, area=None, **given)
        assert await recording(attachments.copy, [id], group, **given) == []
        assert await recording(attachments.remove, id, **given) == []
