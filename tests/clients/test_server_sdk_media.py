"""The official Node SDK, as it is published, drives a running server where no media engine is: what would need one."""

from typing import Any

import pytest
from descriptions import description
from processes import Server
from sdk import Saw, declared, run

Told = dict[str, Any]

JOBS = {"recordings": "Recording", "liveStreams": "Live stream", "externalStreams": "External stream"}


@pytest.fixture(scope="module")
def media(node: str, server: Server, server_key: dict[str, str]) -> Saw:
    """What media.mjs saw."""
    return run(node, "media.mjs", f"{server.url}/v2", server_key)


def missing(thing: str) -> Told:
    return {"code": 404, "name": "Not Found", "message": f"Error: {thing} not found"}


NO_MEDIA_ENGINE = {"code": 501, "name": "Not Implemented", "message": "media engine is not configured"}
BAD_BODY = {"code": 400, "name": "Bad Request", "message": "Invalid body param"}
BAD_QUERY = {"code": 400, "name": "Bad Request", "message": "Invalid query parameter"}
ROOM_DISABLED = {"code": 403, "name": "Forbidden", "message": "Room is disabled"}
EMPTY = {"saw": [], "requests": 1}


@pytest.mark.parametrize(("service", "thing"), JOBS.items())
def test_recordings_and_streams_neither_start_nor_stop(media: Saw, service: str, thing: str) -> None:
    saw = media(service)
    assert {scenario: saw[scenario] for scenario in saw if scenario.startswith(("start", "stop", "retrieve"))} == {
        "start": NO_MEDIA_ENGINE,
        "startWrongly": BAD_BODY,
        "startInNoRoom": missing("Room"),
        "startInClosedRoom": ROOM_DISABLED,
        "stopAll": NO_MEDIA_ENGINE,
        "stopAllInNoRoom": missing("Room"),
        "retrieve": missing(thing),
        "retrieveByNoId": missing(thing),
        "stop": missing(thing),
    }


@pytest.mark.parametrize("call", ["sendMetadata", "pause", "resume"])
def test_there_is_no_live_stream_to_do_more_with(media: Saw, call: str) -> None:
    assert media("liveStreams")[call] == missing("Live stream")


def test_metadata_of_a_live_stream_are_judged_all_the_same(media: Saw) -> None:
    assert media("liveStreams")["sendMetadataWrongly"] == BAD_BODY


def test_there_is_no_recording_asset(media: Saw) -> None:
    none_such = missing("Recording asset")
    calls = {"retrieve": none_such, "url": none_such, "urlForLong": none_such, "urlForNoTime": BAD_QUERY}
    assert media("recordingAssets") == calls


@pytest.mark.parametrize("service", [*JOBS, "recordingAssets"])
def test_lists_are_empty_and_their_filters_judged(media: Saw, service: str) -> None:
    calls = {"everything": EMPTY, "filtered": EMPTY, "ofNoStatus": BAD_QUERY, "byTwoHundreds": BAD_QUERY}
    assert media("lists")[service] == calls


@pytest.mark.parametrize("of", ["tracks", "recordings"])
def test_events_of_a_room_are_none(media: Saw, of: str) -> None:
    assert media("events")[of] == {"ofRoom": EMPTY, "filtered": EMPTY, "ofNoRoom": BAD_QUERY}


@pytest.mark.parametrize(
    ("file", "interface", "schema"),
    [
        ("recording", "Object", "Recording"),
        ("recordingAsset", "Object", "RecordingAsset"),
        ("recordingAsset", "PreSignedURL", "PresignedUrl"),
        ("liveStream", "Object", "LiveStream"),
        ("externalStream", "Object", "ExternalStream"),
    ],
)
async def test_what_an_engine_would_make_is_described_as_declared(file: str, interface: str, schema: str) -> None:
    """It is not there to be seen; but the description says what it would be."""
    described = (await description("/v2")).document["components"]["schemas"][schema]["properties"]
    assert not {name for name, _, _ in declared(file, interface)} - described.keys()
