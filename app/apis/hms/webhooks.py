"""Section "Webhook analytics": what webhooks were told, and telling it again."""

from typing import Annotated

from fastapi import APIRouter, Body, Query

from app.apis.dependencies import AutocommitCall, TransactionCall
from app.apis.hms.auth import HmsRoute
from app.apis.hms.errors import (
    OF_BODY,
    REPLAY_NOT_FOUND,
    REPLAYS_BUSY,
    TOO_LONG,
    TOO_LONG_AGO,
    invalid,
    refusals,
)
from app.apis.hms.replay_schemas import NewReplay, ReplayStarted, WebhookReplay, WorkflowId
from app.apis.hms.webhook_schemas import DeliveryFilters, WebhookEvents
from app.apis.hms.workflow_ids import replay_id
from app.domain import delivery_log, replays

router = APIRouter(route_class=HmsRoute, tags=["Analytics"])


@router.get(
    "/analytics/webhooks",
    summary="List what webhooks were told",
    responses=refusals(invalid("query", "status must be all, failed or success"), TOO_LONG_AGO, TOO_LONG),
)
async def list_webhook_events(filters: Annotated[DeliveryFilters, Query()], call: AutocommitCall) -> WebhookEvents:
    """GET /v2/analytics/webhooks: show a page of deliveries to webhooks, newest first.

    `start_time` and `end_time` are about when a delivery was made: the last 24 hours, if nothing is said. Only `all`
    has those that are still to be sent.
    """
    page = await delivery_log.page(call.transaction, **filters.asked)
    return WebhookEvents.of(page, filters, call.secret_key)


@router.post(
    "/analytics/webhooks/replay",
    summary="Tell webhooks again",
    responses=refusals(
        *OF_BODY, invalid("body", "limit must be an integer from 1 to 50000"), TOO_LONG_AGO, TOO_LONG, REPLAYS_BUSY
    ),
)
async def replay_webhooks(call: TransactionCall, new: Annotated[NewReplay, Body()]) -> ReplayStarted:
    """POST /v2/analytics/webhooks/replay: send again what failed, or was sent, as new deliveries of the same events.

    While the same is still under way nothing is begun.
    """
    begun = await replays.begin(call.transaction, new.choice, asked=new.words)
    return ReplayStarted.of(begun, await call.deployment())


@router.get(
    "/analytics/webhooks/replay/{workflow_id}",
    summary="Retrieve a replay",
    responses=refusals(REPLAY_NOT_FOUND),
)
async def retrieve_webhook_replay(workflow_id: WorkflowId, call: AutocommitCall) -> WebhookReplay:
    """GET /v2/analytics/webhooks/replay/{workflow_id}: show how far a replay is, and what came of it."""
    deployment = await call.deployment()
    return WebhookReplay.of(await replays.get(call.transaction, replay_id(workflow_id, deployment)), deployment)
