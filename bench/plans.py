"""How Postgres goes about a statement: what it scans, and how much it reads."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from asyncpg import Connection, Record

from bench.calls import Call, Landmarks, every
from bench.statements import Query, sent_to, undone

Mode = Literal["force_custom_plan", "force_generic_plan"]
MODES: tuple[Mode, ...] = ("force_custom_plan", "force_generic_plan")
"""With the values known, as past a pooler; and for any values, as the server's connections ask for."""

_OF_ONE_ROW = {"deployment"}
# The ways to a few rows and back, whatever Postgres' version; then, for each row, the ways to it and to its template.
_BLOCKS, _BLOCKS_A_ROW = 50, 5


@dataclass(frozen=True, slots=True)
class Plan:
    """What was seen of a statement: blocks of 8 KiB that it read, cached or not, and tables that it scanned.

    Of what foreign keys do after it (checks, cascades) only the scans are seen.
    """

    blocks: int
    milliseconds: float
    scanned: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """How a statement of a call went."""

    call: Call
    query: Query
    plan: Plan

    @property
    def fault(self) -> str | None:
        """What is wrong with it: a scan, or more blocks than the rows that it is about can explain."""
        most = _BLOCKS + _BLOCKS_A_ROW * self.call.rows
        if self.plan.scanned:
            return f"{self._name} scans {', '.join(self.plan.scanned)}"
        if self.plan.blocks > most:
            return f"{self._name} reads {self.plan.blocks} blocks, more than {most}"
        return None

    @property
    def _name(self) -> str:
        return f"{self.call.kind} {self.call.details}".strip()


async def seen(connection: "Connection[Record]", mode: Mode) -> AsyncIterator[Seen]:
    """Look at every call of the domain on a full database."""
    for call in every(await Landmarks.found(connection)):
        queries = await sent_to(connection, call.operation)
        for number, query in enumerate(queries):
            yield Seen(call, query, await planned(connection, query, mode, after=queries[:number]))


async def planned(connection: "Connection[Record]", query: Query, mode: Mode, *, after: Sequence[Query] = ()) -> Plan:
    """Run the statement, prepared, in this mode, after others in one transaction; and undo what they did."""
    await connection.execute(f"SET plan_cache_mode = {mode}")
    await connection.execute(f"PREPARE planned AS {query.sql}")
    try:
        # Twice: the first run also reads the catalogue, and leaves hints that others need not.
        return [await _explained(connection, query, after) for _ in range(2)][-1]
    finally:
        await connection.execute("DEALLOCATE planned")


async def _explained(connection: "Connection[Record]", query: Query, after: Sequence[Query]) -> Plan:
    values = ", ".join(_quoted(text) for text in query.texts)
    async with undone(connection):
        for earlier in after:
            await connection.fetch(earlier.sql, *earlier.values)
        scans = await _scans(connection)
        answer = await connection.fetchval(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE planned {f'({values})' if values else ''}"
        )
        scanned = await _scans(connection) - scans
    explained: dict[str, Any] = json.loads(answer)[0]
    root = explained["Plan"]
    return Plan(
        blocks=root["Shared Hit Blocks"] + root["Shared Read Blocks"],
        milliseconds=explained["Execution Time"],
        scanned=tuple(sorted({*_scanned(root), *scanned} - _OF_ONE_ROW)),
    )


async def _scans(connection: "Connection[Record]") -> Counter[str]:
    """Return how often each table was scanned, as far as Postgres has not handed that on yet."""
    counted = await connection.fetch("SELECT relname, seq_scan FROM pg_stat_xact_user_tables WHERE seq_scan > 0")
    return Counter({row["relname"]: row["seq_scan"] for row in counted})


def _quoted(text: str | None) -> str:
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"


def _scanned(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for part in node.get("Plans", ()):
        yield from _scanned(part)
