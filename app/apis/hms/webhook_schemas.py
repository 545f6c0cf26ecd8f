"""The log of webhooks, as `/v2` reads and shows it, and which deliveries are meant."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, NamedTuple, Self

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, Field, PrivateAttr, WithJsonSchema, model_validator

from app.apis.descriptions import Shown
from app.apis.hms.bounds import OneOf
from app.apis.hms.errors import TOO_LONG, TOO_LONG_AGO, message
from app.apis.hms.occurrence_names import NAMES, types_of
from app.apis.hms.occurrences import data
from app.apis.hms.queries import (
    DEFAULT_DELIVERIES,
    DeliveryLimit,
    FilteredId,
    FilteredTime,
    PageNumber,
)
from app.apis.hms.spellings import ShownIdOrNone, ShownTime, ShownUuid, Text
from app.domain import delivery_log, ids
from app.domain.delivery_log import Delivery
from app.domain.replays import Ending
from app.domain.secrets import SecretKey

_DEFAULT_AGE: Final = timedelta(hours=24)
_MOST_AGE: Final = timedelta(days=30)
_LONGEST: Final = timedelta(days=14)
ENDINGS: Final[Mapping[str, Ending | None]] = {"all": None, "failed": "failed", "success": "success"}


def _absent_is(default: str) -> BeforeValidator:
    return BeforeValidator(lambda value: default if value in (None, "") else value)


AnEnding = Annotated[str, OneOf(*ENDINGS)]


class Span(NamedTuple):
    """From when to when, both included."""

    since: datetime
    until: datetime


def span(start: datetime | None, end: datetime | None) -> Span:
    """Return the span that is meant, or raise, by the clock of this process, which makes the ids of deliveries, too."""
    now = datetime.now(UTC)
    since, until = start or now - _DEFAULT_AGE, end or now
    if since < now - _MOST_AGE:
        raise message(TOO_LONG_AGO.message)
    if not timedelta(0) <= until - since <= _LONGEST:
        raise message(TOO_LONG.message)
    return Span(since, until)


class DeliveryFilters(BaseModel):
    """What a page of deliveries goes by. A parameter without a value counts as absent."""

    start_time: FilteredTime = None
    end_time: FilteredTime = None
    room_id: FilteredId = None
    status: Annotated[AnEnding, _absent_is("all"), Query(description="How they ended.")] = "all"
    event_names: Annotated[list[Text], Query(description="For events of any of these types.")] = []
    limit: DeliveryLimit = DEFAULT_DELIVERIES
    page: PageNumber = 1

    _of: Span = PrivateAttr()

    @model_validator(mode="after")
    def _judge_span(self) -> Self:
        self._of = span(self.start_time, self.end_time)
        return self

    @property
    def asked(self) -> dict[str, Any]:
        """The filters as the domain takes them."""
        return {
            "count": self.limit,
            "skipped": (self.page - 1) * self.limit,
            "since": self._of.since,
            "until": self._of.until,
            "status": ENDINGS[self.status],
            "conference_id": self.room_id,
            "types": types_of(self.event_names),
        }


class WebhookPayload(Shown):
    """What a webhook was told, where, and what became of it: `error_reason` is there when it has failed."""

    event_data: Annotated[dict[str, Any], WithJsonSchema({"type": "object"})]
    webhook_url: str = Field(examples=["https://backend.example/events"])
    original_event_name: str = Field(examples=["peer.join.success"])
    error_reason: str | None = Field(examples=["answered 500"])
    delivery_id: ShownUuid
    attempts: int = Field(examples=[1])
    is_replay: bool = Field(examples=[False])


class WebhookEvent(Shown):
    """A delivery to a webhook; `room_id` is empty where it is about no room."""

    event_id: ShownUuid
    event_name: str = Field(examples=["reporter.webhook.delivery.success"])
    room_id: ShownIdOrNone
    event_timestamp: ShownTime
    payload: WebhookPayload

    @classmethod
    def of(cls, delivery: Delivery, secret_key: SecretKey) -> Self:
        """Return the delivery, with where it went, but for what may be secret of that."""
        event = delivery.event
        return cls(
            event_id=event.id,
            event_name=f"reporter.webhook.delivery.{delivery.status}",
            room_id=ids.to_hex(event.conference_id) if event.conference_id else "",
            event_timestamp=delivery.finished_at or event.created_at,
            payload=WebhookPayload(
                event_data=data(event),
                webhook_url=delivery.shown_url(secret_key),
                original_event_name=NAMES[event.type],
                error_reason=delivery.error if delivery.status == "failed" else None,
                delivery_id=delivery.id,
                attempts=delivery.attempts,
                is_replay=delivery.replay_id is not None,
            ),
        )


class Pagination(Shown):
    """Where a page is among all."""

    current_page: int = Field(examples=[1])
    page_size: int = Field(examples=[50])
    total_pages: int = Field(examples=[1])
    total_items: int = Field(examples=[1])
    has_next: bool = Field(examples=[False])
    has_prev: bool = Field(examples=[False])


class Summary(Shown):
    """How many there are in all."""

    total_events: int = Field(examples=[1])


class WebhookEvents(Shown):
    """A page of deliveries, newest first."""

    events: list[WebhookEvent]
    pagination: Pagination
    summary: Summary

    @classmethod
    def of(cls, page: delivery_log.Page, filters: DeliveryFilters, secret_key: SecretKey) -> Self:
        """Return the page that was asked for."""
        pages = -(-page.total // filters.limit)
        return cls(
            events=[WebhookEvent.of(delivery, secret_key) for delivery in page.deliveries],
            pagination=Pagination(
                current_page=filters.page,
                page_size=filters.limit,
                total_pages=pages,
                total_items=page.total,
                has_next=filters.page < pages,
                has_prev=filters.page > 1,
            ),
            summary=Summary(total_events=page.total),
        )
