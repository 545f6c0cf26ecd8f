"""Section "Health", for whoever watches the server, without a credential."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Literal, TypeAlias

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.apis.carbonio.errors import refusal, refusals
from app.apis.carbonio.schemas import Answered
from app.apis.dependencies import resources
from app.apis.routes import OpenRoute
from app.domain import probes, tokens, users
from app.domain.database import Transaction

router = APIRouter(route_class=OpenRoute, tags=["Health"])

Status: TypeAlias = Literal["ok", "warn", "error"]
DependencyName: TypeAlias = Literal[
    "database",
    "authentication_service",
    "profiling_service",
    "xmpp_server",
    "event_dispatcher",
    "storage_service",
    "previewer_service",
    "videoserver_service",
]
_Ask: TypeAlias = Callable[[Transaction], Awaitable[object]]

_NOT_READY: Final = "a dependency is not reachable: see /health"
_ENDING: Final = "the server is about to end"
_READY: Final[Mapping[Status, int]] = {"ok": 204, "warn": 429, "error": 500}

# Without these nothing can be answered. Tokens and users are this server's own: a probe asks for some of nobody.
_FUNDAMENTAL: Final[Mapping[DependencyName, _Ask]] = {
    "database": probes.database,
    "authentication_service": lambda transaction: transaction.find(tokens.OF_CHATS, token_hash=b""),
    "profiling_service": lambda transaction: users.with_ids(transaction, []),
}


class DependencyHealth(Answered):
    """A part that the server stands on, and whether it answered just now."""

    name: DependencyName
    is_healthy: bool


class HealthStatus(Answered):
    """How the server is: `error` without something it cannot do without, `warn` without something else."""

    is_live: bool
    status: Status
    dependencies: list[DependencyHealth]


async def _probed(request: Request) -> HealthStatus:
    """Ask everything at once, so that nothing is called down because another thing took all the time."""
    server = resources(request)
    answers: dict[str, Awaitable[object]] = {name: probes.ask(server.pool, ask) for name, ask in _FUNDAMENTAL.items()}
    answers |= {name: probe() for name, probe in server.probes.items()}
    faults = await asyncio.gather(*map(probes.fault, answers.values()))
    dependencies = [
        DependencyHealth(name=name, is_healthy=fault is None) for name, fault in zip(answers, faults, strict=True)
    ]
    return HealthStatus(is_live=True, status=_status(dependencies), dependencies=dependencies)


def _status(dependencies: list[DependencyHealth]) -> Status:
    down = {dependency.name for dependency in dependencies if not dependency.is_healthy}
    if down & _FUNDAMENTAL.keys():
        return "error"
    return "warn" if down else "ok"


@router.get("/health", summary="getHealthStatus", responses=refusals(anonymous=True))
async def get_health_status(request: Request) -> HealthStatus:
    """GET /health: tell how the server is, and what it stands on."""
    return await _probed(request)


@router.get("/health/live", summary="isLive", status_code=204, responses=refusals(anonymous=True))
async def is_live() -> Response:
    """GET /health/live: answer as long as the process does."""
    return Response(status_code=204)


@router.get("/health/ready", summary="isReady", status_code=204, responses=refusals(429, anonymous=True))
async def is_ready(request: Request) -> Response:
    """GET /health/ready: 204 when all is well, 429 when something is missing, 500 when none should be sent here."""
    if resources(request).is_ending():
        return refusal(request, 500, _ENDING)
    status = _READY[(await _probed(request)).status]
    return Response(status_code=status) if status == 204 else refusal(request, status, _NOT_READY)
