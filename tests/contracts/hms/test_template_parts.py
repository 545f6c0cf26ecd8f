"""Roles, settings, destinations and the recordings configuration of a template, and the rooms that follow it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import httpx
import pytest
from processes import SECRET_KEY

from app.domain.secrets import SecretKey

TEMPLATES = "/v2/templates"
ROOMS = "/v2/rooms"
NOBODY = "0123456789abcdef01234567"
Check = Callable[..., None]
Template = dict[str, Any]
MakeTemplate = Callable[..., Awaitable[Template]]

ROOM_STATE = {"messageInterval": 5, "sendPeerList": False, "stopRoomStateOnJoin": True, "enabled": False}
UPLOAD = {"location": "bucket", "type": "gs", "prefix": "rooms", "options": {"region": "eu-west-1"}}
CREDENTIALS = {"key": "an access key", "secretKey": "a secret of the bucket"}
RTMP = {"tube": {"name": "tube", "rtmpUrls": ["rtmp://tube.example/live"], "recordingEnabled": False}}
HLS = {"air": {"name": "air", "layers": [{"width": 1280, "height": 720}], "numPlaylistSegments": 5}}
CONFIG = {
    "name": "default",
    "role": "host",
    "maxDuration": 1800,
    "presignDuration": 3600,
    "thumbnails": {"enabled": False, "width": 1280, "height": 720, "offsets": [2], "fps": 60},
    "compositeRecording": {
        "browserComposite": {"autoStart": False, "autoStopTimeout": 500, "width": 1920, "height": 1080},
        "customComposite": {"enabled": False},
    },
    "trackRecording": {"enabled": False},
    "streamRecording": {"enabled": True, "width": 1920, "height": 1080},
}
#: As the documentation shows it again: what is false is left out.
SHOWN_CONFIG = {
    "name": "default",
    "role": "host",
    "maxDuration": 1800,
    "presignDuration": 3600,
    "thumbnails": {"width": 1280, "height": 720, "offsets": [2], "fps": 60},
    "compositeRecording": {
        "browserComposite": {"autoStopTimeout": 500, "width": 1920, "height": 1080},
        "customComposite": {},
    },
    "trackRecording": {},
    "streamRecording": {"enabled": True, "width": 1920, "height": 1080},
}


@pytest.fixture
async def path(make: MakeTemplate) -> str:
    """The path of a template with the roles `host` and `guest`."""
    made = await make(name="webinar", roles={"host": {"permissions": {"endRoom": True}}, "guest": {}})
    return f"{TEMPLATES}/{made['id']}"


class TestRoles:
    async def test_are_shown_one_by_one(self, hms: httpx.AsyncClient, same: Check, path: str) -> None:
        roles = (await hms.get(path)).json()["roles"]
        for name in ("host", "guest"):
            same(await hms.get(f"{path}/roles/{name}"), roles[name])

    async def test_are_created(self, hms: httpx.AsyncClient, same: Check, path: str) -> None:
        before = (await hms.get(path)).json()["roles"]
        answer = await hms.post(f"{path}/roles/back stage", json={"maxPeerCount": -1})
        guest = before["guest"]
        subscribed = {**guest["subscribeParams"], "subscribeToRoles": ["host", "guest", "back stage"]}
        created = {**guest, "name": "back stage", "subscribeParams": subscribed, "maxPeerCount": -1}
        same(answer, created)
        assert (await hms.get(path)).json()["roles"] == {**before, "back stage": created}

    async def test_keep_what_the_body_does_not_have(self, hms: httpx.AsyncClient, same: Check, path: str) -> None:
        before = (await hms.get(f"{path}/roles/host")).json()
        publish = {"allowed": ["audio"], "audio": {"bitRate": 64}}
        answer = await hms.post(f"{path}/roles/host", json={"publishParams": publish, "priority": 10})
        shown = {**before["publishParams"], "allowed": ["audio"], "audio": {"bitRate": 64, "codec": "opus"}}
        same(answer, {**before, "publishParams": shown, "priority": 10})
        same(await hms.get(f"{path}/roles/host"), answer.json())

    async def test_are_renamed_in_their_place(
        self, hms: httpx.AsyncClient, same: Check, missing: Check, path: str
    ) -> None:
        before = (await hms.get(path)).json()
        answer = await hms.post(f"{path}/roles/host", json={"name": "speaker"})
        same(answer, {**before["roles"]["host"], "name": "speaker"})
        missing(await hms.get(f"{path}/roles/host"), "Role")
        after = (await hms.get(path)).json()
        assert list(after["roles"]) == ["speaker", "guest"]
        assert after["roles"]["guest"] == before["roles"]["guest"]

    async def test_are_created_under_another_name_than_the_path_has(self, hms: httpx.AsyncClient, path: str) -> None:
        assert (await hms.post(f"{path}/roles/new", json={"name": "newer"})).json()["name"] == "newer"
        assert list((await hms.get(path)).json()["roles"]) == ["host", "guest", "newer"]

    @pytest.mark.parametrize("role", ["host", "nobody"])
    async def test_onto_another_name_are_refused(
        self, hms: httpx.AsyncClient, bad_body: Check, path: str, role: str
    ) -> None:
        before = (await hms.get(path)).json()
        bad_body(await hms.post(f"{path}/roles/{role}", json={"name": "guest"}), "name is taken by another role")
        assert (await hms.get(path)).json() == before

    async def test_are_deleted_once(self, hms: httpx.AsyncClient, missing: Check, path: str) -> None:
        answer = await hms.delete(f"{path}/roles/host")
        assert (answer.status_code, answer.content) == (204, b"")
        missing(await hms.delete(f"{path}/roles/host"), "Role")
        missing(await hms.get(f"{path}/roles/host"), "Role")
        assert list((await hms.get(path)).json()["roles"]) == ["guest"]

    async def test_of_no_template_are_not_found(self, hms: httpx.AsyncClient, missing: Check) -> None:
        for id in (NOBODY, "x"):
            for method in ("GET", "POST", "DELETE"):
                for role in ("host", "%00"):
                    missing(await hms.request(method, f"{TEMPLATES}/{id}/roles/{role}"), "Template")

    @pytest.mark.parametrize("role", ["%00", "a%0Ab", "%FF", "x" * 256, "nobody"])
    async def test_that_cannot_be_are_not_found(
        self, hms: httpx.AsyncClient, missing: Check, path: str, role: str
    ) -> None:
        missing(await hms.get(f"{path}/roles/{role}"), "Role")
        missing(await hms.delete(f"{path}/roles/{role}"), "Role")

    @pytest.mark.parametrize("role", ["%00", "a%0Ab", "%FF", "x" * 256])
    async def test_that_cannot_be_are_not_created(
        self, hms: httpx.AsyncClient, missing: Check, path: str, role: str
    ) -> None:
        missing(await hms.post(f"{path}/roles/{role}"), "Role")

    async def test_by_thirty_at_once_are_all_there(self, hms: httpx.AsyncClient, path: str) -> None:
        names = [f"role-{number}" for number in range(30)]
        answers = await asyncio.gather(*(hms.post(f"{path}/roles/{name}") for name in names))
        assert {answer.status_code for answer in answers} == {200}
        assert set((await hms.get(path)).json()["roles"]) == {"host", "guest", *names}

    async def test_are_a_hundred_at_most(self, hms: httpx.AsyncClient, make: MakeTemplate, bad_body: Check) -> None:
        made = await make(
            roles={f"role-{number}": {"subscribeParams": {"subscribeToRoles": []}} for number in range(100)}
        )
        path = f"{TEMPLATES}/{made['id']}/roles"
        bad_body(await hms.post(f"{path}/another"), "roles must have at most 100 members")
        assert (await hms.post(f"{path}/role-1", json={"name": "another"})).status_code == 200


class TestSettings:
    async def test_show_what_was_set_and_keep_the_rest(self, hms: httpx.AsyncClient, same: Check, path: str) -> None:
        same(
            await hms.get(f"{path}/settings"),
            {"region": "in", "recording": None, "roomState": ROOM_STATE, "retry": {}},
        )
        recording = {"upload": UPLOAD}
        await hms.post(f"{path}/settings", json={"region": "eu", "recording": recording})
        answer = await hms.post(f"{path}/settings", json={"roomState": {"enabled": True}})
        state = {**ROOM_STATE, "enabled": True}
        same(answer, {"region": "eu", "recording": recording, "roomState": state, "retry": {}})
        same(await hms.get(f"{path}/settings"), answer.json())
        assert (await hms.get(path)).json()["settings"] == answer.json()

    async def test_without_anything_change_nothing(self, hms: httpx.AsyncClient, same: Check, path: str) -> None:
        before = (await hms.get(path)).json()
        same(await hms.post(f"{path}/settings", json={}), before["settings"])
        same(await hms.get(path), before)

    async def test_lose_their_recording_by_null(self, hms: httpx.AsyncClient, path: str) -> None:
        await hms.post(f"{path}/settings", json={"recording": {"enabled": True, "upload": UPLOAD}})
        assert (await hms.post(f"{path}/settings", json={"region": None})).json()["recording"]["enabled"] is True
        assert (await hms.post(f"{path}/settings", json={"recording": None})).json()["recording"] is None

    async def test_show_credentials_to_who_sets_them_alone(
        self, hms: httpx.AsyncClient, make: MakeTemplate, same: Check, caplog: pytest.LogCaptureFixture
    ) -> None:
        recording = {"enabled": True, "upload": {**UPLOAD, "credentials": CREDENTIALS}}
        settings = {"recording": recording}
        made = await make(name="bucket", settings=settings)
        path = f"{TEMPLATES}/{made['id']}"
        whole = await hms.post(path, json={"roles": {}, "settings": settings})
        part = await hms.post(f"{path}/settings", json=settings)
        for shown in (made["settings"], whole.json()["settings"], part.json()):
            assert shown["recording"] == recording
            assert list(shown["recording"]["upload"]) == ["location", "type", "prefix", "credentials", "options"]
        others = [
            await hms.get(path),
            await hms.get(f"{path}/settings"),
            await hms.get(TEMPLATES),
            await hms.post(f"{path}/settings", json={"region": "us"}),
            await hms.post(f"{path}/roles/host"),
            await hms.post(f"{ROOMS}", json={"template_id": made["id"]}),
        ]
        same(
            others[1],
            {"region": "in", "recording": {"enabled": True, "upload": UPLOAD}, "roomState": ROOM_STATE, "retry": {}},
        )
        for answer in others:
            assert answer.status_code == 200
            assert "secret" not in answer.text
            assert "an access key" not in answer.text
        assert "a secret of the bucket" not in caplog.text

    async def test_keep_credentials_sealed_as_long_as_their_recording(
        self, hms: httpx.AsyncClient, make: MakeTemplate, database: asyncpg.Connection
    ) -> None:
        recording = {"upload": {**UPLOAD, "credentials": CREDENTIALS}}
        path = f"{TEMPLATES}/{(await make(name='bucket'))['id']}"

        async def kept() -> object:
            row = await database.fetchrow("SELECT * FROM template WHERE name = 'bucket'")
            assert row
            assert not any(secret in str(row) for secret in CREDENTIALS.values())
            sealed = row["sealed_recording"]
            return sealed and json.loads(SecretKey(SECRET_KEY).unseal(sealed))

        ways = [
            (TEMPLATES, {"name": "bucket", "settings": {"recording": recording}}),
            (path, {"roles": {}, "settings": {"recording": recording}}),
            (f"{path}/settings", {"recording": recording}),
        ]
        for way, body in ways:
            await hms.post(way, json=body)
            assert await kept() == recording
            await hms.post(f"{path}/settings", json={"region": "eu", "roomState": {"enabled": True}})
            assert await kept() == recording
            without = {"recording": {"upload": UPLOAD}}
            await hms.post(way, json={**body, "settings": without} if "settings" in body else without)
            assert await kept() is None

    async def test_of_no_template_are_not_found(self, hms: httpx.AsyncClient, missing: Check) -> None:
        for body in ({}, {"region": "eu"}):
            missing(await hms.post(f"{TEMPLATES}/{NOBODY}/settings", json=body), "Template")
        missing(await hms.get(f"{TEMPLATES}/{NOBODY}/settings"), "Template")


class TestDestinations:
    async def test_change_kind_by_kind(self, hms: httpx.AsyncClient, same: Check, path: str) -> None:
        same(await hms.get(f"{path}/destinations"), {})
        same(await hms.post(f"{path}/destinations", json={"hlsDestinations": HLS}), {"hlsDestinations": HLS})
        both = await hms.post(f"{path}/destinations", json={"rtmpDestinations": RTMP})
        same(both, {"rtmpDestinations": RTMP, "hlsDestinations": HLS})
        same(await hms.get(f"{path}/destinations"), both.json())
        same(
            await hms.post(f"{path}/destinations", json={"hlsDestinations": {}}),
            {"rtmpDestinations": RTMP, "hlsDestinations": {}},
        )
        assert (await hms.get(path)).json()["destinations"] == {"hlsDestinations": {}, "rtmpDestinations": RTMP}

    async def test_of_no_template_are_not_found(self, hms: httpx.AsyncClient, missing: Check) -> None:
        for method in ("GET", "POST"):
            missing(await hms.request(method, f"{TEMPLATES}/{NOBODY}/destinations"), "Template")


class TestRecordings:
    async def test_are_set_and_taken_away(self, hms: httpx.AsyncClient, same: Check, path: str) -> None:
        same(await hms.get(f"{path}/recordings"), [])
        same(await hms.post(f"{path}/recordings", json=[CONFIG]), [SHOWN_CONFIG])
        same(await hms.get(f"{path}/recordings"), [SHOWN_CONFIG])
        same(await hms.post(f"{path}/recordings", json=[]), [])
        same(await hms.get(f"{path}/recordings"), [])

    @pytest.mark.parametrize(
        ("body", "text"),
        [
            (b"", "body is not a JSON array"),
            (b"{}", "body is not a JSON array"),
            (b"null", "body is not a JSON array"),
            (b"[", "body is not a JSON object"),
            (b"[1]", "0 must be an object"),
            (b'[{"role":"host"}]', "0.name is required"),
            (b'[{"name":"a"}]', "0.role is required"),
            (b'[{"name":"a","role":"b"},{"name":"c","role":"d"}]', "body must have at most 1 element"),
        ],
    )
    async def test_are_an_array_of_one_at_most(
        self, hms: httpx.AsyncClient, bad_body: Check, path: str, body: bytes, text: str
    ) -> None:
        bad_body(await hms.post(f"{path}/recordings", content=body), text)

    async def test_of_no_template_are_not_found(self, hms: httpx.AsyncClient, missing: Check) -> None:
        missing(await hms.get(f"{TEMPLATES}/{NOBODY}/recordings"), "Template")
        missing(await hms.post(f"{TEMPLATES}/{NOBODY}/recordings", json=[]), "Template")


class TestRooms:
    """Rooms follow their template live."""

    async def test_follow_region_recording_and_name(self, hms: httpx.AsyncClient, path: str) -> None:
        template_id = path.removeprefix(f"{TEMPLATES}/")
        room = (await hms.post(ROOMS, json={"template_id": template_id})).json()
        assert (room["region"], room["recording_info"], room["template"]) == ("in", {"enabled": False}, "webinar")
        await hms.post(f"{path}/settings", json={"region": "us", "recording": {"upload": UPLOAD}})
        followed = (await hms.get(f"{ROOMS}/{room['id']}")).json()
        assert followed == {**room, "region": "us", "recording_info": {"enabled": False, "upload_info": UPLOAD}}
        await hms.post(path, json={"name": "later", "roles": {}, "settings": {"region": "auto"}})
        assert (await hms.get(f"{ROOMS}/{room['id']}")).json() == {**room, "template": "later", "region": "in"}

    async def test_with_settings_of_their_own_do_not(self, hms: httpx.AsyncClient, path: str) -> None:
        own = {"region": "eu", "recording_info": {"enabled": True}}
        room = (await hms.post(ROOMS, json={"template_id": path.removeprefix(f"{TEMPLATES}/"), **own})).json()
        await hms.post(f"{path}/settings", json={"region": "us", "recording": {"upload": UPLOAD}})
        assert (await hms.get(f"{ROOMS}/{room['id']}")).json() == room

    async def test_are_made_while_their_template_is_replaced(self, hms: httpx.AsyncClient, path: str) -> None:
        template_id = path.removeprefix(f"{TEMPLATES}/")
        replacing = [
            hms.post(path, json={"roles": {f"role-{number}": {}}, "settings": {"region": region}})
            for number, region in enumerate(["eu", "us"] * 10)
        ]
        making = [hms.post(ROOMS, json={"template_id": template_id}) for _ in range(20)]
        answers = await asyncio.gather(*(each for pair in zip(replacing, making, strict=True) for each in pair))
        assert {answer.status_code for answer in answers} == {200}
        now = (await hms.get(f"{path}/settings")).json()["region"]
        rooms = (await hms.get(ROOMS, params={"template_id": template_id, "limit": 20})).json()["data"]
        assert len(rooms) == 20
        assert {room["region"] for room in rooms} == {now}
