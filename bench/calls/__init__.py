"""Calls that together send every statement of the server, as they come to be made on a database full of rooms."""

from collections.abc import Iterator

from bench.calls import (
    chats,
    codes,
    conferences,
    credentials,
    events,
    files,
    meetings,
    polls,
    previews,
    sessions,
    tellings,
    templates,
)
from bench.calls.call import Call
from bench.calls.landmarks import Landmarks

__all__ = ["Call", "Landmarks", "every"]


def every(at: Landmarks) -> Iterator[Call]:
    """Yield calls for every statement."""
    yield from conferences.every(at)
    yield from credentials.every(at)
    yield from templates.every(at)
    yield from polls.every(at)
    yield from codes.every(at)
    yield from chats.every(at)
    yield from files.every(at)
    yield from previews.every(at)
    yield from events.every(at)
    yield from sessions.every(at)
    yield from meetings.every(at)
    yield from tellings.every(at)
