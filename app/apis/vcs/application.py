"""The application at `/api/realtime`."""

from starlette.types import ASGIApp

from app.apis import pages
from app.apis.dependencies import NO_TELEMETRY, HeaderLimit
from app.apis.descriptions import DescribedApplication
from app.apis.vcs import errors, rooms, tokens


def create() -> ASGIApp:
    """Return the application, ready to be put behind the front door."""
    # The sections' routes themselves: an included router would be matched twice with every request.
    routes = [*rooms.router.routes, *tokens.router.routes, *pages.router.routes]
    application = DescribedApplication(
        title="VCS-style realtime API",
        routes=routes,
        exception_handlers=errors.ANSWERS,
        openapi_url=None,
        telemetry=NO_TELEMETRY,
        servers=[{"url": "../realtime"}],
        redirect_slashes=False,
    )
    return HeaderLimit(application, lambda: errors.plain(431).response())
