"""What the web SDK asks for, without a token, before it tries out a connection to a media engine."""

from fastapi import APIRouter
from pydantic import Field

from app.apis.descriptions import Shown, responses
from app.apis.hms.errors import NO_MEDIA_ENGINE, invalid, plain
from app.apis.hms.spellings import Text
from app.apis.routes import OpenRoute
from app.domain.errors import MediaEngineMissing

router = APIRouter(route_class=OpenRoute, tags=["Diagnostics"])


class DiagnosticsToken(Shown):
    """What lets somebody try out a connection."""

    token: str = Field(examples=["eyJhbGciOiJIUzI1NiIs…"])


@router.get(
    "/diagnostics/token",
    summary="Retrieve a token for diagnostics",
    responses=responses(
        [invalid("query", "region must not contain NUL"), plain(431), plain(500), NO_MEDIA_ENGINE],
    ),
)
async def retrieve_diagnostics_token(region: Text = "") -> DiagnosticsToken:
    """GET /v2/diagnostics/token: let somebody try out a connection to a media engine, of a region."""
    raise MediaEngineMissing
