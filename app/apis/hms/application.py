"""The application at `/v2` and `/api/v2`."""

from starlette.types import ASGIApp

from app.apis import pages
from app.apis.dependencies import NO_TELEMETRY, HeaderLimit
from app.apis.descriptions import DescribedApplication
from app.apis.hms import errors, rooms


def create() -> ASGIApp:
    """Return the application, ready to be put behind the front door."""
    application = DescribedApplication(
        title="100ms-style server API",
        routes=[*rooms.router.routes, *pages.router.routes],
        exception_handlers=errors.ANSWERS,
        openapi_url=None,
        telemetry=NO_TELEMETRY,
        servers=[{"url": "../v2"}],
        redirect_slashes=False,
    )
    return HeaderLimit(application, lambda: errors.plain(431).response())
