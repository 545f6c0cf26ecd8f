"""The interactive page of an API, and the description that it shows: for everybody, and nothing comes from elsewhere.

An application has them with `*pages.router.routes` among its routes.
"""

from html import escape
from pathlib import Path
from string import Template
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles

from app.apis.routes import OpenRoute

_HERE = Path(__file__).parent
_PAGE: Final = Template((_HERE / "page.html").read_text())
_FILES = StaticFiles(directory=_HERE, packages=[("fastapi_swagger", "resources")])
ASSETS: Final = {
    "start.js": "text/javascript",
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}
"""The files behind the page, with their types."""

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_GUARDED: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # what the policy says, for older browsers
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""On the page a person types credentials: no other page gets near it."""

router = APIRouter(route_class=OpenRoute, include_in_schema=False)


@router.get("/openapi.json")
async def description(request: Request) -> Response:
    """GET /openapi.json: show the description."""
    return JSONResponse(request.app.openapi())


@router.get("/docs")
async def page(request: Request) -> Response:
    """GET /docs: show the page; whether its own address ends with a slash decides where its assets are for it."""
    assets = "../docs" if request.scope["raw_path"].endswith(b"/") else "docs"
    page = _PAGE.substitute(title=escape(request.app.title), assets=assets)
    return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY, **_GUARDED})


async def _asset(request: Request) -> Response:
    # Whole, whatever part is asked for (RFC 9110, 14.2): a wrong range would be refused in the framework's words.
    request.scope["headers"] = [field for field in request.scope["headers"] if field[0] != b"range"]
    name = request.url.path.rpartition("/")[2]
    answer = await _FILES.get_response(name, request.scope)
    answer.headers.update({"Content-Type": ASSETS[name], "Cache-Control": "no-cache", **_GUARDED})
    return answer


# Each by its name, so no path can lead anywhere else.
for _name in ASSETS:
    router.get(f"/docs/{_name}")(_asset)
