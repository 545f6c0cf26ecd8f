"""Replays of webhooks (hms.md §1.12): what is told again, how far that is, and what came of it."""

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from tellings import ALLOWED_SPANS, REFUSED_SPANS, TEMPLATE, WORKSPACE, Tellings, ago, spelled
from transcripts import assert_same

from app.apis.hms.spellings import rfc3339
from app.domain import ids
from app.domain.replays import MOST

REPLAY = "/v2/analytics/webhooks/replay"
ROOM, OTHER = ids.new_id(), ids.new_id()
Check = Callable[..., None]
Json = dict[str, Any]
_SEALED = b"sealed"


@pytest.fixture
async def tellings(database: asyncpg.Connection) -> Tellings:
    """Where the workspace has a webhook, and nobody sends anything of two rooms, and of none."""
    await database.execute("UPDATE deployment SET sealed_webhook = $1", _SEALED)
    tellings = Tellings(database)
    await tellings.shut(WORKSPACE, ROOM, OTHER)
    return tellings


async def started(hms: httpx.AsyncClient, **body: Any) -> Json:
    """Begin a replay, and judge what is said of it."""
    asked = datetime.now(UTC)
    answer = await hms.post(REPLAY, json=body)
    filters = answer.json()["filters"]
    told: Json = answer.json()
    expected = {
        "workflow_id": told["workflow_id"],
        "status": "started",
        "message": "webhooks are told again",
        "filters": {
            "start_time": body.get("start_time") or filters["start_time"],
            "end_time": body.get("end_time") or filters["end_time"],
            "room_id": body.get("room_id") or "",
            "event_types": body.get("event_names") or [],
        },
    }
    assert_same(answer, expected)
    end = datetime.fromisoformat(filters["end_time"])
    assert body.get("end_time") or 0 <= (end - asked).total_seconds() + 0.001 < 5
    return told


async def now(hms: httpx.AsyncClient, replay: Json) -> Json:
    answer = await hms.get(f"{REPLAY}/{replay['workflow_id']}")
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


async def made(tellings: Tellings) -> list[asyncpg.Record]:
    """Return the deliveries of replays, in the order in which they are sent."""
    found = await tellings.database.fetch("SELECT * FROM webhook_delivery WHERE replay_id IS NOT NULL ORDER BY number")
    return list(found)


async def events_told_again(tellings: Tellings) -> list[UUID]:
    return [delivery["analytics_event_id"] for delivery in await made(tellings)]


class TestBegin:
    async def test_makes_new_deliveries_of_what_failed_oldest_first(
        self, hms: httpx.AsyncClient, tellings: Tellings, account: dict[str, str]
    ) -> None:
        event = await tellings.happened(at=ago(hours=4), conference_id=ROOM)
        template = await tellings.happened("TemplateCreated", data={"template_id": str(TEMPLATE)}, at=ago(hours=3))
        fine = await tellings.happened(at=ago(hours=2), conference_id=ROOM)
        await tellings.told(event, "failed", group=ROOM, at=ago(hours=4), attempts=9, error="answered 500")
        await tellings.told(template, "failed", at=ago(hours=3))
        await tellings.told(fine, group=ROOM, at=ago(hours=2))
        replay = await started(hms)
        assert re.fullmatch(f"webhook-replay-{account['customer_id']}-[0-9a-f]{{24}}", replay["workflow_id"])
        replay_id = ids.from_hex(replay["workflow_id"][-24:])
        deliveries = await made(tellings)
        assert [dict(delivery) for delivery in deliveries] == [
            {
                "id": delivery["id"],
                "number": delivery["number"],
                "group_id": group,
                "analytics_event_id": event_id,
                "replay_id": replay_id,
                "sealed_target": None,
                "status": "pending",
                "attempts": 0,
                "response_status": None,
                "error": None,
                "created_at": ids.moment(delivery["id"]),
                "finished_at": None,
            }
            for delivery, (event_id, group) in zip(deliveries, ((event, ROOM), (template, WORKSPACE)), strict=True)
        ]
        queues = await tellings.database.fetch("SELECT group_id, generation, due_at > now() FROM webhook_queue")
        assert {tuple(queue) for queue in queues} == {(ROOM, 2, True), (WORKSPACE, 2, True), (OTHER, 1, True)}

    @pytest.mark.parametrize(
        ("body", "found"),
        [
            ({}, "02"),
            ({"status": None, "limit": None, "offset": None, "event_names": None, "room_id": None}, "02"),
            ({"room_id": "", "start_time": "", "end_time": "", "event_names": []}, "02"),
            ({"status": "all"}, "0123"),
            ({"status": "success"}, "13"),
            ({"room_id": ids.to_hex(ROOM)}, "0"),
            ({"room_id": ids.to_hex(OTHER), "status": "all"}, "23"),
            ({"room_id": ids.to_hex(TEMPLATE), "status": "all"}, ""),
            ({"event_names": ["peer.join.success"]}, "0"),
            ({"event_names": ["peer.join.success", "peer.leave.success"], "status": "all"}, "012"),
            ({"event_names": ["peer.leave.success"], "room_id": ids.to_hex(OTHER)}, "2"),
            ({"event_names": ["beam.started.success"]}, ""),
            ({"limit": 1}, "0"),
            ({"limit": 1.0, "offset": 1}, "2"),
            ({"offset": 2}, ""),
            ({"status": "all", "offset": 1, "limit": 2}, "12"),
            ({"start_time": {"hours": 3.5}, "status": "all"}, "123"),
            ({"end_time": {"hours": 2.5}, "status": "all"}, "01"),
            ({"start_time": {"hours": 3.5}, "end_time": {"hours": 1.5}}, "2"),
            ({"start_time": {"days": 3}, "end_time": {"days": 1}}, "4"),
        ],
    )
    async def test_filters_combine(self, hms: httpx.AsyncClient, tellings: Tellings, body: Json, found: str) -> None:
        told = []
        for type, conference, status, at in (
            ("PeerJoined", ROOM, "failed", ago(hours=4)),
            ("PeerLeft", ROOM, "success", ago(hours=3)),
            ("PeerLeft", OTHER, "failed", ago(hours=2)),
            ("SessionOpened", OTHER, "success", ago(hours=1)),
            ("SessionOpened", OTHER, "failed", ago(hours=30)),
        ):
            event = await tellings.happened(type, at=at, conference_id=conference)
            await tellings.told(event, status, group=conference, at=at)
            told.append(event)
        await started(hms, **body | spelled({name: at for name, at in body.items() if isinstance(at, dict)}))
        assert "".join(str(told.index(event)) for event in await events_told_again(tellings)) == found

    async def test_tells_each_event_once_whose_newest_delivery_counts(
        self, hms: httpx.AsyncClient, tellings: Tellings
    ) -> None:
        twice, mended, waiting, late = [
            await tellings.happened(at=ago(hours=20 - hour), conference_id=ROOM) for hour in range(4)
        ]
        for event in (twice, mended, waiting, late):
            await tellings.told(event, "failed", group=ROOM, at=ids.moment(event))
        await tellings.told(mended, group=ROOM, at=ago(hours=9))
        await tellings.told(twice, "failed", group=ROOM, at=ago(hours=8))
        await tellings.told(waiting, "pending", group=ROOM, at=ago(hours=7))
        await tellings.told(late, "failed", group=ROOM, at=ago(hours=6))
        # What was chosen is in the span by an older delivery.
        await started(hms, **spelled({"start_time": {"hours": 21}, "end_time": {"hours": 10}}))
        assert await events_told_again(tellings) == [twice, late]

    async def test_has_no_more_than_its_most(self, hms: httpx.AsyncClient, tellings: Tellings) -> None:
        replay = await started(hms, limit=MOST)
        assert (await now(hms, replay))["filters"]["limit"] == MOST == 50_000
        assert (await now(hms, await started(hms, offset=2_147_483_647)))["filters"]["offset"] == 2_147_483_647

    async def test_is_begun_once_while_it_runs(self, hms: httpx.AsyncClient, tellings: Tellings) -> None:
        event = await tellings.happened(conference_id=ROOM)
        await tellings.told(event, "failed", group=ROOM)
        asked = {"room_id": ids.to_hex(ROOM), "event_names": ["peer.join.success"]}
        first = await started(hms, **asked)
        running = first | {"status": "already_running", "message": "the same replay is still running"}
        assert_same(await hms.post(REPLAY, json=asked), running)
        reversed_ = {**dict(reversed(asked.items())), "limit": None, "room_id": ids.to_hex(ROOM).upper()}
        reversed_ |= {"offset": 0, "event_names": ["peer.join.success"] * 2}
        assert_same(await hms.post(REPLAY, json=reversed_), running)
        other = await started(hms, **asked, limit=9)
        assert other["workflow_id"] != first["workflow_id"]
        assert await events_told_again(tellings) == [event]
        await tellings.ended("failed", *(each["id"] for each in await made(tellings)))
        again = await started(hms, **asked)
        assert again["workflow_id"] not in (first["workflow_id"], other["workflow_id"])
        assert await events_told_again(tellings) == [event, event]

    async def test_two_at_once_are_one(self, hms: httpx.AsyncClient, tellings: Tellings) -> None:
        await tellings.told(await tellings.happened(conference_id=ROOM), "failed", group=ROOM)
        answers = await asyncio.gather(*(hms.post(REPLAY, json={}) for _ in range(3)))
        assert sorted(answer.json()["status"] for answer in answers) == [
            "already_running",
            "already_running",
            "started",
        ]
        assert len({answer.json()["workflow_id"] for answer in answers}) == 1
        assert len(await made(tellings)) == 1


class TestWhereTo:
    """A replay goes where its room tells now; of a room that is gone, where the workspace does."""

    @pytest.fixture
    async def room(self, create: Callable[..., Any], tellings: Tellings) -> UUID:
        room = ids.from_hex((await create(name="told"))["id"])
        assert room
        return room

    async def begun(self, hms: httpx.AsyncClient, tellings: Tellings, group: UUID, url: str | None = None) -> int:
        await tellings.told(await tellings.happened(conference_id=group), "failed", group=group, url=url)
        await tellings.database.execute("DELETE FROM webhook_queue")
        return int((await now(hms, await started(hms, room_id=ids.to_hex(group))))["progress"]["total"])

    async def queued(self, tellings: Tellings) -> list[bytes | None]:
        return [row["sealed_target"] for row in await tellings.database.fetch("SELECT * FROM webhook_queue")]

    async def test_its_own_webhook(self, hms: httpx.AsyncClient, tellings: Tellings, room: UUID) -> None:
        await tellings.database.execute("UPDATE conference SET sealed_webhook = 'own' WHERE id = $1", room)
        assert await self.begun(hms, tellings, room, "http://127.0.0.1/before") == 1
        assert await self.queued(tellings) == [b"own"]

    async def test_the_workspaces(self, hms: httpx.AsyncClient, tellings: Tellings, room: UUID) -> None:
        assert await self.begun(hms, tellings, room, "http://127.0.0.1/before") == 1
        assert await self.queued(tellings) == [None]

    async def test_the_workspaces_of_a_room_that_is_gone(self, hms: httpx.AsyncClient, tellings: Tellings) -> None:
        assert await self.begun(hms, tellings, ids.new_id(), "http://127.0.0.1/before") == 1
        assert await self.queued(tellings) == [None]

    async def test_nowhere(self, hms: httpx.AsyncClient, tellings: Tellings, room: UUID) -> None:
        await tellings.database.execute("UPDATE deployment SET sealed_webhook = NULL")
        assert await self.begun(hms, tellings, room, "http://127.0.0.1/before") == 0
        assert await self.begun(hms, tellings, WORKSPACE, "http://127.0.0.1/before") == 0
        assert await self.begun(hms, tellings, ids.new_id(), "http://127.0.0.1/before") == 0
        assert await self.queued(tellings) == []


class TestBusy:
    async def test_waits_for_nobody_who_holds_a_queue_for_long(
        self, hms: httpx.AsyncClient, tellings: Tellings, alone: Check, database_url: str
    ) -> None:
        await tellings.told(await tellings.happened(conference_id=ROOM), "failed", group=ROOM)
        other = await asyncpg.connect(database_url)
        try:
            async with other.transaction():
                await other.execute("SELECT FROM webhook_queue WHERE group_id = $1 FOR UPDATE", ROOM)
                refused = await hms.post(REPLAY, json={})
        finally:
            await other.close()
        text = "webhook replay service unavailable"
        assert_same(refused, {"code": 503, "message": text, "details": [text]}, 503)
        assert await tellings.database.fetchval("SELECT count(*) FROM webhook_replay") == 0
        await started(hms)
        assert len(await made(tellings)) == 1


class TestProgress:
    async def test_shows_how_far_it_is_and_what_came_of_it(self, hms: httpx.AsyncClient, tellings: Tellings) -> None:
        events = [await tellings.happened(at=ago(hours=9 - hour), conference_id=ROOM) for hour in range(3)]
        for event in events:
            await tellings.told(event, "failed", group=ROOM, at=ids.moment(event))
        asked = {**spelled({"start_time": {"days": 3}, "end_time": {"hours": 1}}), "event_names": ["peer.join.success"]}
        replay = await started(hms, **asked, limit=7)
        row = await tellings.database.fetchrow("SELECT id, created_at FROM webhook_replay")
        assert row
        told = {
            "workflow_id": replay["workflow_id"],
            "status": "Running",
            "started_at": rfc3339(row["created_at"]),
            "filters": {**replay["filters"], "limit": 7, "offset": 0},
            "progress": {"total": 3, "completed": 0, "failed": 0},
        }
        path = f"{REPLAY}/{replay['workflow_id']}"
        assert_same(await hms.get(path), told)
        one, two, three = [delivery["id"] for delivery in await made(tellings)]
        await tellings.ended("success", one)
        await tellings.ended("failed", two)
        assert_same(await hms.get(path), told | {"progress": {"total": 3, "completed": 1, "failed": 1}})
        await tellings.ended("failed", three)
        over = rfc3339(
            await tellings.database.fetchval("SELECT finished_at FROM webhook_delivery WHERE id = $1", three)
        )
        numbers = {"total": 3, "completed": 1, "failed": 2}
        assert_same(
            await hms.get(path),
            {
                "workflow_id": replay["workflow_id"],
                "status": "completed_with_failures",
                "started_at": told["started_at"],
                "completed_at": over,
                "filters": told["filters"],
                "progress": numbers,
                "result": {**numbers, "failed_events": [str(event) for event in events[1:]]},
            },
        )
        await tellings.ended("failed", one)
        assert (await now(hms, replay))["status"] == "failed"
        await tellings.ended("success", one, two, three)
        told_now = await now(hms, replay)
        assert (told_now["status"], told_now["result"]["failed_events"]) == ("completed", [])

    async def test_of_nothing_is_over_at_once(self, hms: httpx.AsyncClient, tellings: Tellings) -> None:
        told = await now(hms, await started(hms))
        assert (told["status"], told["completed_at"]) == ("completed", told["started_at"])
        assert told["result"] == {"total": 0, "completed": 0, "failed": 0, "failed_events": []}

    async def test_shows_a_thousand_failures_at_most(self, hms: httpx.AsyncClient, tellings: Tellings) -> None:
        event = await tellings.happened(conference_id=ROOM)
        await tellings.told(event, "failed", group=ROOM)
        replay = await started(hms)
        await tellings.database.execute(
            "INSERT INTO webhook_delivery (id, group_id, analytics_event_id, replay_id, created_at)"
            " SELECT gen_random_uuid(), group_id, analytics_event_id, replay_id, now()"
            "   FROM webhook_delivery, generate_series(1, 1000) WHERE replay_id IS NOT NULL"
        )
        await tellings.ended("failed", *(delivery["id"] for delivery in await made(tellings)))
        result = (await now(hms, replay))["result"]
        assert result == {"total": 1001, "completed": 0, "failed": 1001, "failed_events": [str(event)] * 1000}

    async def test_knows_no_other(self, hms: httpx.AsyncClient, tellings: Tellings) -> None:
        id = (await started(hms))["workflow_id"]
        before, digits = id[:-24], id[-24:]
        ours = before.split("-")[2]
        text = "workflow not found"
        for other in (
            *(
                before + ids.to_hex(TEMPLATE),
                digits,
                f"webhook-replay-{digits}",
                "1",
                f"-{digits}",
                f"{id}0",
                f"{id}%0A",
            ),
            f"webhook-replay-{digits}-{digits}",
            f"webhook-replay-{ours}{digits}",
        ):
            answer = await hms.get(f"{REPLAY}/{other}")
            assert_same(answer, {"code": 404, "message": text, "details": [text]}, 404)


class TestBodies:
    @pytest.mark.parametrize("span", ALLOWED_SPANS)
    async def test_takes_spans_within_the_limits(
        self, hms: httpx.AsyncClient, tellings: Tellings, span: dict[str, Any]
    ) -> None:
        await started(hms, **spelled(span))

    @pytest.mark.parametrize(
        ("text", "span"), [(text, span) for text, spans in REFUSED_SPANS.items() for span in spans]
    )
    async def test_refuses_spans_beyond_the_limits(
        self, hms: httpx.AsyncClient, alone: Check, text: str, span: dict[str, Any]
    ) -> None:
        alone(await hms.post(REPLAY, json=spelled(span)), text)

    @pytest.mark.parametrize(
        ("body", "text"),
        [
            ({"limit": 0}, "limit must be an integer from 1 to 50000"),
            ({"limit": 50_001}, "limit must be an integer from 1 to 50000"),
            ({"limit": "9"}, "limit must be an integer from 1 to 50000"),
            ({"offset": -1}, "offset must be an integer from 0 to 2147483647"),
            ({"offset": 2_147_483_648}, "offset must be an integer from 0 to 2147483647"),
            ({"status": "pending"}, "status must be all, failed or success"),
            ({"status": ["failed"]}, "status must be all, failed or success"),
            ({"room_id": "x"}, "room_id must be 24 hex digits"),
            ({"room_id": 0}, "room_id must be 24 hex digits"),
            ({"start_time": 5}, "start_time must be a time like 2006-01-02T15:04:05.000Z"),
            ({"end_time": "now"}, "end_time must be a time like 2006-01-02T15:04:05.000Z"),
            ({"event_names": "peer.join.success"}, "event_names must be an array"),
            ({"event_names": [5]}, "event_names.0 must be a string"),
            ({"event_names": ["\0"]}, "event_names.0 must not contain NUL"),
            ({"event_names": ["x"] * 101}, "event_names must have at most 100 elements"),
        ],
    )
    async def test_judges_its_body(self, hms: httpx.AsyncClient, bad_body: Check, body: Json, text: str) -> None:
        bad_body(await hms.post(REPLAY, json=body), text)

    async def test_takes_a_hundred_types(self, hms: httpx.AsyncClient, tellings: Tellings) -> None:
        names = [token_hex(500) for _ in range(100)]
        replay = await started(hms, event_names=names)
        assert (await now(hms, replay))["filters"]["event_types"] == names
