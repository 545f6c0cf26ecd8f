"""POST /v2/external-streams/room/{room_id}/start: what may be said of a stream that is to start (hms.md §1.9)."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

NOBODY = "0123456789abcdef01234567"
NO_ENGINE = {"code": 501, "message": "media engine is not configured"}
NO_URL = "rtmp_urls.{} must be an rtmp or rtmps URL"
Check = Callable[..., None]
Make = Callable[..., Awaitable[dict[str, Any]]]


@pytest.mark.parametrize(
    "urls",
    [
        ["rtmp://a.rtmp.example/live2/k0jv-329m-1y7f"],
        ["rtmps://user:word@live.example:443/app/key?x=y", "RTMP://[::1]/app"],
        ["rtmp://live.example"] * 5,
        [f"rtmp://a/{'x' * 2039}"],
    ],
)
async def test_goes_to_one_to_five_urls(hms: httpx.AsyncClient, create: Make, same: Check, urls: list[str]) -> None:
    room = (await create())["id"]
    for more in ({}, {"meeting_url": "https://meet.example", "recording": True, "destination": "tube"}):
        answer = await hms.post(f"/v2/external-streams/room/{room}/start", json={"rtmp_urls": urls, **more})
        same(answer, NO_ENGINE, 501)


@pytest.mark.parametrize(
    ("urls", "text"),
    [
        (None, "rtmp_urls is required"),
        ([], "rtmp_urls must not be empty"),
        ("", "rtmp_urls is required"),
        ("rtmp://a/b", "rtmp_urls must be an array"),
        (["rtmp://a/b"] * 6, "rtmp_urls must have at most 5 elements"),
        (["rtmp://a/b", 1], "rtmp_urls.1 must be a string"),
        (["rtmp://a/b", None], "rtmp_urls.1 must be a string"),
        (["http://a/b"], NO_URL.format(0)),
        (["rtmp:a/b"], NO_URL.format(0)),
        (["rtmp:///b"], NO_URL.format(0)),
        (["rtmp://a:123456/b"], NO_URL.format(0)),
        (["rtmp://a:b/c"], NO_URL.format(0)),
        (["rtmp://[a/b"], NO_URL.format(0)),
        (["rtmp://user@/b"], NO_URL.format(0)),
        (["rtmp://a/b c"], NO_URL.format(0)),
        (["rtmp://a/b\0"], NO_URL.format(0)),
        (["rtmp://a/b", "rtmpt://a/b"], NO_URL.format(1)),
        ([f"rtmp://a/{'x' * 2040}"], "rtmp_urls.0 must have at most 2048 characters"),
    ],
)
async def test_goes_nowhere_else(hms: httpx.AsyncClient, bad_body: Check, urls: object, text: str) -> None:
    bad_body(await hms.post(f"/v2/external-streams/room/{NOBODY}/start", json={"rtmp_urls": urls}), text)


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"meeting_url": "x"}, "meeting_url must be an http or https URL"),
        ({"recording": {}}, "recording must be a boolean"),
        ({"resolution": {"width": 1280, "height": 479}}, "resolution.height must be an integer from 480 to 1920"),
        ({"destination": 1}, "destination must be a string"),
    ],
)
async def test_all_else_is_judged(hms: httpx.AsyncClient, bad_body: Check, more: dict[str, Any], text: str) -> None:
    said = {"rtmp_urls": ["rtmp://a/b"], **more}
    bad_body(await hms.post(f"/v2/external-streams/room/{NOBODY}/start", json=said), text)
