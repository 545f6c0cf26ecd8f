"""Live streams: what may be said of one that is to start, and what players are told (hms.md §1.8)."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

NOBODY = "0123456789abcdef01234567"
NO_ENGINE = {"code": 501, "message": "media engine is not configured"}
PAYLOAD = "payload must have 1 to 100 characters"
DURATION = "duration must be an integer from 0 to 2147483647"
Check = Callable[..., None]
Make = Callable[..., Awaitable[dict[str, Any]]]


class TestStart:
    @pytest.mark.parametrize(
        "said",
        [
            {},
            {"meeting_url": "https://meet.example/one", "recording": {"hls_vod": True, "single_file_per_layer": False}},
            {"recording": {}, "destination": "hls"},
            {"recording": {"hls_vod": None}, "meeting_url": None},
        ],
    )
    async def test_well_said(self, hms: httpx.AsyncClient, create: Make, same: Check, said: dict[str, Any]) -> None:
        room = (await create())["id"]
        same(await hms.post(f"/v2/live-streams/room/{room}/start", json=said), NO_ENGINE, 501)

    @pytest.mark.parametrize(
        ("said", "text"),
        [
            ({"meeting_url": "meet.example/one"}, "meeting_url must be an http or https URL"),
            ({"recording": True}, "recording must be an object"),
            ({"recording": {"hls_vod": "true"}}, "recording.hls_vod must be a boolean"),
            ({"recording": {"single_file_per_layer": 0}}, "recording.single_file_per_layer must be a boolean"),
            ({"destination": ["hls"]}, "destination must be a string"),
        ],
    )
    async def test_ill_said(self, hms: httpx.AsyncClient, bad_body: Check, said: dict[str, Any], text: str) -> None:
        bad_body(await hms.post(f"/v2/live-streams/room/{NOBODY}/start", json=said), text)


class TestTimedMetadata:
    @pytest.mark.parametrize("said", [{"payload": "x" * 100, "duration": 0}, {"payload": "é", "duration": 5.0}])
    async def test_of_no_stream(self, hms: httpx.AsyncClient, missing: Check, said: dict[str, Any]) -> None:
        for id in (NOBODY, "x"):
            missing(await hms.post(f"/v2/live-streams/{id}/timed-metadata", json=said), "Live stream")

    @pytest.mark.parametrize(
        ("said", "text"),
        [
            ({}, "payload is required"),
            ({"payload": None, "duration": 5}, "payload is required"),
            ({"payload": "", "duration": 5}, "payload is required"),
            ({"payload": "x" * 101, "duration": 5}, PAYLOAD),
            ({"payload": "\0", "duration": 5}, "payload must not contain NUL"),
            ({"payload": {}, "duration": 5}, "payload must be a string"),
            ({"payload": "x"}, "duration is required"),
            ({"payload": "x", "duration": None}, "duration is required"),
            ({"payload": "x", "duration": -1}, DURATION),
            ({"payload": "x", "duration": 2147483648}, DURATION),
            ({"payload": "x", "duration": "5"}, DURATION),
            ({"payload": "x", "duration": True}, DURATION),
        ],
    )
    async def test_ill_said_is_told_first(
        self, hms: httpx.AsyncClient, bad_body: Check, said: dict[str, Any], text: str
    ) -> None:
        for id in (NOBODY, "x"):
            bad_body(await hms.post(f"/v2/live-streams/{id}/timed-metadata", json=said), text)
