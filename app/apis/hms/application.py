"""The application at `/v2` and `/api/v2`."""

from typing import Final

from starlette.types import ASGIApp

from app.apis import pages
from app.apis.dependencies import HeaderLimit
from app.apis.descriptions import DescribedApplication
from app.apis.hms import (
    active_rooms,
    analytics,
    beam,
    diagnostics,
    errors,
    exchange,
    external_streams,
    live_streams,
    poll_reports,
    polls,
    recording_assets,
    recordings,
    room_codes,
    rooms,
    sessions,
    sip,
    stream_keys,
    templates,
    webhooks,
)

_ABOUT: Final = """
Rooms as a backend manages them, and who is in them, with a management token that it signs with its key
(`enfilade keys create hms`, `enfilade tokens management`).

- Members of a body that nobody knows are ignored, null counts as absent, and so does a query parameter without a value.
- An unknown path is 404, a wrong method 405 with `Allow`. `HEAD` works wherever `GET` does; so does a slash at the end.
"""


def create() -> ASGIApp:
    """Return the application, ready to be put behind the front door."""
    application = DescribedApplication(
        title="100ms-style server API",
        description=_ABOUT,
        servers=[{"url": "../v2", "description": "this server"}],
        routes=[
            *rooms.router.routes,
            *templates.router.routes,
            *sessions.router.routes,
            *active_rooms.router.routes,
            *room_codes.router.routes,
            *stream_keys.router.routes,
            *exchange.router.routes,
            *recordings.router.routes,
            *recording_assets.router.routes,
            *live_streams.router.routes,
            *external_streams.router.routes,
            *polls.router.routes,
            *poll_reports.router.routes,
            *analytics.router.routes,
            *webhooks.router.routes,
            *sip.router.routes,
            *sip.of_clients.routes,
            *beam.router.routes,
            *diagnostics.router.routes,
            *pages.router.routes,
        ],
        exception_handlers=errors.ANSWERS,
    )
    return HeaderLimit(application, lambda _: errors.plain(431).response())
