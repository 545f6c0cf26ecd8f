"""GET /v2/diagnostics/token: asked by the web SDK, without a token (hms.md §1.13)."""

from collections.abc import Callable

import httpx

TOKEN = "/v2/diagnostics/token"
Check = Callable[..., None]


async def test_has_no_engine(client: httpx.AsyncClient, hms: httpx.AsyncClient, same: Check) -> None:
    for caller in (client, hms):
        for path in (TOKEN, f"{TOKEN}?region=in", f"{TOKEN}?region=", f"/api{TOKEN}?region=nowhere"):
            same(await caller.get(path), {"code": 501, "message": "media engine is not configured"}, 501)


async def test_of_a_region_that_is_no_text(client: httpx.AsyncClient, bad_query: Check) -> None:
    bad_query(await client.get(TOKEN, params={"region": "\0"}), "region must not contain NUL")
