"""The plans of the tests at a million rooms: what does not grow is as small as there."""

import re
import tempfile
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from asyncpg import Connection, Record

from bench import place, plans, rooms
from bench.measurement import BenchFailed
from bench.plans import Seen

_ROOMS, _CHATS, _ATTACHMENTS = 1_000_000, 300_000, 1_000_000
# What a reader's request waits for; the table would be long with all.
_SHOWN = re.compile(r"a (page( by .*)?|room by id.*|key of .*|token of the chats|chat('s m.*)?)|every .*")
_OF_FILES = re.compile(
    r"a page of attachments|an attachment( to read| removed)?|.*'s picture|.* forwarded|a full chat removed"
)


def seen(disk: Path) -> Sequence[Seen]:
    """Return how every statement went, with either kind of plan, or raise BenchFailed."""

    async def look(connection: "Connection[Record]") -> list[Seen]:
        await rooms.fill(connection, _ROOMS, _CHATS, _ATTACHMENTS)
        return [one for mode in plans.MODES async for one in plans.seen(connection, mode)]

    with tempfile.TemporaryDirectory(prefix="enfilade-bench-", dir=disk) as folder, place.postgres(Path(folder)) as own:
        found = own.run(look)
    faults = [one.fault for one in found if one.fault]
    if faults:
        raise BenchFailed(f"with {_ROOMS:,} rooms:\n" + "\n".join(faults))
    return found


def table(found: Sequence[Seen]) -> str:
    """Return a table of the worst of each kind of call."""
    return _table(found, _SHOWN)


def table_of_files(found: Sequence[Seen]) -> str:
    """Return that of the calls about files."""
    return _table(found, _OF_FILES)


def _table(found: Sequence[Seen], kinds: re.Pattern[str]) -> str:
    rows = [("call", "runs", "blocks, at most", "ms, at most"), ("---", "--:", "--:", "--:")]
    shown = sorted((one for one in found if kinds.fullmatch(one.call.kind)), key=lambda one: one.call.kind)
    for kind, same in groupby(shown, lambda one: one.call.kind):
        own = [one.plan for one in same]
        blocks, slowest = max(plan.blocks for plan in own), max(plan.milliseconds for plan in own)
        rows.append((kind, str(len(own)), str(blocks), f"{slowest:.2f}"))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
