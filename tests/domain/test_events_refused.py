"""What is refused is not recorded."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple
from uuid import UUID

import pytest
from factories import arrived, channel_of, found, made
from recorded import People

from app.domain import errors, events, members, pictures, room_settings, rooms, tokens, users
from app.domain.database import Transaction
from app.domain.members import Newcomer

NOWHERE = UUID(int=1)


class Scene(NamedTuple):
    """Ada's rooms, with Ben and Cleo; Dora is in none of them. Ada and Ben have a one-to-one."""

    ada: UUID
    ben: UUID
    cleo: UUID
    dora: UUID
    group: UUID
    workspace: UUID
    channel: UUID
    pair: UUID


@pytest.fixture
async def scene(transaction: Transaction, people: People) -> Scene:
    ada, ben, cleo, _ = people
    group, workspace = [await made(transaction, type, ada, ben, cleo) for type in ("group", "workspace")]
    channel = await channel_of(transaction, workspace, ada)
    return Scene(*people, group, workspace, channel, await made(transaction, "one_to_one", ada, ben))


Try = Callable[[Transaction, Scene], Awaitable[object]]


async def _unknown_picture(transaction: Transaction, scene: Scene) -> None:
    picture = await arrived(transaction)
    await pictures.set_of_room(transaction, scene.workspace, picture, caller_id=scene.ada)


def _adding(room: str, caller: str, *newcomers: str) -> Try:
    def adding(transaction: Transaction, scene: Scene) -> Awaitable[object]:
        several = [Newcomer(user_id=getattr(scene, newcomer)) for newcomer in newcomers]
        given = {"caller_id": getattr(scene, caller), "most_members": 3}
        return members.add(transaction, getattr(scene, room), several, **given)

    return adding


def _with_name(operation, room: str, caller: str, name: str | None) -> Try:
    def named(transaction: Transaction, scene: Scene) -> Awaitable[object]:
        caller_id = getattr(scene, caller)
        return operation(transaction, getattr(scene, room, NOWHERE), caller_id=caller_id, name=name, description=None)

    return named


def _of(operation, room: str, *others: str, by: str) -> Try:
    def of(transaction: Transaction, scene: Scene) -> Awaitable[object]:
        ids = [getattr(scene, other) for other in others]
        return operation(transaction, getattr(scene, room, NOWHERE), *ids, caller_id=getattr(scene, by))

    return of


REFUSED: list[tuple[Try, type[errors.DomainError]]] = [
    (lambda transaction, at: found(transaction, "one_to_one", at.ben, at.ada), errors.PairExists),
    (lambda transaction, at: found(transaction, "group", at.ada, at.ben, NOWHERE), errors.UnknownUser),
    (_with_name(rooms.create_channel, "workspace", "ben", "Hall"), errors.NotAnOwner),
    (_with_name(rooms.create_channel, "group", "ada", "Hall"), errors.UnknownWorkspace),
    (_with_name(rooms.change, "nowhere", "ada", "Two"), errors.RoomNotFound),
    (_with_name(rooms.change, "group", "dora", "Two"), errors.NotAMember),
    (_with_name(rooms.change, "group", "ben", "Two"), errors.NotAnOwner),
    (_with_name(rooms.change, "group", "ada", None), errors.NothingToChange),
    (_with_name(rooms.change, "pair", "ada", "Two"), errors.FixedRoom),
    (_of(rooms.remove, "group", by="ben"), errors.NotAnOwner),
    (_of(rooms.remove, "pair", by="ada"), errors.FixedRoom),
    (_adding("group", "ben", "dora"), errors.NotAnOwner),
    (_adding("group", "ada", "dora"), errors.GroupFull),
    (_adding("workspace", "ada", "dora", "dora"), errors.NamedTwice),
    (_adding("workspace", "ada", "dora", "ben"), errors.AlreadyMember),
    (_adding("channel", "ada", "dora"), errors.FixedMembers),
    (_of(members.remove, "group", "dora", by="ada"), errors.MemberNotFound),
    (_of(members.remove, "group", "ada", by="ada"), errors.LastOwner),
    (_of(members.remove, "group", "cleo", by="ben"), errors.NotAnOwner),
    (_of(members.remove, "pair", "ada", by="ada"), errors.FixedMembers),
    (_of(members.promote, "group", "dora", by="ada"), errors.MemberNotFound),
    (_of(members.promote, "group", "ben", by="ben"), errors.OwnStanding),
    (_of(members.demote, "group", "ada", by="ben"), errors.NotAnOwner),
    (_of(room_settings.mute, "workspace", by="ben"), errors.NeverMuted),
    (_of(room_settings.mute, "group", by="dora"), errors.NotAMember),
    (_of(room_settings.unmute, "nowhere", by="ada"), errors.RoomNotFound),
    (_of(room_settings.clear_history, "channel", by="dora"), errors.NotAMember),
    (_of(pictures.remove_of_room, "group", by="ada"), errors.PictureNotFound),
    (_unknown_picture, errors.NeverPictured),
    (lambda transaction, at: pictures.remove_of_user(transaction, at.ada, caller_id=at.ada), errors.PictureNotFound),
    (lambda transaction, at: pictures.remove_of_user(transaction, at.ada, caller_id=at.ben), errors.NotOneself),
    (lambda transaction, _: users.remove(transaction, NOWHERE), errors.UserNotFound),
    (lambda transaction, _: tokens.revoke(transaction, "nobody's"), errors.TokenNotFound),
]


@pytest.mark.parametrize(("attempt", "why"), REFUSED, ids=[f"{n}-{why.__name__}" for n, (_, why) in enumerate(REFUSED)])
async def test_nothing_is_recorded(
    transaction: Transaction, scene: Scene, attempt: Try, why: type[errors.DomainError]
) -> None:
    last = (await events.kept(transaction)).newest
    async with transaction.begun():
        with pytest.raises(why):
            await attempt(transaction, scene)
    assert await events.read(transaction, last, 9) == []
