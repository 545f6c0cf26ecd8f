"""What is recorded when users change their pictures, lose tokens, or are removed."""

from uuid import UUID

import asyncpg
import pytest
from factories import arrived, channel_of, made
from recorded import People, Recording, said

from app.domain import members, pictures, tokens, users
from app.domain.columns import spelled
from app.domain.database import Transaction


class TestPicture:
    async def test_is_told_to_who_shares_a_room_with_him_and_to_himself(
        self, transaction: Transaction, recording: Recording, database: asyncpg.Connection, people: People
    ) -> None:
        ada, ben, cleo, dora = people
        await made(transaction, "one_to_one", ben, ada)
        await made(transaction, "workspace", cleo, cleo, ada)
        await made(transaction, "one_to_one", ben, dora)
        for _ in range(2):
            picture = await arrived(transaction)
            recorded = await recording(pictures.set_of_user, ada, picture)
            time = await database.fetchval("SELECT picture_changed_at FROM user_account WHERE id = $1", ada)
            told = {"user_id": ada, "image_id": picture.id, "updated_at": spelled(time)}
            assert recorded == [said("UserPictureChanged", ada, ben, cleo, **told)]
        recorded = await recording(pictures.remove_of_user, ada, caller_id=ada)
        assert recorded == [said("UserPictureDeleted", ada, ben, cleo, user_id=ada)]

    async def test_of_one_who_has_no_room_is_told_to_him_alone(
        self, transaction: Transaction, recording: Recording, people: People
    ) -> None:
        ada = people.ada
        [(_, audience, _)] = await recording(pictures.set_of_user, ada, await arrived(transaction))
        assert audience == {ada}
        recorded = await recording(pictures.remove_of_user, ada, caller_id=ada)
        assert recorded == [said("UserPictureDeleted", ada, user_id=ada)]


async def token_of(transaction: Transaction, user: UUID, *, demo: bool = False) -> str:
    return (await tokens.create(transaction, user, lifetime_seconds=60, demo=demo)).token


class TestTokens:
    async def test_that_one_is_revoked_is_told_to_whose_it_was(
        self, transaction: Transaction, recording: Recording, people: People
    ) -> None:
        token = await token_of(transaction, people.ada)
        await token_of(transaction, people.ben)
        assert await recording(tokens.revoke, token) == [said("TokensRevoked", people.ada)]

    async def test_that_all_of_a_user_are_revoked_is_told_him_once(
        self, transaction: Transaction, recording: Recording, people: People
    ) -> None:
        for _ in range(3):
            await token_of(transaction, people.ada)
        assert await recording(tokens.revoke_of_user, people.ada) == [said("TokensRevoked", people.ada)]
        assert await recording(tokens.revoke_of_user, people.ada) == []

    async def test_that_those_of_the_demo_are_revoked_is_told_to_its_users(
        self, transaction: Transaction, recording: Recording, people: People
    ) -> None:
        await token_of(transaction, people.cleo)
        for user in (people.ada, people.ben, people.ada):
            await token_of(transaction, user, demo=True)
        assert await recording(tokens.revoke_demo) == [said("TokensRevoked", people.ada, people.ben)]
        assert await recording(tokens.revoke_demo) == []

    async def test_that_are_made_or_swept_are_not_told(
        self, transaction: Transaction, recording: Recording, people: People
    ) -> None:
        assert await recording(tokens.create, people.ada, lifetime_seconds=-1) == []
        assert await recording(tokens.sweep) == []


class TestRemoval:
    async def test_of_one_without_rooms_is_told_him_alone(self, recording: Recording, people: People) -> None:
        assert await recording(users.remove, people.ada) == [said("TokensRevoked", people.ada)]

    @pytest.mark.parametrize("type", ["group", "workspace", "temporary"])
    async def test_tells_who_owns_a_room_now_and_that_he_is_out_of_it(
        self, transaction: Transaction, recording: Recording, people: People, type: str
    ) -> None:
        ada, ben, cleo, _ = people
        room = await made(transaction, type, ada, ada, cleo, ben)
        if type == "workspace":
            await channel_of(transaction, room, ada)
        assert await recording(users.remove, ada) == [
            said("RoomOwnerPromoted", ada, ben, cleo, room_id=room, user_id=cleo),
            said("RoomMemberRemoved", ada, ben, cleo, room_id=room, user_id=ada),
            said("TokensRevoked", ada),
        ]

    async def test_tells_of_no_heir_where_others_own_the_room(
        self, transaction: Transaction, recording: Recording, people: People
    ) -> None:
        ada, ben, cleo, _ = people
        room = await made(transaction, "group", ada, ben, cleo)
        async with transaction.begun():
            await members.promote(transaction, room, cleo, caller_id=ada)
        for user, stay in ((ben, (ada, cleo)), (ada, (cleo,))):
            assert await recording(users.remove, user) == [
                said("RoomMemberRemoved", user, *stay, room_id=room, user_id=user),
                said("TokensRevoked", user),
            ]

    async def test_tells_of_each_room_in_the_order_of_their_ids(
        self, transaction: Transaction, recording: Recording, people: People
    ) -> None:
        ada, ben, cleo, dora = people
        own = await made(transaction, "workspace", ada, ben, cleo)
        pair = await made(transaction, "one_to_one", ada, ben)
        last = await made(transaction, "temporary", ada)
        others = await made(transaction, "group", dora, ada, cleo)
        another_pair = await made(transaction, "one_to_one", dora, ada)
        second = await made(transaction, "group", ada, dora, ben)
        assert await recording(users.remove, ada) == [
            said("RoomDeleted", ada, ben, room_id=pair),
            said("RoomDeleted", ada, room_id=last),
            said("RoomDeleted", ada, dora, room_id=another_pair),
            said("RoomOwnerPromoted", ada, ben, cleo, room_id=own, user_id=ben),
            said("RoomMemberRemoved", ada, ben, cleo, room_id=own, user_id=ada),
            said("RoomMemberRemoved", ada, cleo, dora, room_id=others, user_id=ada),
            said("RoomOwnerPromoted", ada, ben, dora, room_id=second, user_id=dora),
            said("RoomMemberRemoved", ada, ben, dora, room_id=second, user_id=ada),
            said("TokensRevoked", ada),
        ]

    async def test_of_the_last_of_a_workspace_tells_of_it_alone(
        self, transaction: Transaction, recording: Recording, people: People
    ) -> None:
        ada, ben, *_ = people
        workspace = await made(transaction, "workspace", ada, ada, ben)
        await channel_of(transaction, workspace, ada)
        await recording(members.remove, workspace, ben, caller_id=ben)
        assert await recording(users.remove, ada) == [
            said("RoomDeleted", ada, room_id=workspace),
            said("TokensRevoked", ada),
        ]

    async def test_tells_nobody_of_his_picture(
        self, transaction: Transaction, recording: Recording, people: People
    ) -> None:
        room = await made(transaction, "one_to_one", people.ada, people.ben)
        await recording(pictures.set_of_user, people.ada, await arrived(transaction))
        assert await recording(users.remove, people.ada) == [
            said("RoomDeleted", people.ada, people.ben, room_id=room),
            said("TokensRevoked", people.ada),
        ]
