"""The application at `/api/realtime`."""

from fastapi import FastAPI
from starlette.types import ASGIApp

from app.apis.dependencies import NO_TELEMETRY, HeaderLimit
from app.apis.vcs import errors, rooms, tokens


def create() -> ASGIApp:
    """Return the application, ready to be put behind the front door."""
    # The sections' routes themselves: an included router would be matched twice with every request.
    routes = [*rooms.router.routes, *tokens.router.routes]
    application = FastAPI(
        title="VCS-style realtime API",
        routes=routes,
        exception_handlers=errors.ANSWERS,
        openapi_url=None,
        telemetry=NO_TELEMETRY,
        redirect_slashes=False,
    )
    return HeaderLimit(application, lambda: errors.plain(431))
