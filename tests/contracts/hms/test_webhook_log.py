"""The log of webhooks (hms.md §1.12): what was told, where to, and what became of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from tellings import ALLOWED_SPANS, REFUSED_SPANS, TEMPLATE, Tellings, ago, spelled
from transcripts import assert_same

from app.apis.hms.spellings import rfc3339
from app.domain import ids

LOG = "/v2/analytics/webhooks"
ROOM, OTHER = ids.new_id(), ids.new_id()
OF_TEMPLATE = {"template_id": str(TEMPLATE), "template_name": "stage"}
Check = Callable[..., None]


@pytest.fixture
def tellings(database: asyncpg.Connection) -> Tellings:
    return Tellings(database)


def log(
    *events: dict[str, Any], page: int = 1, size: int = 50, pages: int = 1, total: int | None = None
) -> dict[str, Any]:
    count = len(events) if total is None else total
    return {
        "events": list(events),
        "pagination": {
            "current_page": page,
            "page_size": size,
            "total_pages": pages,
            "total_items": count,
            "has_next": page < pages,
            "has_prev": page > 1,
        },
        "summary": {"total_events": count},
    }


async def test_shows_what_was_told_and_what_became_of_it(hms: httpx.AsyncClient, tellings: Tellings) -> None:
    replay = ids.new_id()
    await tellings.database.execute("INSERT INTO webhook_replay VALUES ($1, '{}', '{}')", replay)
    locked = await tellings.happened("ConferenceLocked", at=ago(hours=5), conference_id=ROOM)
    made = await tellings.happened("TemplateCreated", at=ago(hours=4), data=OF_TEMPLATE)
    failed = await tellings.told(
        *(locked, "failed"),
        group=ROOM,
        at=ago(hours=3),
        url="https://ada:secret@backend.example:8443/events?key=secret#secret",
        attempts=7,
        error="answered 500",
        response_status=500,
    )
    again = await tellings.told(locked, group=ROOM, at=ago(hours=2), error=None, replay_id=replay, response_status=204)
    waiting = await tellings.told(made, "pending", at=ago(hours=1), url=None)
    of_room = {
        "room_id": ids.to_hex(ROOM),
        "room_name": "daily-standup",
        "template_id": ids.to_hex(TEMPLATE),
        "template": "stage",
        "enabled": True,
    }
    assert_same(
        await hms.get(LOG),
        log(
            {
                "event_id": str(made),
                "event_name": "reporter.webhook.delivery.pending",
                "room_id": "",
                "event_timestamp": rfc3339(ids.moment(made)),
                "payload": {
                    "event_data": {"template_id": ids.to_hex(TEMPLATE), "template_name": "stage"},
                    "webhook_url": "",
                    "original_event_name": "template.create.success",
                    "delivery_id": str(waiting),
                    "attempts": 0,
                    "is_replay": False,
                },
            },
            {
                "event_id": str(locked),
                "event_name": "reporter.webhook.delivery.success",
                "room_id": ids.to_hex(ROOM),
                "event_timestamp": rfc3339(ids.moment(again) + timedelta(seconds=2)),
                "payload": {
                    "event_data": of_room,
                    "webhook_url": "https://backend.example/events",
                    "original_event_name": "room.disable.success",
                    "delivery_id": str(again),
                    "attempts": 1,
                    "is_replay": True,
                },
            },
            {
                "event_id": str(locked),
                "event_name": "reporter.webhook.delivery.failed",
                "room_id": ids.to_hex(ROOM),
                "event_timestamp": rfc3339(ids.moment(failed) + timedelta(seconds=2)),
                "payload": {
                    "event_data": of_room,
                    "webhook_url": "https://backend.example:8443/events",
                    "original_event_name": "room.disable.success",
                    "error_reason": "answered 500",
                    "delivery_id": str(failed),
                    "attempts": 7,
                    "is_replay": False,
                },
            },
        ),
    )


async def test_shows_no_url_where_secret_key_has_changed(hms: httpx.AsyncClient, tellings: Tellings) -> None:
    event = await tellings.happened(conference_id=ROOM)
    await tellings.told(event, sealed_target=b"sealed by another")
    [shown] = (await hms.get(LOG)).json()["events"]
    assert shown["payload"]["webhook_url"] == ""


async def test_is_empty_at_first(hms: httpx.AsyncClient, database: asyncpg.Connection) -> None:
    assert_same(await hms.get(LOG), log(pages=0))


async def test_goes_by_pages(hms: httpx.AsyncClient, tellings: Tellings) -> None:
    event = await tellings.happened(at=ago(hours=9), conference_id=ROOM)
    told = [await tellings.told(event, group=ROOM, at=ago(hours=8 - hour)) for hour in range(5)]
    shown = (await hms.get(LOG)).json()["events"]
    assert [UUID(each["payload"]["delivery_id"]) for each in shown] == told[::-1]
    for page, expected in enumerate((shown[:2], shown[2:4], shown[4:], []), start=1):
        answer = await hms.get(LOG, params={"page": page, "limit": 2})
        assert_same(answer, log(*expected, page=page, size=2, pages=3, total=5))
    for limit, pages in ((1, 5), (5, 1), (100, 1)):
        answer = await hms.get(LOG, params={"page": 1_000_000, "limit": limit})
        assert_same(answer, log(page=1_000_000, size=limit, pages=pages, total=5))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, "3210"),
        (
            {"status": "", "room_id": "", "event_names": "", "limit": "", "page": "", "start_time": "", "end_time": ""},
            "3210",
        ),
        ({"status": "all"}, "3210"),
        ({"status": "failed"}, "1"),
        ({"status": "success"}, "20"),
        ({"room_id": ids.to_hex(ROOM)}, "310"),
        ({"room_id": ids.to_hex(TEMPLATE)}, ""),
        ({"room_id": ids.to_hex(ROOM), "status": "success"}, "0"),
        ({"event_names": "peer.join.success"}, "0"),
        ({"event_names": ["peer.join.success", "peer.leave.success", ""]}, "310"),
        ({"event_names": "peer.join.success", "room_id": ids.to_hex(OTHER)}, ""),
        ({"event_names": "recording.success"}, ""),
        ({"event_names": "PeerJoined"}, ""),
        ({"start_time": {"hours": 3.5}}, "321"),
        ({"end_time": {"hours": 2.5}}, "10"),
        ({"start_time": {"hours": 3.5}, "end_time": {"hours": 1.5}, "event_names": "template.update.success"}, "2"),
    ],
)
async def test_filters_combine(hms: httpx.AsyncClient, tellings: Tellings, query: dict[str, Any], found: str) -> None:
    joined = await tellings.happened(conference_id=ROOM)
    went = await tellings.happened("PeerLeft", data={"left_at": "2026-01-31T09:30:00Z"}, conference_id=ROOM)
    made = await tellings.happened("TemplateUpdated", data=OF_TEMPLATE)
    told = [
        await tellings.told(joined, group=ROOM, at=ago(hours=4)),
        await tellings.told(went, "failed", group=ROOM, at=ago(hours=3)),
        await tellings.told(made, at=ago(hours=2)),
        await tellings.told(went, "pending", group=ROOM, at=ago(hours=1)),
        await tellings.told(joined, group=ROOM, at=ago(hours=25)),
    ]
    times = spelled({name: value for name, value in query.items() if isinstance(value, dict)})
    answer = (await hms.get(LOG, params=query | times)).json()
    shown = [told.index(UUID(event["payload"]["delivery_id"])) for event in answer["events"]]
    assert "".join(map(str, shown)) == found
    assert answer["summary"] == {"total_events": len(found)}


async def test_both_ends_of_the_span_are_included(hms: httpx.AsyncClient, tellings: Tellings) -> None:
    event = await tellings.happened(conference_id=ROOM)
    moment = ids.moment(await tellings.told(event, at=ago(days=3)))
    millisecond = timedelta(milliseconds=1)
    for since, until, count in (
        (moment, moment, 1),
        (moment - millisecond, moment - millisecond, 0),
        (moment + millisecond, moment + millisecond, 0),
    ):
        answer = await hms.get(LOG, params={"start_time": rfc3339(since), "end_time": rfc3339(until)})
        assert answer.json()["summary"] == {"total_events": count}


@pytest.mark.parametrize("span", ALLOWED_SPANS)
async def test_takes_spans_within_the_limits(hms: httpx.AsyncClient, span: dict[str, Any]) -> None:
    assert (await hms.get(LOG, params=spelled(span))).status_code == 200


async def test_takes_the_last_moment_of_all(hms: httpx.AsyncClient) -> None:
    last = "9999-12-31T23:59:59.999Z"
    answer = await hms.get(LOG, params={"start_time": last, "end_time": last})
    assert (answer.status_code, answer.json()["events"]) == (200, [])


@pytest.mark.parametrize(("text", "span"), [(text, span) for text, spans in REFUSED_SPANS.items() for span in spans])
async def test_refuses_spans_beyond_the_limits(
    hms: httpx.AsyncClient, alone: Check, text: str, span: dict[str, Any]
) -> None:
    alone(await hms.get(LOG, params=spelled(span)), text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({"limit": "0"}, "limit must be a whole number from 1 to 100"),
        ({"limit": "101"}, "limit must be a whole number from 1 to 100"),
        ({"page": "0"}, "page must be a whole number from 1 to 1000000"),
        ({"page": "1000001"}, "page must be a whole number from 1 to 1000000"),
        ({"page": "x"}, "page must be a whole number from 1 to 1000000"),
        ({"room_id": "x"}, "room_id must be 24 hex digits"),
        ({"status": "pending"}, "status must be all, failed or success"),
        ({"event_names": "\0"}, "event_names.0 must not contain NUL"),
        ({"start_time": "yesterday"}, "start_time must be a time like 2006-01-02T15:04:05.000Z"),
        ({"end_time": "2026-02-30T00:00:00Z"}, "end_time must be a time like 2006-01-02T15:04:05.000Z"),
    ],
)
async def test_judges_its_query(hms: httpx.AsyncClient, bad_query: Check, query: dict[str, str], text: str) -> None:
    bad_query(await hms.get(LOG, params=query), text)
