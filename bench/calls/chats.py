"""Calls about users, and about their rooms as the chats API makes them."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from app.apis.carbonio import documents
from app.domain import members, ranks, room_settings, rooms, users
from app.domain.invitations import Invited
from app.domain.members import Newcomer
from app.domain.ranks import Rank
from app.domain.rooms import FoundedType
from bench.calls.call import Call, asking, seen_by
from bench.calls.files import FREED
from bench.calls.landmarks import SEVERAL, Landmarks, Person

_MANY: Final = 1_000
_WRITTEN: Final = 3
"""A member's row goes with entries in as many indexes, each as far away as a row."""


def every(at: Landmarks) -> Iterator[Call]:
    """Yield them."""
    yield from _of_everything("the busy user", at.busy)
    yield from _of_everything("a user", at.usual)
    yield from _of_a_room(at)
    yield from _of_changes(at)
    yield from _of_members(at)
    yield from _of_one_for_himself(at)
    yield from _of_users(at)


def _of_everything(whose: str, person: Person) -> Iterator[Call]:
    for with_members in (False, True):
        for with_settings in (False, True):
            # Of each room his membership, the room itself and its meeting; where wanted, its members and his setting.
            rows = person.rooms * (3 + with_members + with_settings)
            statement = documents.rooms_of_caller(with_members=with_members, with_settings=with_settings)
            details = f"{person.rooms} rooms, {with_members=}, {with_settings=}"
            yield seen_by(person, f"every chat of {whose}", statement, rows=rows, details=details)


def _of_a_room(at: Landmarks) -> Iterator[Call]:
    channel = at.workspace.channels[0]
    asked = (("a group", at.group.id), ("a workspace", at.workspace.id), ("a channel", channel))
    for kind, statement, rows in (
        # The room, his membership, setting and meeting; of each channel itself, his setting and its meeting.
        ("a chat", documents.ROOM, 4 + 3 * len(at.workspace.channels)),
        ("a chat's members", documents.MEMBERS, 1),
    ):
        for details, id in asked:
            yield seen_by(at.busy, kind, statement, rows=rows, details=details, room_id=id)
        yield seen_by(at.usual, kind, statement, rows=rows, details="a one-to-one", room_id=at.one_to_one.id)
        if statement is documents.ROOM:
            yield Call("a chat after a change", asking(statement, room_id=at.workspace.id, caller_id=at.busy.id), rows)


def _of_changes(at: Landmarks) -> Iterator[Call]:
    said: dict[str, Any] = {"name": "new", "description": None, "caller_id": at.busy.id}
    several = [Invited(user_id=id) for id in at.strangers]
    together: dict[FoundedType, list[Invited]] = {"one_to_one": several[:1], "group": several, "workspace": several}
    for type, others in together.items():
        create = partial(rooms.create, type=type, others=others, **said, most_members=_MANY)
        yield Call("a new chat", create, rows=_WRITTEN * len(others), details=type)
    yield Call("a new channel", partial(rooms.create_channel, workspace_id=at.workspace.id, **said))
    for details, id, blobs in (
        ("group", at.group.id, at.blobs_of_group),
        ("workspace", at.workspace.id, 1),
        ("channel", at.workspace.channels[0], 1),
    ):
        yield Call("a chat changed", partial(rooms.change, room_id=id, **said), details=details)
        remove = partial(rooms.remove, room_id=id, caller_id=at.busy.id)
        yield Call("a chat removed", remove, rows=FREED * blobs, details=details)


def _of_members(at: Landmarks) -> Iterator[Call]:
    several = [Newcomer(user_id=id, history_cleared=True) for id in at.strangers]
    for details, chat in (("group", at.group), ("workspace", at.workspace)):
        given: dict[str, Any] = {"room_id": chat.id, "caller_id": at.busy.id}
        add = partial(members.add, newcomers=several, **given, most_members=_MANY)
        # Of each an event too, for whom everybody in the room is looked up.
        yield Call("members added", add, rows=(_WRITTEN + 1) * SEVERAL, details=details)
        for kind, change in (
            ("a member removed", members.remove),
            ("a member promoted", members.promote),
            ("a member demoted", members.demote),
        ):
            yield Call(kind, partial(change, user_id=chat.other, **given), details=details)


def _of_one_for_himself(at: Landmarks) -> Iterator[Call]:
    for details, id in (("group", at.group.id), ("channel", at.workspace.channels[0])):
        given: dict[str, Any] = {"room_id": id, "caller_id": at.busy.id}
        yield Call("a chat muted", partial(room_settings.mute, **given), details=details)
        yield Call("a chat's history cleared", partial(room_settings.clear_history, **given), details=details)
    for person in (at.busy, at.usual):
        order = [Rank(room_id=id, rank=rank) for rank, id in enumerate(reversed(person.workspaces))]
        rank = partial(ranks.rank_workspaces, ranks=order, caller_id=person.id)
        yield Call("workspaces ranked", rank, rows=_WRITTEN * len(order), details=f"{len(order)} workspaces")
    order = [Rank(room_id=id, rank=rank) for rank, id in enumerate(reversed(at.workspace.channels))]
    rank = partial(ranks.rank_channels, workspace_id=at.workspace.id, ranks=order, caller_id=at.busy.id)
    yield Call("channels ranked", rank, rows=_WRITTEN * len(order))


def _of_users(at: Landmarks) -> Iterator[Call]:
    yield seen_by(at.busy, "a user by id", users._BY_ID, id=at.usual.id)  # noqa: SLF001 - as `users.get` asks
    yield Call("a user by id, at the command line", partial(users.get, id=at.usual.id))
    yield Call("users by id", partial(users.with_ids, ids=at.strangers[:10]), rows=10)
    yield Call("a user by email", partial(users.with_email, email=at.email))
    yield Call("a new user", partial(users.add, email="new@example.org", name="New"))
    for person in (at.busy, at.usual):
        # Of each room his membership, whether others own it, who is the next, and that one's row.
        remove, rows = partial(users.remove, id=person.id), (3 + _WRITTEN) * person.rooms
        yield Call("a user removed", remove, rows=rows, details=f"{person.rooms} rooms")
