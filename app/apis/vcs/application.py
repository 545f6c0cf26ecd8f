"""The application at `/api/realtime`."""

from typing import Final

from starlette.types import ASGIApp

from app.apis import pages
from app.apis.dependencies import HeaderLimit
from app.apis.descriptions import DescribedApplication
from app.apis.vcs import errors, rooms, tokens

_ABOUT: Final = """
Rooms that clients join with a room's `token`. Every request has an API key (`enfilade keys create vcs`).

- Most of what goes wrong is 400, a room that is not there too; `code` says what it was.
- Members of a body that nobody knows are ignored, null counts as absent, and so does a query parameter without a value.
- An unknown path is 404, a wrong method 405 with `Allow`. `HEAD` works wherever `GET` does; so does a slash at the end.
"""


def create() -> ASGIApp:
    """Return the application, ready to be put behind the front door."""
    application = DescribedApplication(
        title="VCS-style realtime API",
        description=_ABOUT,
        servers=[{"url": "../realtime", "description": "this server"}],
        # The sections' routes themselves: an included router would be matched twice with every request.
        routes=[*rooms.router.routes, *tokens.router.routes, *pages.router.routes],
        exception_handlers=errors.ANSWERS,
    )
    return HeaderLimit(application, lambda _: errors.plain(431).response())
