"""POST /v2/recordings/room/{room_id}/start: what may be said of a recording that is to start (hms.md §1.6)."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

NO_ENGINE = {"code": 501, "message": "media engine is not configured"}
URL = "https://meet.example/preview/one?skip_preview=true&auth_token=x"
SECTION = {"title": "Agenda", "format": "bullets"}
Check = Callable[..., None]
Make = Callable[..., Awaitable[dict[str, Any]]]
Start = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def start(hms: httpx.AsyncClient, create: Make) -> Start:
    """Start a recording of a room that is there."""
    room = (await create())["id"]
    return lambda **said: hms.post(f"/v2/recordings/room/{room}/start", json=said)


def sized(width: object, height: object) -> dict[str, Any]:
    return {"resolution": {"width": width, "height": height}}


def summed_up(**said: object) -> dict[str, Any]:
    return {"transcription": {"summary": said}}


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"meeting_url": URL, "resolution": {"width": 1280, "height": 720}, "audio_only": False},
        {"meeting_url": None, "resolution": None, "destination": None, "audio_only": None, "transcription": None},
        {"meeting_url": f"HTTP://a.example/{'x' * 2031}", "destination": "browser", "unknown": {"x": 1}},
        *(sized(*sides) for sides in ((500, 480), (500, 500), (1920, 1080), (1080, 1920), (1280.0, 720), (1920, 480))),
        {"transcription": {"enabled": True, "output_modes": ["txt", "srt", "json"], "custom_vocabulary": ["Enfilade"]}},
        {"transcription": {"output_modes": [], "custom_vocabulary": ["x"] * 100, "summary": None}},
        summed_up(enabled=True, context="x" * 300, temperature=0.1, sections=[SECTION] * 6),
        summed_up(temperature=1, sections=[{"title": "x" * 100, "format": "paragraph"}]),
    ],
)
async def test_is_well_said(start: Start, same: Check, said: dict[str, Any]) -> None:
    same(await start(**said), NO_ENGINE, 501)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ({"meeting_url": ""}, "meeting_url must be an http or https URL"),
        ({"meeting_url": "ftp://a.example"}, "meeting_url must be an http or https URL"),
        # In hours, where each way to part it in two is tried.
        ({"meeting_url": f"https://{'a' * 300_000} "}, "meeting_url must be an http or https URL"),
        ({"meeting_url": "http:a.example"}, "meeting_url must be an http or https URL"),
        ({"meeting_url": " https://a.example"}, "meeting_url must be an http or https URL"),
        ({"meeting_url": "https://a.example/\0"}, "meeting_url must be an http or https URL"),
        ({"meeting_url": f"https://a.example/{'x' * 2031}"}, "meeting_url must have at most 2048 characters"),
        ({"meeting_url": 1}, "meeting_url must be a string"),
        (sized(499, 500), "resolution.width must be an integer from 500 to 1920"),
        (sized(1921, 500), "resolution.width must be an integer from 500 to 1920"),
        (sized(500, 479), "resolution.height must be an integer from 480 to 1920"),
        (sized(1080, 1921), "resolution.height must be an integer from 480 to 1920"),
        (sized(1081, 1081), "resolution must have a shorter side of 1080 at most"),
        (sized("1280", 720), "resolution.width must be an integer from 500 to 1920"),
        (sized(1280.5, 720), "resolution.width must be an integer from 500 to 1920"),
        (sized(720, height=True), "resolution.height must be an integer from 480 to 1920"),
        (sized(10**400, 720), "resolution.width must be an integer from 500 to 1920"),
        ({"resolution": {"width": 1280}}, "resolution.height is required"),
        ({"resolution": []}, "resolution must be an object"),
        ({"destination": "\0"}, "destination must not contain NUL"),
        ({"destination": "x" * 2049}, "destination must have at most 2048 characters"),
        ({"audio_only": "true"}, "audio_only must be a boolean"),
        ({"transcription": True}, "transcription must be an object"),
        ({"transcription": {"enabled": 1}}, "transcription.enabled must be a boolean"),
        ({"transcription": {"output_modes": "txt"}}, "transcription.output_modes must be an array"),
        ({"transcription": {"output_modes": ["pdf"]}}, "transcription.output_modes.0 must be txt, srt or json"),
        ({"transcription": {"custom_vocabulary": [1]}}, "transcription.custom_vocabulary.0 must be a string"),
        (
            {"transcription": {"custom_vocabulary": ["x"] * 101}},
            "transcription.custom_vocabulary must have at most 100 elements",
        ),
        (summed_up(context="x" * 301), "transcription.summary.context must have at most 300 characters"),
        (summed_up(temperature=0.09), "transcription.summary.temperature must be a number from 0.1 to 1.0"),
        (summed_up(temperature=1.01), "transcription.summary.temperature must be a number from 0.1 to 1.0"),
        (summed_up(sections=[SECTION] * 7), "transcription.summary.sections must have at most 6 elements"),
        (
            summed_up(sections=[{"title": "x" * 101, "format": "bullets"}]),
            "transcription.summary.sections.0.title must have at most 100 characters",
        ),
        (
            summed_up(sections=[{"title": "x", "format": "list"}]),
            "transcription.summary.sections.0.format must be bullets or paragraph",
        ),
        (summed_up(sections=[{"title": "x"}]), "transcription.summary.sections.0.format is required"),
    ],
)
async def test_is_ill_said(start: Start, bad_body: Check, said: dict[str, Any], text: str) -> None:
    bad_body(await start(**said), text)
