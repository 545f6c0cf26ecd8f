"""Section "Health", for whoever watches the server, without a credential."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Final, Literal, TypeAlias

import asyncpg
import sqlalchemy as sa
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from app.apis.carbonio.errors import refusal, refusals
from app.apis.carbonio.schemas import Answered
from app.apis.dependencies import DependencyName, Resources, resources
from app.apis.routes import OpenRoute
from app.domain import tokens, users
from app.domain.database import Statement, Transaction, value

router = APIRouter(route_class=OpenRoute, tags=["Health"])

Status: TypeAlias = Literal["ok", "warn", "error"]

_PROBE_SECONDS = 2
_UNREACHABLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
_ANSWERS = Statement(sa.select(sa.true().label("answers")), value)
_READY: Final[Mapping[Status, int]] = {"ok": 204, "warn": 429, "error": 500}

# Without these nothing can be answered. Tokens and users are this server's own: a probe asks for some of nobody.
_FUNDAMENTAL: Final[Mapping[DependencyName, Callable[[Transaction], Awaitable[object]]]] = {
    "database": lambda transaction: transaction.one(_ANSWERS),
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


async def _dependency(name: DependencyName, answer: Awaitable[object]) -> DependencyHealth:
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            await answer
    except _UNREACHABLE:
        return DependencyHealth(name=name, is_healthy=False)
    return DependencyHealth(name=name, is_healthy=True)


async def _asked(server: Resources, ask: Callable[[Transaction], Awaitable[object]]) -> None:
    async with server.pool.acquire() as connection:
        await ask(Transaction(connection))


async def _probed(request: Request) -> HealthStatus:
    server = resources(request)
    dependencies = await asyncio.gather(
        *(_dependency(name, _asked(server, ask)) for name, ask in _FUNDAMENTAL.items()),
        *(_dependency(name, probe()) for name, probe in server.probes.items()),
    )
    return HealthStatus(is_live=True, status=_status(dependencies), dependencies=dependencies)


def _status(dependencies: list[DependencyHealth]) -> Status:
    down = {dependency.name for dependency in dependencies if not dependency.is_healthy}
    if down & _FUNDAMENTAL.keys():
        return "error"
    return "warn" if down else "ok"


Probed = Annotated[HealthStatus, Depends(_probed)]


@router.get("/health", summary="getHealthStatus", responses=refusals(anonymous=True))
async def get_health_status(probed: Probed) -> HealthStatus:
    """GET /health: tell how the server is, and what it stands on."""
    return probed


@router.get("/health/live", summary="isLive", status_code=204, responses=refusals(anonymous=True))
async def is_live() -> Response:
    """GET /health/live: answer as long as the process does."""
    return Response(status_code=204)


@router.get("/health/ready", summary="isReady", status_code=204, responses=refusals(429, anonymous=True))
async def is_ready(request: Request, probed: Probed) -> Response:
    """GET /health/ready: 204 when all is well, 429 when something is missing, 500 when requests cannot be served."""
    status = _READY[probed.status]
    return Response(status_code=status) if probed.status == "ok" else refusal(request, status)
