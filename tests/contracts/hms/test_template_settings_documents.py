"""Settings: every limit on both of its sides, what is kept of what a body says, and who is shown credentials."""

import json
from typing import Any

import pytest
from judgement import Judge, at, put, wrong

from app.apis.hms.template_settings import TemplateSettings, shown

Document = dict[str, Any]
SETTINGS = Judge(TemplateSettings)
CREDENTIALS = {"key": "an access key", "secretKey": "a secret of the bucket"}
UPLOAD: Document = {"location": "bucket", "type": "gs", "prefix": "rooms"}
WHOLE: Document = {
    "location": "bucket",
    "type": "gs",
    "prefix": "rooms",
    "credentials": CREDENTIALS,
    "options": {"region": "eu-west-1"},
}
BASE: Document = {"recording": {"upload": WHOLE}, "roomState": {}}
ROOM_STATE = {"messageInterval": 5, "sendPeerList": False, "stopRoomStateOnJoin": True, "enabled": False}
INVALID, NO_BUCKET = ["Invalid upload configuration"] * 2, ["Bucket location is missing"] * 2
OBJECTS = ["recording", "recording.upload", "recording.upload.credentials", "recording.upload.options", "roomState"]
TEXTS = ["location", "prefix", "credentials.key", "credentials.secretKey", "options.region"]
FLAGS = ["recording.enabled", "roomState.sendPeerList", "roomState.stopRoomStateOnJoin", "roomState.enabled"]


def recorded(settings: TemplateSettings) -> Any:
    return settings.recording_whole and json.loads(settings.recording_whole)


class TestRegion:
    @pytest.mark.parametrize("region", ["in", "us", "eu", "auto"])
    async def test_is_kept(self, region: str) -> None:
        assert SETTINGS.takes({"region": region}).region == region

    async def test_is_one_of_four(self) -> None:
        for region in ("", "ap", "EU", "eu ", "eu\0"):
            assert await SETTINGS.refuses({"region": region}) == ["Error: region not supported"] * 2
        for value in (1, True, ["eu"], {}):
            assert await SETTINGS.refuses({"region": value}) == wrong("region must be a string")


class TestRoomState:
    async def test_has_an_interval_of_fives(self) -> None:
        for value in (5, 10, 3595, 3600, 5.0):
            document = SETTINGS.takes({"roomState": {"messageInterval": value}}).room_state_document
            assert str(document) == str(ROOM_STATE | {"messageInterval": int(value)})
        refused = wrong("roomState.messageInterval must be a multiple of 5 from 5 to 3600")
        for value in (0, -5, 4, 6, 3599, 3601, 3605, 5.5, 10**40, 1e300, True, "5", [5], {}):
            assert await SETTINGS.refuses({"roomState": {"messageInterval": value}}) == refused, value

    async def test_is_whole_whatever_is_said_of_it(self) -> None:
        for said in ({}, dict.fromkeys(ROOM_STATE), {"unknown": 1, "message_interval": 1}):
            assert str(SETTINGS.takes({"roomState": said}).room_state_document) == str(ROOM_STATE)
        said = {"messageInterval": 60, "sendPeerList": True, "stopRoomStateOnJoin": False, "enabled": True}
        assert str(SETTINGS.takes({"roomState": said}).room_state_document) == str(said)

    async def test_is_none_where_nothing_is_said_of_it(self) -> None:
        for body in ({}, {"roomState": None}):
            assert SETTINGS.takes(body).room_state_document is None


@pytest.mark.parametrize("place", FLAGS)
async def test_flags_are_true_or_false(place: str) -> None:
    for value in (0, 1, "true", [], {}):
        assert await SETTINGS.refuses(put(BASE, place, value)) == wrong(f"{place} must be a boolean"), value


@pytest.mark.parametrize("place", OBJECTS)
async def test_objects_are_objects(place: str) -> None:
    for value in ([], "x", 1, True):
        assert await SETTINGS.refuses(put(BASE, place, value)) == wrong(f"{place} must be an object"), value


class TestUpload:
    @pytest.mark.parametrize("type", ["s3", "gs", "oss", "azure"])
    async def test_is_of_four_types(self, type: str) -> None:
        assert at(recorded(SETTINGS.takes(put(BASE, "recording.upload.type", type))), "upload.type") == type

    async def test_is_of_no_other_type(self) -> None:
        for value in ("", "S3", "gcs", "s3\0", 1, True, ["s3"], {}, None):
            assert await SETTINGS.refuses(put(BASE, "recording.upload.type", value)) == INVALID, value
        assert await SETTINGS.refuses({"recording": {"upload": {"location": "bucket", "prefix": "rooms"}}}) == INVALID

    async def test_needs_a_location(self) -> None:
        for value in ("", None):
            assert await SETTINGS.refuses(put(BASE, "recording.upload.location", value)) == NO_BUCKET
        for upload in ({}, {"type": "s3", "prefix": "rooms"}, {"type": "ftp"}):
            assert await SETTINGS.refuses({"recording": {"upload": upload}}) == NO_BUCKET

    async def test_needs_a_prefix_which_may_be_empty(self) -> None:
        assert recorded(SETTINGS.takes(put(BASE, "recording.upload.prefix", "")))["upload"]["prefix"] == ""
        for upload in (UPLOAD | {"prefix": None}, {"location": "bucket", "type": "s3"}):
            assert await SETTINGS.refuses({"recording": {"upload": upload}}) == INVALID

    @pytest.mark.parametrize("half", CREDENTIALS)
    async def test_needs_both_halves_of_credentials(self, half: str) -> None:
        one = {name: value for name, value in CREDENTIALS.items() if name != half}
        for credentials in ({}, one, one | {half: None}, one | {half: ""}, one | {"secret": "s", "secret_key": "s"}):
            refused = await SETTINGS.refuses(put(BASE, "recording.upload.credentials", credentials))
            assert refused == INVALID, credentials

    @pytest.mark.parametrize("name", TEXTS)
    async def test_has_texts_of_2048_characters_at_most(self, name: str) -> None:
        place = f"recording.upload.{name}"
        for value in ("x", "é😀", "😀" * 2048):
            assert at(recorded(SETTINGS.takes(put(BASE, place, value))), f"upload.{name}") == value
        refused = await SETTINGS.refuses(put(BASE, place, "x" * 2049))
        assert refused == wrong(f"{place} must have at most 2048 characters")
        assert await SETTINGS.refuses(put(BASE, place, "a\0")) == wrong(f"{place} must not contain NUL")
        for value in (1, True, ["x"], {"x": 1}):
            assert await SETTINGS.refuses(put(BASE, place, value)) == wrong(f"{place} must be a string"), value


class TestRecording:
    @pytest.mark.parametrize("body", [{}, {"region": "eu"}, {"recordings": {}}])
    async def test_that_is_not_there(self, body: Document) -> None:
        settings = SETTINGS.takes(body)
        assert not settings.says_recording
        assert (settings.recording_public, settings.recording_whole, settings.has_credentials) == (None, None, False)

    async def test_that_is_null_is_said(self) -> None:
        settings = SETTINGS.takes({"recording": None})
        assert settings.says_recording
        assert (settings.recording_public, settings.recording_whole, settings.has_credentials) == (None, None, False)

    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ({}, {}),
            ({"enabled": None, "upload": None, "unknown": 1}, {}),
            ({"enabled": False}, {"enabled": False}),
            ({"enabled": True}, {"enabled": True}),
            ({"upload": UPLOAD}, {"upload": UPLOAD}),
            ({"upload": UPLOAD | {"credentials": None, "options": None, "bucket": "b"}}, {"upload": UPLOAD}),
            ({"upload": UPLOAD | {"options": {"region": None, "zone": "a"}}}, {"upload": UPLOAD | {"options": {}}}),
        ],
    )
    async def test_without_credentials_is_the_same_for_everybody(self, sent: Document, kept: Document) -> None:
        settings = SETTINGS.takes({"recording": sent})
        assert (settings.says_recording, settings.has_credentials) == (True, False)
        assert settings.recording_public == settings.recording_whole
        assert str(recorded(settings)) == str(kept)

    async def test_with_credentials_is_kept_with_and_without_them_in_order(self) -> None:
        sent = {"upload": dict(reversed(WHOLE.items())), "enabled": True}
        settings = SETTINGS.takes({"recording": sent})
        assert settings.has_credentials
        assert str(recorded(settings)) == str({"enabled": True, "upload": WHOLE})
        public = UPLOAD | {"options": {"region": "eu-west-1"}}
        assert str(json.loads(settings.recording_public)) == str({"enabled": True, "upload": public})

    async def test_does_not_show_credentials_by_repr(self) -> None:
        settings = SETTINGS.takes(BASE)
        shown_by_repr = repr([settings, settings.recording, settings.recording.upload])
        assert not any(secret in shown_by_repr for secret in CREDENTIALS.values())
        assert "secret" not in repr(settings.recording.upload.credentials)


class TestShown:
    def test_with_nothing_set(self) -> None:
        assert str(shown(region="in", recording=None, room_state=None)) == str(
            {"region": "in", "recording": None, "roomState": ROOM_STATE, "retry": {}}
        )

    def test_with_everything_set(self) -> None:
        recording, room_state = {"enabled": True}, {"messageInterval": 10}
        assert str(shown(region="eu", recording=recording, room_state=room_state)) == str(
            {"region": "eu", "recording": recording, "roomState": ROOM_STATE | room_state, "retry": {}}
        )

    def test_with_a_recording_that_says_nothing(self) -> None:
        assert shown(region="in", recording={}, room_state={})["recording"] == {}
