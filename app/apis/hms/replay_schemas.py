"""Replays of webhooks, as `/v2` reads and shows them."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import Path
from pydantic import BeforeValidator, ConfigDict, Field, PrivateAttr, WithJsonSchema, model_validator

from app.apis.dependencies import Whole
from app.apis.descriptions import Shown, spelled
from app.apis.hms.bodies import Said
from app.apis.hms.bounds import LARGEST, Between
from app.apis.hms.occurrence_names import types_of
from app.apis.hms.queries import TIME, id_if_any, time_if_any
from app.apis.hms.spellings import AN_ID, READ_ID, ShownIdOrNone, ShownTime, ShownUuid, Text
from app.apis.hms.template_parts import Few
from app.apis.hms.webhook_schemas import ENDINGS, AnEnding, Span, span
from app.apis.hms.workflow_ids import workflow_id
from app.domain import ids
from app.domain.deployments import Deployment
from app.domain.replays import MOST, Begun, Choice, Replay

_TimeIfAny = Annotated[
    datetime | None,
    BeforeValidator(time_if_any),
    WithJsonSchema(
        {"type": ["string", "null"], "pattern": f"^({TIME.pattern})?$", "examples": ["2026-01-31T00:00:00Z"]}
    ),
]
_IdIfAny = Annotated[
    UUID | None,
    BeforeValidator(id_if_any),
    WithJsonSchema({"type": ["string", "null"], "pattern": f"^({READ_ID})?$", "examples": [AN_ID]}),
]
WorkflowId = Annotated[str, Path(description="A `workflow_id`; any other text is as good as one of nothing.")]
_ShownWorkflowId = Annotated[str, spelled("webhook-replay(-[0-9a-f]{24}){2}", f"webhook-replay-{AN_ID}-{AN_ID}")]


class NewReplay(Said):
    """Which deliveries are made again: the newest of each event, if it has ended so; the oldest event first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"event_names": ["peer.join.success"]}]})

    start_time: _TimeIfAny = Field(default=None, description="24 hours ago when it is missing.")
    end_time: _TimeIfAny = Field(default=None, description="Now when it is missing; 14 days later at most.")
    room_id: _IdIfAny = None
    event_names: Few[Text] | None = Field(default=None, description="Of any of these types.")
    limit: Annotated[Whole, Between(1, MOST)] | None = Field(default=None, description=f"{MOST} when it is missing.")
    offset: Annotated[Whole, Between(0, LARGEST)] | None = None
    status: AnEnding | None = Field(default=None, description="`failed` when it is missing.")

    _of: Span = PrivateAttr()

    @model_validator(mode="after")
    def _judge_span(self) -> Self:
        self._of = span(self.start_time, self.end_time)
        return self

    @property
    def words(self) -> str:
        """What was said, by which the same is known again, in whatever words."""
        names = sorted(set(self.event_names or ())) or None
        said = self.model_copy(update={"event_names": names, "offset": self.offset or None})
        return said.model_dump_json(exclude_none=True)

    @property
    def choice(self) -> Choice:
        """What was said, as the domain takes it."""
        return Choice(
            since=self._of.since,
            until=self._of.until,
            conference_id=self.room_id,
            types=types_of(self.event_names or ()),
            names=self.event_names or (),
            status=ENDINGS[self.status or "failed"],
            limit=MOST if self.limit is None else self.limit,
            offset=self.offset or 0,
        )


class ReplayFilters(Shown):
    """What is told again; `room_id` and `event_types` are empty where they do not matter."""

    start_time: ShownTime
    end_time: ShownTime
    room_id: ShownIdOrNone
    event_types: list[str] = Field(examples=[["peer.join.success"]])
    limit: int | None = Field(examples=[MOST])
    offset: int | None = Field(examples=[0])

    @classmethod
    def of(cls, choice: Choice, *, in_full: bool) -> Self:
        """Return what was chosen; in full with how much of it."""
        return cls(
            start_time=choice.since,
            end_time=choice.until,
            room_id=ids.to_hex(choice.conference_id) if choice.conference_id else "",
            event_types=list(choice.names),
            limit=choice.limit if in_full else None,
            offset=choice.offset if in_full else None,
        )


class ReplayStarted(Shown):
    """What became of the wish for a replay."""

    workflow_id: _ShownWorkflowId
    status: Literal["started", "already_running"]
    message: str = Field(examples=["webhooks are told again"])
    filters: ReplayFilters

    @classmethod
    def of(cls, begun: Begun, deployment: Deployment) -> Self:
        """Return the replay as this account's."""
        return cls(
            workflow_id=workflow_id(begun.replay.id, deployment),
            status="started" if begun.is_new else "already_running",
            message="webhooks are told again" if begun.is_new else "the same replay is still running",
            filters=ReplayFilters.of(begun.replay.choice, in_full=False),
        )


class Progress(Shown):
    """How many events are told again, how many of them have been, and how many could not be."""

    total: int = Field(examples=[150])
    completed: int = Field(examples=[148])
    failed: int = Field(examples=[2])


class Result(Progress):
    """What came of it in the end; of the events that failed, the first thousand."""

    failed_events: list[ShownUuid]


class WebhookReplay(Shown):
    """A replay; `completed_at` and `result` are there when it is over."""

    workflow_id: _ShownWorkflowId
    status: Literal["Running", "completed", "completed_with_failures", "failed"]
    started_at: ShownTime
    completed_at: ShownTime | None
    filters: ReplayFilters
    progress: Progress
    result: Result | None

    @classmethod
    def of(cls, replay: Replay, deployment: Deployment) -> Self:
        """Return the replay as this account's."""
        numbers = {"total": replay.total, "completed": replay.succeeded, "failed": replay.failed}
        return cls(
            workflow_id=workflow_id(replay.id, deployment),
            status=_status(replay),
            started_at=replay.created_at,
            completed_at=replay.finished_at,
            filters=ReplayFilters.of(replay.choice, in_full=True),
            progress=Progress(**numbers),
            result=Result(**numbers, failed_events=list(replay.failed_event_ids)) if replay.finished_at else None,
        )


def _status(replay: Replay) -> Literal["Running", "completed", "completed_with_failures", "failed"]:
    if replay.finished_at is None:
        return "Running"
    if not replay.failed:
        return "completed"
    return "completed_with_failures" if replay.succeeded else "failed"
