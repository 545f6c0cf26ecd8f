"""The published page itself: its curl lines run against a real server, its bodies compared with the answers.

The page is the seed 004_5950cfc9465cdca3.txt. It is not ours to hand on: where it does not lie beside the project, the
tests of its lines are skipped, and the rest of this folder says the same in our own words.
"""

import json
import re
import secrets
import shutil
from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from papers import numbered
from pictures import quadrants, saved
from PIL import Image
from processes import Server
from published import SEED, Body, Operation, assert_like, operations
from transcripts import run_curl

JSON = "application/json"
ROOMS = (
    *("listRoom", "insertRoom", "getRoom", "updateRoom", "deleteRoom", "muteRoom", "unmuteRoom", "clearRoomHistory"),
    *("updateWorkspacesRank", "updateChannelsRank"),
)
MEMBERS = ("insertRoomMember", "listRoomMember", "deleteRoomMember", "updateToOwner", "deleteOwner")
FILES = ("listRoomAttachmentInfo", "insertAttachment", "deleteAttachment", "getAttachmentInfo", "getAttachment")
PICTURES = (
    *("getRoomPicture", "updateRoomPicture", "deleteRoomPicture"),
    *("getUserPicture", "updateUserPicture", "deleteUserPicture"),
)
PREVIEWS = ("getImagePreview", "getImageThumbnail", "getPdfPreview", "getPdfThumbnail")
OTHERS = ("getUsers", "getCapabilities", "getUser", "getTokens", "getMeetingByRoomId")
TAKES_BYTES = {"insertAttachment", "updateRoomPicture", "updateUserPicture"}
Curl = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture(scope="module")
def page() -> dict[str, Operation]:
    if not SEED.exists():
        pytest.skip(f"the published page is not at hand: no {SEED.name} in ../shared/seeds")
    if shutil.which("curl") is None:
        pytest.skip("the page speaks curl, and there is none")
    return operations()


@pytest.fixture(scope="module")
def people(server: Server) -> list[dict[str, str]]:
    """Four users of the server in a process of its own; the first has a token."""
    mark = secrets.token_hex(4)
    added = [
        server.enfilade("users", "add", f"{name}-{mark}@example.org", name) for name in ("ada", "ben", "cleo", "dora")
    ]
    added[0]["token"] = server.enfilade("tokens", "create", added[0]["id"])["token"]
    return added


@pytest.fixture
def ids(people: list[dict[str, str]]) -> list[str]:
    return [person["id"] for person in people]


@pytest.fixture
def curl(page: dict[str, Operation], server: Server, people: list[dict[str, str]], tmp_path: Path) -> Curl:
    """Run a line of the page as it stands, but for host and placeholders; cookie and body are appended.

    Placeholders are also the length of a body and, as it says no more of it than `string`, the type of a picture.
    """

    async def curl(
        name: str, body: Body = None, *, cookie: str | None = people[0]["token"], **ids: str
    ) -> httpx.Response:
        line = page[name].line.replace("http://localhost:10000", server.url)
        line = line.replace(" \\\n-H 'Content-Length: null'", "")
        if name in PICTURES:
            line = line.replace("mimeType: string", "mimeType: image/png")
        for placeholder, id in ids.items():
            assert f"{{{placeholder}}}" in line
            line = line.replace(f"{{{placeholder}}}", id)
        assert not re.search("[{}]", line), line
        line += f" -b ZM_AUTH_TOKEN={cookie}" if cookie else ""
        return await run_curl(line + (f" -d '{json.dumps(body)}'" if body is not None else ""), tmp_path)

    return curl


def assert_bare(answer: httpx.Response, status: int) -> None:
    """Judge an answer that curl has printed: nothing, and of no type."""
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (status, b"", "")


def assert_shown(answer: httpx.Response, operation: Operation, status: int = 200) -> Body:
    """Judge an answer by the page's example and return its body."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, JSON)
    assert_like(answer.json(), operation.answers)
    return answer.json()


@pytest.fixture
async def room(curl: Curl, page: dict[str, Operation], ids: list[str]) -> Body:
    """The room of the page, with members that there are."""
    body = page["insertRoom"].takes | {"membersIds": ids[1:3]}
    return assert_shown(await curl("insertRoom", body), page["insertRoom"], 201)


@pytest.fixture
async def workspace(curl: Curl, page: dict[str, Operation], ids: list[str]) -> Body:
    body = page["insertRoom"].takes | {"membersIds": ids[1:3], "type": "workspace"}
    return assert_shown(await curl("insertRoom", body), page["insertRoom"], 201)


class TestRoomsByTheirCurlLines:
    async def test_the_room_of_the_page(self, room: Body, page: dict[str, Operation], ids: list[str]) -> None:
        example = page["insertRoom"].takes
        assert [room[name] for name in ("name", "description", "type")] == [
            example[name] for name in ("name", "description", "type")
        ]
        assert room["membersIds"] == [*ids[1:3], ids[0]]
        assert "parentId" not in room

    async def test_list_and_get(self, curl: Curl, page: dict[str, Operation], room: Body) -> None:
        listed = assert_shown(await curl("listRoom"), page["listRoom"])
        assert room["id"] in [each["id"] for each in listed]
        assert assert_shown(await curl("getRoom", roomId=room["id"]), page["getRoom"]) == room

    async def test_update(self, curl: Curl, page: dict[str, Operation], room: Body) -> None:
        body = page["updateRoom"].takes | {"name": "text"}
        shown = assert_shown(await curl("updateRoom", body, roomId=room["id"]), page["updateRoom"])
        assert shown == room | {"name": "text", "updatedAt": shown["updatedAt"]}

    async def test_delete(self, curl: Curl, room: Body) -> None:
        for _ in range(2):
            assert_bare(await curl("deleteRoom", roomId=room["id"]), 204)
        assert_bare(await curl("getRoom", roomId=room["id"]), 404)

    async def test_mute_unmute_and_clear(self, curl: Curl, page: dict[str, Operation], room: Body) -> None:
        assert_bare(await curl("muteRoom", roomId=room["id"]), 204)
        assert (await curl("getRoom", roomId=room["id"])).json()["userSettings"] == {"muted": True}
        assert_bare(await curl("unmuteRoom", roomId=room["id"]), 204)
        cleared = assert_shown(await curl("clearRoomHistory", roomId=room["id"]), page["clearRoomHistory"])
        settings = {"muted": False, "clearedAt": cleared["clearedAt"]}
        assert (await curl("getRoom", roomId=room["id"])).json()["userSettings"] == settings

    async def test_ranks_from_zero_as_in_the_example(
        self, curl: Curl, page: dict[str, Operation], workspace: Body
    ) -> None:
        [example] = page["updateWorkspacesRank"].takes
        assert_bare(await curl("updateWorkspacesRank", [example | {"roomId": workspace["id"]}]), 204)
        body = page["insertRoom"].takes | {"type": "channel", "parentId": workspace["id"]}
        channel = assert_shown(await curl("insertRoom", body), page["insertRoom"], 201)
        [example] = page["updateChannelsRank"].takes
        ranking = [example | {"roomId": channel["id"]}]
        assert_bare(await curl("updateChannelsRank", ranking, workspaceId=workspace["id"]), 204)
        shown = assert_shown(await curl("getRoom", roomId=workspace["id"]), page["getRoom"])
        assert (shown["rank"], [child["rank"] for child in shown["children"]]) == (0, [0])
        assert_bare(await curl("deleteRoom", roomId=workspace["id"]), 204)

    async def test_its_meeting(self, curl: Curl, room: Body) -> None:
        assert_bare(await curl("getMeetingByRoomId", roomId=room["id"]), 404)


class TestMembersByTheirCurlLines:
    async def test_add_list_promote_demote_and_remove(
        self, curl: Curl, page: dict[str, Operation], room: Body, ids: list[str]
    ) -> None:
        body = page["insertRoomMember"].takes | {"userId": ids[3]}
        added = assert_shown(await curl("insertRoomMember", body, roomId=room["id"]), page["insertRoomMember"], 201)
        assert list(added) == ["userId", "owner", "clearedAt"]
        for name, owner in (("updateToOwner", True), ("deleteOwner", False)):
            assert_bare(await curl(name, roomId=room["id"], userId=ids[3]), 204)
            listed = assert_shown(await curl("listRoomMember", roomId=room["id"]), page["listRoomMember"])
            assert listed == [*room["members"], {"userId": ids[3], "owner": owner}]
        for _ in range(2):
            assert_bare(await curl("deleteRoomMember", roomId=room["id"], userId=ids[3]), 204)
        listed = assert_shown(await curl("listRoomMember", roomId=room["id"]), page["listRoomMember"])
        assert listed == room["members"]


class TestFilesByTheirCurlLines:
    async def test_insert_list_get_and_delete(
        self, curl: Curl, page: dict[str, Operation], room: Body, ids: list[str]
    ) -> None:
        added = await curl("insertAttachment", "string", roomId=room["id"])
        id = assert_shown(added, page["insertAttachment"], 201)["id"]
        listed = await curl("listRoomAttachmentInfo", roomId=room["id"])
        [file] = assert_shown(listed, page["listRoomAttachmentInfo"])["attachments"]
        example: Body = dict.fromkeys(("name", "mimeType", "area"), "string")
        example |= {"id": id, "size": 8, "userId": ids[0], "roomId": room["id"], "createdAt": file["createdAt"]}
        assert file == example
        shown = assert_shown(await curl("getAttachmentInfo", fileId=id), page["getAttachmentInfo"])
        assert (list(shown), shown) == (list(page["getAttachmentInfo"].answers), file)
        answer = await curl("getAttachment", fileId=id)
        assert (answer.status_code, answer.content) == (200, b'"string"')
        assert answer.headers["content-type"] == "application/octet-stream"
        assert_bare(await curl("deleteAttachment", fileId=id), 204)
        for name in ("deleteAttachment", "getAttachmentInfo", "getAttachment"):
            assert_bare(await curl(name, fileId=id), 404)

    async def test_pictures(self, curl: Curl, page: dict[str, Operation], room: Body, ids: list[str]) -> None:
        for kind, placed in (("Room", {"roomId": room["id"]}), ("User", {"userId": ids[0]})):
            assert_bare(await curl(f"get{kind}Picture", **placed), 404)
            assert_bare(await curl(f"update{kind}Picture", "string", **placed), 204)
            answer = await curl(f"get{kind}Picture", **placed)
            assert (answer.status_code, answer.content) == (200, b'"string"')
            assert answer.headers["content-type"] == "image/png"
            shown = assert_shown(await curl(f"get{kind}", **placed), page[f"get{kind}"])
            assert "pictureUpdatedAt" in shown
            assert_bare(await curl(f"delete{kind}Picture", **placed), 204)
            assert_bare(await curl(f"delete{kind}Picture", **placed), 404)

    async def test_forward(self, curl: Curl, page: dict[str, Operation], room: Body) -> None:
        assert_bare(await curl("forwardMessages", page["forwardMessages"].takes, roomId=room["id"]), 204)


class TestPreviewsByTheirCurlLines:
    async def sent(self, server: Server, person: dict[str, str], room: Body, content: bytes) -> str:
        """Upload a file, for which the page's own line has no bytes, and return its id."""
        with server.client(Cookie=f"ZM_AUTH_TOKEN={person['token']}", fileName="a", mimeType="text/plain") as client:
            return str(client.post(f"/rooms/{room['id']}/attachments", content=content).json()["id"])

    async def test_of_an_image(self, curl: Curl, room: Body, server: Server, people: list[dict[str, str]]) -> None:
        id = await self.sent(server, people[0], room, saved(quadrants((30, 20)), "PNG"))
        for name in PREVIEWS[:2]:
            for area, size in (("0x0", (30, 20)), ("10x15", (10, 15))):
                answer = await curl(name, fileId=id, area=area)
                assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
                assert Image.open(BytesIO(answer.content)).size == size
            assert_bare(await curl(name, fileId=str(uuid4()), area="0x0"), 404)

    async def test_of_a_paper(self, curl: Curl, room: Body, server: Server, people: list[dict[str, str]]) -> None:
        source = numbered(2)
        id = await self.sent(server, people[0], room, source)
        answer = await curl("getPdfPreview", fileId=id)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
        assert answer.content == source
        answer = await curl("getPdfThumbnail", fileId=id, area="20x15")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
        assert Image.open(BytesIO(answer.content)).size == (20, 15)
        assert_bare(await curl("getPdfPreview", fileId=str(uuid4())), 404)


class TestOthersByTheirCurlLines:
    async def test_users(self, curl: Curl, page: dict[str, Operation], people: list[dict[str, str]]) -> None:
        assert assert_shown(await curl("getUsers"), page["getUsers"]) == []
        shown = assert_shown(await curl("getUser", userId=people[1]["id"]), page["getUser"])
        assert shown == {name: people[1][name] for name in ("id", "email", "name", "type")}
        assert_bare(await curl("getUser", userId=str(uuid4())), 404)

    async def test_capabilities(self, curl: Curl, page: dict[str, Operation]) -> None:
        shown = assert_shown(await curl("getCapabilities"), page["getCapabilities"])
        assert list(shown) == list(page["getCapabilities"].answers)

    async def test_token(self, curl: Curl, page: dict[str, Operation], people: list[dict[str, str]]) -> None:
        shown = assert_shown(await curl("getTokens"), page["getTokens"])
        assert shown == {"zmToken": people[0]["token"]}

    async def test_health(self, curl: Curl, page: dict[str, Operation]) -> None:
        for cookie in (None, "nonsense"):
            shown = assert_shown(await curl("getHealthStatus", cookie=cookie), page["getHealthStatus"])
            assert shown == {"isLive": True, "status": "ok", "dependencies": shown["dependencies"]}
            names = ["database", "authentication_service", "profiling_service"]
            names += ["event_dispatcher", "storage_service", "previewer_service"]
            assert [each["name"] for each in shown["dependencies"]] == names
            for name in ("isLive", "isReady"):
                assert_bare(await curl(name, cookie=cookie), 204)


class TestEveryCurlLine:
    async def test_without_a_credential(
        self, curl: Curl, page: dict[str, Operation], room: Body, ids: list[str]
    ) -> None:
        known = {"roomId": room["id"], "userId": ids[1], "workspaceId": str(uuid4()), "fileId": str(uuid4())}
        known["area"] = "0x0"
        for name in (*ROOMS, *MEMBERS, *FILES, *PICTURES, *PREVIEWS, "forwardMessages", *OTHERS):
            placed = {each: known[each] for each in re.findall(r"{(\w+)}", page[name].line)}
            for cookie in (None, "nonsense"):
                assert_bare(await curl(name, page[name].takes, cookie=cookie, **placed), 401)

    async def test_of_a_room_that_there_is_not(self, curl: Curl, page: dict[str, Operation], ids: list[str]) -> None:
        known = {"roomId": str(uuid4()), "userId": ids[1], "workspaceId": str(uuid4())}
        rooms = ("getRoom", "updateRoom", "deleteRoom", *ROOMS[5:8], ROOMS[9], *MEMBERS, "getMeetingByRoomId")
        for name in (*rooms, *FILES[:2], *PICTURES[:3], "forwardMessages"):
            placed = {each: known[each] for each in re.findall(r"{(\w+)}", page[name].line)}
            status = 204 if name in {"deleteRoom", "deleteRoomMember"} else 404
            body = "string" if name in TAKES_BYTES else page[name].takes
            assert_bare(await curl(name, body, **placed), status)
