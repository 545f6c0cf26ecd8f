"""`/health`: for whoever watches the server, without a credential. Errors have no body, as in the chats API."""

import asyncio
from typing import Annotated, Literal

import asyncpg
from fastapi import APIRouter, Depends, FastAPI
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from app.apis.dependencies import HeaderLimit, allow, resources
from app.apis.descriptions import NO_TELEMETRY
from app.apis.routes import OpenRoute

router = APIRouter(route_class=OpenRoute)

_PROBE_SECONDS = 2


class Dependency(BaseModel):
    """A part that the server stands on, and whether it answered just now."""

    name: Literal["database"]
    is_healthy: bool = Field(serialization_alias="isHealthy")


class Health(BaseModel):
    """How the server is: `ok`, or `error` when a dependency that it cannot do without is down."""

    is_live: bool = Field(default=True, serialization_alias="isLive")
    status: Literal["ok", "error"]
    dependencies: list[Dependency]


async def _database(request: Request) -> Dependency:
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            await resources(request).pool.fetchval("SELECT 1")
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return Dependency(name="database", is_healthy=False)
    return Dependency(name="database", is_healthy=True)


async def _probed(database: Annotated[Dependency, Depends(_database)]) -> Health:
    return Health(status="ok" if database.is_healthy else "error", dependencies=[database])


Probed = Annotated[Health, Depends(_probed)]


@router.get("/health")
async def health(probed: Probed) -> Health:
    """GET /health: tell how the server is, and what it stands on."""
    return probed


@router.get("/health/live", status_code=204)
async def live() -> Response:
    """GET /health/live: answer as long as the process does."""
    return Response(status_code=204)


@router.get("/health/ready", status_code=204)
async def ready(probed: Probed) -> Response:
    """GET /health/ready: 204 when requests can be served, 500 when they cannot."""
    return Response(status_code={"ok": 204, "error": 500}[probed.status])


async def _empty(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return Response(status_code=status, headers=allow(request, status))


def create() -> ASGIApp:
    """Return the application for every path that no other API has."""
    application = FastAPI(
        title="Enfilade",
        routes=router.routes,
        exception_handlers={HTTPException: _empty, Exception: _empty},
        openapi_url=None,
        telemetry=NO_TELEMETRY,
        redirect_slashes=False,
    )
    return HeaderLimit(application, lambda: Response(status_code=431))
