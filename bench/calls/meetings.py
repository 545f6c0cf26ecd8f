"""Calls about meetings: as members see them, come and go, as administrators put them out, and by which sockets."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from app.apis.carbonio import documents
from app.domain import absences, connections, ids, meetings, members, moderation
from app.domain.conferences import Limits
from app.domain.meetings import Streams
from bench.calls.call import Call, seen_by
from bench.calls.landmarks import Landmarks, Meeting, Person
from bench.sessions import CROWD

_LIMITS: Final = Limits(
    max_participants=10, token_ttl_seconds=86_400, room_ttl_seconds=86_400, endpoint_ttl_seconds=86_400
)
_WRITTEN: Final = 4
"""A peer's row, or a socket's, goes with entries in indexes, each as far away as a row, and with what is told of it."""


def every(at: Landmarks) -> Iterator[Call]:
    """Yield them."""
    yield from _seen(at)
    yield from _kept(at)
    for whose, meeting, present in (("a meeting", at.meeting, 1), ("a crowd", at.crowded, CROWD)):
        yield from _of_somebody(at, whose, meeting, present)
        yield from _of_all(at, whose, meeting, _WRITTEN * present)
        yield from _moderated(whose, meeting, _WRITTEN * present)
    yield from _of_sockets(at)
    yield from _of_absent(at)


def _seen(at: Landmarks) -> Iterator[Call]:
    for whose, person in (("the busy user", at.busy), ("a user", at.usual)):
        yield _all_of(person, whose)
    for details, id in (("a group", at.meeting.room), ("a workspace", at.workspace.id), ("a crowd", at.crowded.room)):
        by_room = "a chat's meeting"
        yield seen_by(at.busy, by_room, documents.MEETING_OF_ROOM, rows=_lying(details), details=details, room_id=id)
    for details, id in (("a group", at.meeting.id), ("a workspace", at.idle), ("a crowd", at.crowded.id)):
        yield seen_by(at.busy, "a meeting", documents.MEETING, rows=_lying(details), details=details, meeting_id=id)


def _all_of(person: Person, whose: str) -> Call:
    # Of each room his membership and the room's name; the meeting, its session, and who is in that.
    rows, details = 5 * person.rooms, f"{person.rooms} rooms"
    return seen_by(person, f"every meeting of {whose}", documents.MEETINGS, rows=rows, details=details)


def _lying(whose: str) -> int:
    """Return rows for those who are in it, who lie side by side."""
    return CROWD // 5 if whose == "a crowd" else 1


def _kept(at: Landmarks) -> Iterator[Call]:
    said: dict[str, Any] = {"caller_id": at.busy.id, "type": "permanent", "expires_at": datetime.now(UTC)}
    for details, room_id, name in (("to be", at.workspace.channels[0], "own"), ("there", at.group.id, None)):
        create = partial(meetings.create, room_id=room_id, name=name, **said, limits=_LIMITS)
        yield Call("a new meeting", create, details=details)
    yield Call("a meeting started", partial(meetings.start, id=at.idle, caller_id=at.busy.id))


def _of_somebody(at: Landmarks, whose: str, meeting: Meeting, present: int) -> Iterator[Call]:
    given: dict[str, Any] = {"id": meeting.id, "caller_id": at.busy.id}
    streams = Streams(audio_enabled=True, video_enabled=False)
    elsewhere = at.crowded if meeting == at.meeting else at.meeting
    for details, id, queue_id in (("again", meeting.id, elsewhere.socket), ("as the first", at.idle, meeting.socket)):
        join = partial(meetings.join, id=id, queue_id=queue_id, streams=streams, caller_id=at.busy.id)
        # Who is in it is counted, and the caller's earlier presences are looked for among all.
        yield Call("a meeting joined", join, rows=2 * present, details=f"{whose}, {details}")
    for details, by in (("by a socket", meeting.socket), ("by any", None)):
        leave = partial(meetings.leave, queue_id=by, **given)
        yield Call("a meeting left", leave, rows=present, details=f"{whose}, {details}")
    yield Call("a seat", partial(meetings.seat, **given), details=whose)
    yield Call("a seat to silence", partial(meetings.seat_to_silence, user_id=at.busy.id, **given), details=whose)


def _of_all(at: Landmarks, whose: str, meeting: Meeting, rows: int) -> Iterator[Call]:
    given: dict[str, Any] = {"id": meeting.id, "caller_id": at.busy.id}
    yield Call("a meeting stopped", partial(meetings.stop, **given), rows=rows, details=whose)
    yield Call("a meeting removed", partial(meetings.remove, **given), rows=rows, details=whose)
    put_out = partial(members.remove, room_id=meeting.room, user_id=at.busy.id, caller_id=at.busy.id)
    yield Call("a member removed from his meeting", put_out, rows=rows, details=whose)


def _moderated(whose: str, meeting: Meeting, rows: int) -> Iterator[Call]:
    for lock in (False, True):
        end = partial(moderation.end_session, conference_id=meeting.id, lock=lock)
        yield Call("a session ended", end, rows=rows, details=f"{whose}, {lock=}")
    for details, peer_id, role in (("one", meeting.peer, None), ("a role", None, "host")):
        put_out = partial(moderation.put_out, conference_id=meeting.id, peer_id=peer_id, role=role)
        yield Call("peers put out", put_out, rows=rows, details=f"{whose}, {details}")


def _of_sockets(at: Landmarks) -> Iterator[Call]:
    process, sockets = at.process
    new = {ids.new_id(): user_id for user_id in at.crowd}
    add = partial(connections.add, process_id=process, queue_id=ids.new_id(), user_id=at.usual.id)
    yield Call("a socket opened", add)
    for details, shown in (("known", sockets), ("new", new)):
        add_all = partial(connections.add_all, process_id=process, sockets=shown)
        # Of each its user, too.
        yield Call("sockets opened", add_all, rows=(1 + _WRITTEN) * len(shown), details=f"{len(shown)} {details}")
    for details, id in (("known", process), ("new", ids.new_id())):
        yield Call("a process shown", partial(connections.show, process_id=id), details=details)
    yield Call("a socket closed", partial(connections.close, queue_id=next(iter(sockets))))
    yield Call("a process ended", partial(connections.end, process_id=process), rows=_WRITTEN * len(sockets))


def _of_absent(at: Landmarks) -> Iterator[Call]:
    sockets = at.process.sockets
    yield Call("meetings by sockets", partial(absences.of_sockets, queue_ids=list(sockets)), rows=2 * len(sockets))
    # Of each open session its conference and its peers; of each peer his socket.
    yield Call("stale sessions", absences.stale, rows=2 * at.open_sessions + at.sockets)
    for whose, meeting, rows in (("a meeting", at.meeting, 1), ("a crowd", at.crowded, 2 * CROWD)):
        yield Call("absences ended", partial(absences.end, conference_id=meeting.id), rows=rows, details=whose)
