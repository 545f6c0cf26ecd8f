"""The decisions table of hms.md, row by row, as far as it speaks of rooms; each test's docstring begins with its row.

The rows about room codes, stream keys, analytics, sessions and the templates' own calls are for later.
"""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from app.domain import ids

ROOMS = "/v2/rooms"
NOBODY = "0123456789abcdef01234567"
UPLOAD = {"type": "s3", "location": "bucket"}
SECRETS = {"key": "k", "secret": "s"}
Check = Callable[..., None]
Room = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
Mint = Callable[..., str]
MakeTemplate = Callable[..., Awaitable[str]]


class TestTokens:
    async def test_whoever_has_a_key_sees_all_rooms(self, hms: httpx.AsyncClient, create: Make) -> None:
        """One deployment is one account: every management key sees all its rooms. (TestGoodToken has two keys.)"""
        room = await create()
        assert (await hms.get(ROOMS)).json()["data"] == [room]

    async def test_prefix(self, hms: httpx.AsyncClient, create: Make) -> None:
        """`prefix`: the same application at `/v2` and `/api/v2`."""
        room = await create()
        assert (await hms.get(f"/api/v2/rooms/{room['id']}")).json() == room

    @pytest.mark.parametrize("credential", [None, "Basic x", "an unknown key"])
    async def test_no_token(
        self, client: httpx.AsyncClient, mint: Mint, unauthorized: Check, credential: str | None
    ) -> None:
        """`no Authorization, not Bearer, or an unknown access_key`: the seed's example to the letter."""
        known = {"an unknown key": f"Bearer {mint(access_key=NOBODY)}"}
        headers = {"Authorization": known.get(credential, credential)} if credential else {}
        unauthorized(await client.get(ROOMS, headers=headers), "not found")

    @pytest.mark.parametrize(
        ("own", "reason"),
        [
            ({"version": 1}, "token is malformed"),
            ({"without": "exp"}, "token is malformed"),
            ({"secret": "another secret of enough characters for any key"}, "signature is invalid"),
            ({"algorithm": "HS512"}, "signature is invalid"),
            ({"exp": 1}, "token is expired"),
            ({"nbf": 2**40}, "token is not valid yet"),
        ],
    )
    async def test_any_other_bad_token(
        self, client: httpx.AsyncClient, mint: Mint, unauthorized: Check, own: Room, reason: str
    ) -> None:
        """`any other bad token`: the same with the reason in `details`."""
        unauthorized(await client.get(ROOMS, headers={"Authorization": f"Bearer {mint(**own)}"}), reason)

    async def test_an_app_token(
        self, client: httpx.AsyncClient, hms: httpx.AsyncClient, mint: Mint, forbidden: Check
    ) -> None:
        """`a valid token of type:"app" on a management call`: 403, with no side effect."""
        headers = {"Authorization": f"Bearer {mint(type='app')}"}
        for _ in range(2):
            forbidden(await client.post(ROOMS, json={"name": "room-a"}, headers=headers))
        assert (await hms.get(ROOMS)).json()["data"] == []


class TestErrors:
    async def test_missing_objects(self, hms: httpx.AsyncClient, missing: Check) -> None:
        """`missing objects`: the shape of [S0]."""
        missing(await hms.get(f"{ROOMS}/{NOBODY}"))

    async def test_bad_body_or_query(self, hms: httpx.AsyncClient, bad_body: Check, bad_query: Check) -> None:
        """`bad body or query`."""
        bad_body(await hms.post(ROOMS, json={"size": -1}), "room size less than 0")
        bad_body(await hms.post(ROOMS, content=b"{"), "body is not a JSON object")
        bad_query(await hms.get(f"{ROOMS}?enabled=x"), "enabled must be true or false")

    async def test_texts_that_stand_alone(self, hms: httpx.AsyncClient, alone: Check) -> None:
        """`texts that stand alone`: they are the `message`, with `details:[the same text]`."""
        alone(await hms.post(ROOMS, json={"region": "x"}), "Error: region not supported")
        alone(await hms.post(ROOMS, json={"template": "x"}), "Error: template not found")
        for upload, text in (({"type": "s3"}, "Bucket location is missing"), ({}, "Invalid upload configuration")):
            alone(await hms.post(ROOMS, json={"recording_info": {"upload_info": upload}}), text)

    async def test_unknown_path_wrong_method_too_large(self, hms: httpx.AsyncClient, refused: Check) -> None:
        """`unknown path, wrong method, too large, crash`. (TestCrash has the crash.)"""
        refused(await hms.get("/v2/x"), 404, "Not Found", "path not found")
        refused(await hms.delete(ROOMS), 405, "Method Not Allowed", "method not allowed")
        large = await hms.post(ROOMS, content=b" " * (2**20 + 1))
        refused(large, 413, "Payload Too Large", "body is larger than 1 MiB")

    async def test_statuses_beyond_the_seeds_table(self, hms: httpx.AsyncClient) -> None:
        """`statuses beyond the seeds' table`: a wrong body is not 404."""
        assert (await hms.post(ROOMS, json={"size": "x"})).status_code == 400
        assert (await hms.put(ROOMS)).status_code == 405

    @pytest.mark.parametrize("odd", ["x", NOBODY[1:], NOBODY + "0", "00000000-0000-7000-8000-000000000000"])
    async def test_an_id_that_is_none(self, hms: httpx.AsyncClient, missing: Check, odd: str) -> None:
        """`id that is not 24 hex digits, in a path`: 404 as if absent."""
        missing(await hms.get(f"{ROOMS}/{odd}"))

    async def test_another_content_type(self, hms: httpx.AsyncClient) -> None:
        """`a request with Content-Type other than JSON but a JSON body`: parsed all the same."""
        answer = await hms.post(ROOMS, content=b'{"name":"room-a"}', headers={"Content-Type": "text/plain"})
        assert answer.json()["name"] == "room-a"

    async def test_body_null(self, hms: httpx.AsyncClient, bad_body: Check) -> None:
        """`body null`: no object."""
        bad_body(await hms.post(ROOMS, content=b"null"), "body is not a JSON object")


class TestPages:
    @pytest.mark.parametrize("limit", ["9", "101", "200", "x"])
    async def test_limit(self, hms: httpx.AsyncClient, bad_query: Check, limit: str) -> None:
        """`limit outside 10-100, not a number`: no clamping."""
        bad_query(await hms.get(ROOMS, params={"limit": limit}), "limit must be a whole number from 10 to 100")

    async def test_start(self, hms: httpx.AsyncClient, bad_query: Check, create: Make) -> None:
        """`start not an id`: 400; an id that no longer exists still marks its place."""
        bad_query(await hms.get(f"{ROOMS}?start=x"), "start must be 24 hex digits")
        room = await create()
        gone = f"{int(room['id'], 16) + 1:024x}"
        assert (await hms.get(ROOMS, params={"start": gone})).json()["data"] == [room]

    async def test_order(self, hms: httpx.AsyncClient, create: Make) -> None:
        """`order`: newest first, `start` exclusive, `last` the id of the last object, `""` when the page is empty."""
        older, newer = await create(), await create()
        page = (await hms.get(ROOMS)).json()
        assert (page["data"], page["last"]) == ([newer, older], older["id"])
        assert (await hms.get(ROOMS, params={"start": newer["id"]})).json()["data"] == [older]
        assert (await hms.get(ROOMS, params={"start": older["id"]})).json()["last"] == ""

    async def test_last(self, hms: httpx.AsyncClient, create: Make) -> None:
        """`a query parameter last`: ignored."""
        room = await create()
        assert (await hms.get(ROOMS, params={"last": room["id"]})).json()["data"] == [room]


class TestNames:
    async def test_an_existing_name(self, create: Make) -> None:
        """`existing name on create`: same id; fields supplied overwrite, others stay, as does the first spelling."""
        room = await create(name="Room-A", description="stays", size=1)
        later = await create(name="ROOM-a", size=2)
        assert later == room | {"size": 2, "updated_at": later["updated_at"]}

    @pytest.mark.parametrize("name", ["", "a b", "é", "a" * 256], ids=["empty", "space", "accent", "256"])
    async def test_a_bad_name(self, hms: httpx.AsyncClient, bad_body: Check, name: str) -> None:
        """`name not of [a-zA-Z0-9.:_-], empty, or over 255 characters`."""
        text = "name must be 1 to 255 characters of a-z, A-Z, 0-9 and . - : _"
        bad_body(await hms.post(ROOMS, json={"name": name}), text)
        assert (await hms.post(ROOMS, json={"name": "a" * 255})).status_code == 200

    async def test_an_omitted_name(self, create: Make) -> None:
        """`omitted name`: a UUIDv4 string."""
        assert UUID((await create())["name"]).version == 4

    async def test_a_colliding_rename(self, hms: httpx.AsyncClient, create: Make, bad_body: Check) -> None:
        """`a rename onto another room's name`: 400."""
        await create(name="room-a")
        room = await create(name="room-b")
        answer = await hms.post(f"{ROOMS}/{room['id']}", json={"name": "ROOM-A"})
        bad_body(answer, "name is taken by another room")

    async def test_active_false(self, hms: httpx.AsyncClient, create: Make, missing: Check) -> None:
        """`active:false`: by name; `active` is always in a room's object, equal to `enabled`."""
        room = await create(name="room-a")
        assert room["active"] is True
        off = (await hms.post(ROOMS, json={"name": "ROOM-A", "active": False})).json()
        assert (off["id"], off["active"], off["enabled"]) == (room["id"], False, False)
        missing(await hms.post(ROOMS, json={"name": "room-b", "active": False}))

    async def test_active_without_a_name(self, hms: httpx.AsyncClient, create: Make, bad_body: Check) -> None:
        """`active:false without a name`: 400; `active:true` enables."""
        bad_body(await hms.post(ROOMS, json={"active": False}), "name is required when active is false")
        await create(name="room-a", enabled=False)
        assert (await create(name="room-a", active=True))["enabled"] is True


class TestMembers:
    async def test_order_and_presence(self, create: Make) -> None:
        """`a room's members, in this order`: the last four before `key` only when set."""
        always = (
            "id name enabled active description customer_id customer app_id recording_source_template recording_info"
        )
        always += " template_id template region large_room key created_at updated_at"
        assert " ".join(await create()) == always
        webhook = {"url": "https://hooks.example"}
        full = await create(size=0, max_duration_seconds=120, polls=[], webhook=webhook)
        assert " ".join(full) == always.replace(" key", " size max_duration_seconds polls webhook key")

    async def test_timestamps(self, hms: httpx.AsyncClient, create: Make, database: asyncpg.Connection) -> None:
        """`timestamps`: UTC, `Z`, at most 3 fractional digits, trailing zeros trimmed."""
        room = await create()
        assert room["created_at"] == room["updated_at"]
        for written, millisecond in ((".987Z", 987), (".98Z", 980), (".9Z", 900), ("Z", 0), (".007Z", 7)):
            moment = datetime(2026, 3, 14, 15, 54, 18, millisecond * 1000, UTC)
            await database.execute("UPDATE conference SET created_at = $1, modified_at = $1", moment)
            shown = (await hms.get(f"{ROOMS}/{room['id']}")).json()
            assert shown["created_at"] == shown["updated_at"] == f"2026-03-14T15:54:18{written}"
            assert (await hms.get(ROOMS)).json()["data"] == [shown]

    async def test_region(self, create: Make, database: asyncpg.Connection) -> None:
        """`region`: `auto` or absent shows the template's; that being `auto` too: `in`."""
        await database.execute("UPDATE template SET region = 'us' WHERE is_default")
        assert [(await create(**more))["region"] for more in ({}, {"region": "auto"}, {"region": "eu"})] == [
            "us",
            "us",
            "eu",
        ]
        await database.execute("UPDATE template SET region = 'auto' WHERE is_default")
        assert (await create())["region"] == "in"

    async def test_clearing_large_room(self, hms: httpx.AsyncClient, create: Make, bad_body: Check) -> None:
        """`clearing large_room while size is above 2500`: 400, the documented text."""
        room = await create(large_room=True, size=2501)
        answer = await hms.post(f"{ROOMS}/{room['id']}", json={"large_room": False})
        bad_body(answer, "room size greater than 2500, set large_room flag as true")


class TestTemplates:
    async def test_a_fresh_server(self, create: Make, database: asyncpg.Connection) -> None:
        """`a fresh server`: one default template, `default_videoconf_<uuid>`, region `in`, roles `host` and `guest`."""
        [template] = await database.fetch("SELECT id, name, region, roles::text FROM template")
        room = await create()
        assert re.fullmatch(r"default_videoconf_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", template["name"])
        assert (room["template"], room["region"]) == (template["name"], template["region"]) == (template["name"], "in")
        assert room["template_id"] == ids.to_hex(template["id"])
        assert all(f'"{role}"' in template["roles"] for role in ("host", "guest"))

    async def test_by_name(
        self, create: Make, make_template: MakeTemplate, hms: httpx.AsyncClient, alone: Check
    ) -> None:
        """`template (a name)`: accepted; unknown: 400. `template_id` likewise."""
        template_id = await make_template("other")
        assert (await create(template="other"))["template_id"] == template_id
        assert (await create(template_id=template_id))["template"] == "other"
        for unknown in ({"template": "x"}, {"template_id": NOBODY}):
            alone(await hms.post(ROOMS, json=unknown), "Error: template not found")


class TestRecording:
    async def test_absent_at_creation(self, hms: httpx.AsyncClient, create: Make, database: asyncpg.Connection) -> None:
        """`recording_info absent at creation`: the template's settings as they are now; present, independent."""
        followed, own = await create(), await create(name="own", recording_info={})
        assert (followed["recording_source_template"], followed["recording_info"]) == (True, {"enabled": False})
        assert (own["recording_source_template"], own["recording_info"]) == (False, {"enabled": False})
        await database.execute("""UPDATE template SET recording = '{"enabled":true}' WHERE is_default""")
        assert (await hms.get(f"{ROOMS}/{followed['id']}")).json()["recording_info"] == {"enabled": True}
        assert (await create(name="own", size=1))["recording_info"] == {"enabled": False}

    async def test_null(self, create: Make) -> None:
        """`recording_info: null`: as if absent."""
        assert (await create(recording_info=None))["recording_source_template"] is True

    @pytest.mark.parametrize("kind", ["gs", "oss", "azure", "ftp", ""])
    async def test_upload_type(self, hms: httpx.AsyncClient, create: Make, alone: Check, kind: str) -> None:
        """`upload_info.type`: in a room `s3` only."""
        assert (await create(recording_info={"upload_info": UPLOAD}))["recording_info"]["upload_info"] == UPLOAD
        answer = await hms.post(ROOMS, json={"recording_info": {"upload_info": UPLOAD | {"type": kind}}})
        alone(answer, "Invalid upload configuration")

    async def test_credentials(self, hms: httpx.AsyncClient, create: Make, database: asyncpg.Connection) -> None:
        """`credentials in recording_info`: encrypted; echoed only in the answer to the call that set them."""
        info = {"enabled": True, "upload_info": UPLOAD | {"credentials": SECRETS | {"secret": "a-secret-of-aws"}}}
        room = await create(recording_info=info)
        assert room["recording_info"] == info
        later = (await hms.get(f"{ROOMS}/{room['id']}")).json()
        assert later["recording_info"] == {"enabled": True, "upload_info": UPLOAD}
        assert "a-secret-of-aws" not in str(await database.fetch("SELECT conference::text FROM conference"))


class TestElsewhere:
    async def test_a_disabled_room(self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient, create: Make) -> None:
        """`a disabled room`: tokens already issued are refused wherever this server verifies one."""
        room = await create()
        [seen] = (await vcs.get("/api/realtime/room")).json()["data"]
        opened = {"json": {"token": seen["token"]}}
        assert (await vcs.post("/api/realtime/token", **opened)).status_code == 200
        await hms.post(f"{ROOMS}/{room['id']}", json={"enabled": False})
        assert (await vcs.post("/api/realtime/token", **opened)).status_code == 400

    async def test_a_room_of_the_other_api(self, hms: httpx.AsyncClient, vcs: httpx.AsyncClient) -> None:
        """`a room opened through /api/realtime, seen here`. (test_one_domain.py has the rest.)"""
        await vcs.post("/api/realtime/room", json={"name": "Besprechung 3 é😀"})
        [room] = (await hms.get(ROOMS)).json()["data"]
        assert (room["name"], room["enabled"], room["recording_source_template"]) == ("Besprechung 3 é😀", True, True)
        assert (await hms.get(ROOMS, params={"name": "Besprechung 3 é😀"})).json()["data"] == []
