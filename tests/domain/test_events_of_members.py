"""What is recorded when somebody joins a room, leaves it, or becomes an owner."""

from uuid import UUID

import pytest
from factories import MOST_MEMBERS, channel_of, made
from recorded import People, Recording, said

from app.domain import members
from app.domain.database import Transaction
from app.domain.members import Newcomer
from app.domain.rooms import FoundedType

TYPES = pytest.mark.parametrize("type", ["group", "workspace", "temporary"])


@TYPES
class TestJoining:
    async def test_is_told_to_all_and_to_the_newcomer(
        self, transaction: Transaction, recording: Recording, people: People, type: FoundedType
    ) -> None:
        ada, ben, cleo, dora = people
        room = await made(transaction, type, ada, ben, cleo)
        given = {"caller_id": ada, "most_members": MOST_MEMBERS}
        recorded = await recording(members.add, room, [Newcomer(user_id=dora)], **given)
        assert recorded == [said("RoomMemberAdded", *people, room_id=room, user_id=dora, is_owner=False)]

    async def test_of_several_is_told_of_each_in_order_and_nothing_of_their_history(
        self, transaction: Transaction, recording: Recording, people: People, type: FoundedType
    ) -> None:
        ada, ben, cleo, dora = people
        room = await made(transaction, type, ada, ada, dora)
        newcomers = [Newcomer(user_id=cleo, owner=True), Newcomer(user_id=ben, history_cleared=True)]
        recorded = await recording(members.add, room, newcomers, caller_id=ada, most_members=MOST_MEMBERS)
        assert recorded == [
            said("RoomMemberAdded", *people, room_id=room, user_id=cleo, is_owner=True),
            said("RoomMemberAdded", *people, room_id=room, user_id=ben, is_owner=False),
        ]

    async def test_of_nobody_is_not_told(
        self, transaction: Transaction, recording: Recording, people: People, type: FoundedType
    ) -> None:
        room = await made(transaction, type, people.ada, people.ben, people.cleo)
        assert await recording(members.add, room, [], caller_id=people.ada, most_members=MOST_MEMBERS) == []


@TYPES
class TestLeaving:
    @pytest.mark.parametrize("by", ["ada", "ben"])
    async def test_is_told_to_who_stays_and_to_who_leaves(
        self, transaction: Transaction, recording: Recording, people: People, *, type: FoundedType, by: str
    ) -> None:
        ada, ben, cleo, _ = people
        room = await made(transaction, type, ada, ben, cleo)
        recorded = await recording(members.remove, room, ben, caller_id=getattr(people, by))
        assert recorded == [said("RoomMemberRemoved", ada, ben, cleo, room_id=room, user_id=ben)]

    async def test_of_the_last_is_told_to_him_and_then_that_the_room_is_gone(
        self, transaction: Transaction, recording: Recording, people: People, type: FoundedType
    ) -> None:
        ada, ben, *_ = people
        room = await made(transaction, type, ada, ada, ben)
        if type == "workspace":
            await channel_of(transaction, room, ada)
        async with transaction.begun():
            await members.remove(transaction, room, ben, caller_id=ada)
        recorded = await recording(members.remove, room, ada, caller_id=ada)
        assert recorded == [
            said("RoomMemberRemoved", ada, room_id=room, user_id=ada),
            said("RoomDeleted", ada, room_id=room),
        ]


@TYPES
class TestOwning:
    async def test_is_told_to_all_though_it_may_be_so_already(
        self, transaction: Transaction, recording: Recording, people: People, type: FoundedType
    ) -> None:
        ada, ben, cleo, _ = people
        room = await made(transaction, type, ada, ben, cleo)
        for change, told in (
            (members.demote, "RoomOwnerDemoted"),
            (members.promote, "RoomOwnerPromoted"),
            (members.promote, "RoomOwnerPromoted"),
            (members.demote, "RoomOwnerDemoted"),
        ):
            recorded = await recording(change, room, ben, caller_id=ada)
            assert recorded == [said(told, ada, ben, cleo, room_id=room, user_id=ben)]


async def test_of_a_channels_workspace_everything_is_told_of_the_workspace_alone(
    transaction: Transaction, recording: Recording, people: People
) -> None:
    ada, ben, cleo, _ = people
    workspace: UUID = await made(transaction, "workspace", ada, ben, cleo)
    await channel_of(transaction, workspace, ada)
    recorded = await recording(members.remove, workspace, ben, caller_id=ben)
    assert recorded == [said("RoomMemberRemoved", ada, ben, cleo, room_id=workspace, user_id=ben)]
