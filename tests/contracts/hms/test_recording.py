"""`recording_info`: an atomic member, either the template's or the room's own."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

ROOMS = "/v2/rooms"
INVALID, NO_BUCKET = "Invalid upload configuration", "Bucket location is missing"
UPLOAD: dict[str, Any] = {"type": "s3", "location": "bucket"}
Check = Callable[..., None]
Room = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
Send = Callable[..., Awaitable[httpx.Response]]


class TestOwn:
    """Row "`recording_info` absent at creation": present, even `{}`, it is independent and echoed as sent."""

    @pytest.mark.parametrize(
        ("sent", "shown"),
        [
            ({}, {"enabled": False}),
            ({"enabled": False}, {"enabled": False}),
            ({"enabled": True}, {"enabled": True}),
            ({"enabled": None}, {"enabled": False}),
            ({"upload_info": None}, {"enabled": False}),
            ({"upload_info": UPLOAD}, {"enabled": False, "upload_info": UPLOAD}),
            ({"upload_info": UPLOAD, "enabled": True}, {"upload_info": UPLOAD, "enabled": True}),
            ({"z": 1, "enabled": None, "a": None}, {"enabled": False, "z": 1}),
            ({"z": {"y": None, "x": [None]}}, {"enabled": False, "z": {"x": [None]}}),
            (
                {"enabled": True, "upload_info": {"location": "b", "prefix": "", "options": {}, "type": "s3"}},
                {"enabled": True, "upload_info": {"location": "b", "prefix": "", "options": {}, "type": "s3"}},
            ),
            (
                {"upload_info": UPLOAD | {"prefix": None, "options": None, "credentials": None}},
                {"enabled": False, "upload_info": UPLOAD},
            ),
            (
                {"enabled": True, "upload_info": UPLOAD | {"options": {"region": "eu-west-1"}, "prefix": "a/é😀"}},
                {"enabled": True, "upload_info": UPLOAD | {"options": {"region": "eu-west-1"}, "prefix": "a/é😀"}},
            ),
            (
                {"enabled": True, "upload_info": UPLOAD | {"options": {"region": None}}},
                {"enabled": True, "upload_info": UPLOAD | {"options": {}}},
            ),
        ],
    )
    async def test_is_echoed_as_sent_with_enabled_filled_in(
        self, hms: httpx.AsyncClient, ways: list[Send], same: Check, sent: Room, shown: Room
    ) -> None:
        for send in ways:
            answer = await send(recording_info=sent)
            room = answer.json()
            same(answer, room | {"recording_source_template": False, "recording_info": shown})
            same(await hms.get(f"{ROOMS}/{room['id']}"), room)
            assert room in (await hms.get(ROOMS)).json()["data"]

    async def test_unknown_members_stay_in_their_order(
        self, hms: httpx.AsyncClient, ways: list[Send], same: Check
    ) -> None:
        for send in ways:
            info = {
                "zeta": {"b": [1, 1.5, True, "é😀", {"y": 1, "x": 2}], "a": []},
                "enabled": True,
                "big": 123456789012345678901234567890,
                "upload_info": {
                    "z": 1,
                    "type": "s3",
                    "y": {"c": 1, "b": 2},
                    "location": "bucket",
                    "options": {"q": "r"},
                },
                "alpha": "x",
            }
            answer = await send(recording_info=info)
            room = answer.json()
            same(answer, room | {"recording_info": info})
            same(await hms.get(f"{ROOMS}/{room['id']}"), room)

    @pytest.mark.parametrize("region", ["", "ap-south-1", "nowhere"])
    async def test_the_assumed_region_is_not_written_in_and_another_is_not_judged(
        self, ways: list[Send], region: str
    ) -> None:
        for send in ways:
            assert (await send(recording_info={"upload_info": UPLOAD})).json()["recording_info"][
                "upload_info"
            ] == UPLOAD
            with_region = UPLOAD | {"options": {"region": region}}
            answer = await send(recording_info={"upload_info": with_region})
            assert answer.json()["recording_info"]["upload_info"] == with_region

    async def test_is_replaced_whole(self, hms: httpx.AsyncClient, create: Make) -> None:
        room = await create(name="room-a", recording_info={"enabled": True, "x": 1, "upload_info": UPLOAD})
        for path in (ROOMS, f"{ROOMS}/{room['id']}"):
            for info in ({"enabled": True}, {"enabled": False, "y": 2}):
                answer = await hms.post(path, json={"name": "room-a", "recording_info": info})
                assert answer.json()["recording_info"] == info

    async def test_stays_when_it_is_not_supplied(self, hms: httpx.AsyncClient, create: Make) -> None:
        """Row "`recording_info` absent at creation": a later upsert without it changes nothing of it."""
        info = {"enabled": True, "upload_info": UPLOAD}
        room = await create(name="room-a", recording_info=info)
        for path in (ROOMS, f"{ROOMS}/{room['id']}"):
            later = (await hms.post(path, json={"name": "room-a", "size": 5, "recording_info": None})).json()
            assert (later["recording_source_template"], later["recording_info"]) == (False, info)

    async def test_absent_or_null_at_creation_is_the_templates(self, create: Make) -> None:
        """Row "`recording_info: null`"."""
        for members in ({}, {"recording_info": None}):
            room = await create(**members)
            assert (room["recording_source_template"], room["recording_info"]) == (True, {"enabled": False})


class TestFaults:
    @pytest.mark.parametrize(
        ("info", "text"),
        [
            ({"enabled": "true"}, "recording_info.enabled must be a boolean"),
            ({"enabled": 1}, "recording_info.enabled must be a boolean"),
            ({"enabled": {}}, "recording_info.enabled must be a boolean"),
            ({"upload_info": "s3"}, "recording_info.upload_info must be an object"),
            ({"upload_info": [UPLOAD]}, "recording_info.upload_info must be an object"),
            ({"upload_info": True}, "recording_info.upload_info must be an object"),
            ({"upload_info": UPLOAD | {"location": 5}}, "recording_info.upload_info.location must be a string"),
            ({"upload_info": UPLOAD | {"location": ["b"]}}, "recording_info.upload_info.location must be a string"),
            ({"upload_info": UPLOAD | {"prefix": 5}}, "recording_info.upload_info.prefix must be a string"),
            ({"upload_info": UPLOAD | {"prefix": {}}}, "recording_info.upload_info.prefix must be a string"),
            ({"upload_info": UPLOAD | {"options": "x"}}, "recording_info.upload_info.options must be an object"),
            ({"upload_info": UPLOAD | {"options": []}}, "recording_info.upload_info.options must be an object"),
            (
                {"upload_info": UPLOAD | {"options": {"region": 1}}},
                "recording_info.upload_info.options.region must be a string",
            ),
            (
                {"upload_info": UPLOAD | {"credentials": "x"}},
                "recording_info.upload_info.credentials must be an object",
            ),
            ({"upload_info": UPLOAD | {"credentials": []}}, "recording_info.upload_info.credentials must be an object"),
            (
                {"upload_info": UPLOAD | {"credentials": {"key": 1, "secret": "s"}}},
                "recording_info.upload_info.credentials.key must be a string",
            ),
            (
                {"upload_info": UPLOAD | {"credentials": {"key": "k", "secret": ["s"]}}},
                "recording_info.upload_info.credentials.secret must be a string",
            ),
        ],
    )
    async def test_another_type(
        self, hms: httpx.AsyncClient, ways: list[Send], bad_body: Check, info: Room, text: str
    ) -> None:
        for send in ways:
            before = (await hms.get(ROOMS)).json()
            bad_body(await send(recording_info=info, description="x"), text)
            assert (await hms.get(ROOMS)).json() == before

    async def test_an_upload_of_another_type_than_s3(
        self, ways: list[Send], alone: Check, subtests: pytest.Subtests
    ) -> None:
        """Row "`upload_info.type`": in a room `s3` only."""
        for upload in (
            {},
            {"location": "bucket"},
            {"type": None, "location": "bucket"},
            {"type": "", "location": "bucket"},
            {"type": "S3", "location": "bucket"},
            {"type": "s3 ", "location": "bucket"},
            {"type": "gs", "location": "bucket"},
            {"type": "oss", "location": "bucket"},
            {"type": "azure", "location": "bucket"},
            {"type": "ftp"},
            {"type": 3, "location": "bucket"},
            {"type": True, "location": "bucket"},
            {"type": ["s3"], "location": "bucket"},
            {"type": {}, "location": "bucket"},
        ):
            with subtests.test(repr(upload)[:60]):
                for send in ways:
                    alone(await send(recording_info={"upload_info": upload}), INVALID)

    async def test_an_upload_without_a_location(
        self, ways: list[Send], alone: Check, subtests: pytest.Subtests
    ) -> None:
        for upload in (
            {},
            {"location": None},
            {"location": ""},
            {"bucket": "b"},
            {"prefix": "p"},
        ):
            with subtests.test(repr(upload)[:60]):
                for send in ways:
                    alone(await send(recording_info={"upload_info": {"type": "s3", **upload}}), NO_BUCKET)

    async def test_credentials_of_one_half(self, ways: list[Send], alone: Check, subtests: pytest.Subtests) -> None:
        for credentials in (
            {},
            {"key": "k"},
            {"secret": "s"},
            {"key": None, "secret": "s"},
            {"key": "k", "secret": None},
            {"secretKey": "s"},
        ):
            with subtests.test(repr(credentials)[:60]):
                for send in ways:
                    alone(await send(recording_info={"upload_info": UPLOAD | {"credentials": credentials}}), INVALID)

    async def test_the_type_is_told_before_the_location(self, ways: list[Send], alone: Check) -> None:
        for send in ways:
            alone(await send(recording_info={"upload_info": {"type": "gs"}}), INVALID)
            alone(await send(recording_info={"upload_info": {"type": "s3", "credentials": {}}}), NO_BUCKET)

    @pytest.mark.parametrize("number", ["1e400", "-1e400"])
    @pytest.mark.parametrize(
        "place", ['"x":{}', '"upload_info":{{"type":"s3","location":"b","x":[{}]}}', '"enabled":{}']
    )
    async def test_an_infinite_number_is_no_crash(
        self, hms: httpx.AsyncClient, create: Make, place: str, number: str
    ) -> None:
        room = await create(name="room-a")
        for path in (ROOMS, f"{ROOMS}/{room['id']}"):
            answer = await hms.post(path, content=f'{{"recording_info":{{{place.format(number)}}}}}')
            assert answer.status_code == 400
            assert list(answer.json()) == ["code", "message", "details"]
            assert answer.json()["message"] == "Invalid body param"
        assert (await hms.get(ROOMS)).json()["data"] == [room]

    async def test_nul_anywhere_inside_is_refused(
        self, hms: httpx.AsyncClient, ways: list[Send], subtests: pytest.Subtests
    ) -> None:
        for info in (
            {"x": "\u0000"},
            {"x": ["a\u0000"]},
            {"\u0000": 1},
            {"x": {"a\u0000": 1}},
            {"upload_info": UPLOAD | {"location": "b\u0000"}},
            {"upload_info": UPLOAD | {"prefix": "\u0000"}},
            {"upload_info": UPLOAD | {"options": {"region": "\u0000"}}},
            {"upload_info": UPLOAD | {"credentials": {"key": "\u0000", "secret": "s"}}},
        ):
            with subtests.test(repr(info)[:60]):
                for send in ways:
                    before = (await hms.get(ROOMS)).json()
                    answer = await send(recording_info=info)
                    assert answer.status_code == 400
                    assert answer.json()["message"] == "Invalid body param"
                    [detail] = answer.json()["details"]
                    assert detail.startswith("Invalid body param: recording_info")
                    assert detail.endswith(" must not contain NUL")
                    assert (await hms.get(ROOMS)).json() == before
