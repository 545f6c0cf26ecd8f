"""`GET` and `DELETE /attachments/{fileId}`: what is told of a file, and who may delete it."""

import httpx
import pytest
from people import BASES, NOBODY, Files, Person, Room, files_of
from transcripts import assert_empty, assert_same

JUNK = [NOBODY, "junk", "1", "%00", "%0A", "%FF", f"{NOBODY}0", f"{NOBODY}%20", f"{{{NOBODY}}}", "x" * 10_000]


def path_of(id: str) -> str:
    return f"/attachments/{id}"


async def is_there(person: Person, id: str) -> None:
    """See that somebody finds the file as it was."""
    assert (await person("GET", path_of(id))).json()["id"] == id
    assert await person.has(id) == b"notes"


class TestInfo:
    @pytest.mark.parametrize("base", BASES)
    @pytest.mark.parametrize("end", ["", "/"])
    async def test_is_the_same_for_every_member(
        self, ada: Person, ben: Person, cleo: Person, group: Room, *, base: str, end: str
    ) -> None:
        id = await ben.sent(group, "a.png", mimeType="image/png")
        moment = (await ada("GET", path_of(id))).json()["createdAt"]
        expected = {
            "id": id,
            "name": "a.png",
            "size": 5,
            "mimeType": "image/png",
            "userId": ben.id,
            "roomId": group["id"],
            "createdAt": moment,
        }
        for person in (ada, ben, cleo):
            assert_same(await person("GET", base + path_of(id) + end), expected)

    async def test_has_no_body_for_head(self, ada: Person, group: Room) -> None:
        path = path_of(await ada.sent(group))
        answer, head = [await ada(method, path) for method in ("GET", "HEAD")]
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == answer.headers["content-length"]

    async def test_the_id_in_upper_case(self, ada: Person, group: Room) -> None:
        id = await ada.sent(group)
        assert (await ada("GET", path_of(id.upper()))).json()["id"] == id

    async def test_one_who_is_no_member(self, dora: Person, ada: Person, group: Room) -> None:
        assert_empty(await dora("GET", path_of(await ada.sent(group))), 403)

    async def test_one_who_has_left_his_own(self, ada: Person, ben: Person, group: Room) -> None:
        id = await ben.sent(group)
        await ada("DELETE", f"/rooms/{group['id']}/members/{ben.id}")
        assert_empty(await ben("GET", path_of(id)), 403)
        await ada("POST", f"/rooms/{group['id']}/members", json={"userId": ben.id, "historyCleared": True})
        await is_there(ben, id)

    async def test_of_a_channel_follows_the_workspace(
        self, ada: Person, ben: Person, dora: Person, workspace: Room, channel: Room
    ) -> None:
        id = await ada.forwarded(await ada.sent(await ada.created("temporary", name="Own")), channel)
        await is_there(ben, id)
        assert_empty(await dora("GET", path_of(id)), 403)
        await ada("POST", f"/rooms/{workspace['id']}/members", json={"userId": dora.id, "historyCleared": False})
        await is_there(dora, id)

    @pytest.mark.parametrize("id", JUNK)
    async def test_of_none(self, ada: Person, id: str) -> None:
        assert_empty(await ada("GET", path_of(id)), 404)

    async def test_of_a_room_is_none(self, ada: Person, group: Room) -> None:
        assert_empty(await ada("GET", path_of(group["id"])), 404)

    async def test_nobody_known(self, client: httpx.AsyncClient, ada: Person, group: Room) -> None:
        for id in (await ada.sent(group), NOBODY, "junk"):
            assert_empty(await client.get(path_of(id)), 401)
            assert_empty(await client.get(path_of(id), headers={"Cookie": "ZM_AUTH_TOKEN=junk"}), 401)


class TestDelete:
    @pytest.mark.parametrize("base", BASES)
    @pytest.mark.parametrize("end", ["", "/"])
    async def test_by_its_sender(
        self, ada: Person, ben: Person, group: Room, files: Files, *, base: str, end: str
    ) -> None:
        kept, id = await ben.sent(group), await ben.sent(group)
        blobs = await files.bytes_of(id)
        assert_empty(await ben("DELETE", base + path_of(id) + end), 204)
        for person in (ada, ben):
            assert_empty(await person("GET", path_of(id)), 404)
            assert_empty(await person("GET", f"{path_of(id)}/download"), 404)
            assert [item["id"] for item in (await person("GET", files_of(group))).json()["attachments"]] == [kept]
        await files.assert_swept(*blobs)
        await is_there(ada, kept)

    async def test_by_an_owner(self, ada: Person, ben: Person, group: Room) -> None:
        id = await ben.sent(group)
        assert_empty(await ada("DELETE", path_of(id)), 204)
        assert_empty(await ben("GET", path_of(id)), 404)

    async def test_by_one_who_became_an_owner(self, ada: Person, ben: Person, cleo: Person, group: Room) -> None:
        id = await ada.sent(group)
        for method, status in (("PUT", 204), ("DELETE", 403)):
            other = await cleo.sent(group)
            await ada(method, f"/rooms/{group['id']}/members/{ben.id}/owner")
            assert_empty(await ben("DELETE", path_of(other)), status)
        await is_there(ben, id)

    async def test_by_either_of_two_who_own_the_room(self, ada: Person, ben: Person) -> None:
        room = await ada.created("one_to_one", ben)
        for sender, other in ((ada, ben), (ben, ada)):
            assert_empty(await other("DELETE", path_of(await sender.sent(room))), 204)

    async def test_in_a_channel_by_the_workspaces_owner(
        self, ada: Person, ben: Person, cleo: Person, workspace: Room, channel: Room
    ) -> None:
        for room in (workspace, channel):
            source = await ben.sent(await ben.created("temporary", name="Own"))
            for person in (ada, ben):
                id = await ben.forwarded(source, room)
                assert_empty(await cleo("DELETE", path_of(id)), 403)
                assert_empty(await person("DELETE", path_of(id)), 204)
            await is_there(ben, source)

    async def test_by_another_member(self, ada: Person, ben: Person, cleo: Person, group: Room) -> None:
        for sender in (ada, ben):
            id = await sender.sent(group)
            assert_empty(await cleo("DELETE", path_of(id)), 403)
            await is_there(cleo, id)

    async def test_by_one_who_is_no_member(self, ada: Person, dora: Person, group: Room) -> None:
        id = await ada.sent(group)
        await dora.created("temporary", name="Own")
        assert_empty(await dora("DELETE", path_of(id)), 403)
        await is_there(ada, id)

    async def test_by_a_sender_who_has_left(self, ada: Person, ben: Person, group: Room) -> None:
        id = await ben.sent(group)
        await ben("DELETE", f"/rooms/{group['id']}/members/{ben.id}")
        assert_empty(await ben("DELETE", path_of(id)), 403)
        await is_there(ada, id)

    async def test_twice(self, ada: Person, group: Room) -> None:
        id = await ada.sent(group)
        assert_empty(await ada("DELETE", path_of(id)), 204)
        assert_empty(await ada("DELETE", path_of(id)), 404)

    @pytest.mark.parametrize("id", JUNK)
    async def test_of_none(self, ada: Person, id: str) -> None:
        assert_empty(await ada("DELETE", path_of(id)), 404)

    async def test_nobody_known(self, client: httpx.AsyncClient, ada: Person, group: Room) -> None:
        id = await ada.sent(group)
        for one in (id, NOBODY, "junk"):
            assert_empty(await client.delete(path_of(one)), 401)
            assert_empty(await client.delete(path_of(one), headers={"Cookie": "ZM_AUTH_TOKEN=junk"}), 401)
        await is_there(ada, id)


class TestMethods:
    @pytest.mark.parametrize("base", BASES)
    async def test_that_there_are(self, ada: Person, group: Room, base: str) -> None:
        id = await ada.sent(group)
        for path, methods in (
            (files_of(group), {"GET", "HEAD", "POST", "PUT"}),
            (path_of(id), {"GET", "HEAD", "DELETE"}),
            (f"{path_of(id)}/download", {"GET", "HEAD"}),
        ):
            answer = await ada("PATCH", base + path)
            assert_empty(answer, 405)
            assert set(answer.headers["allow"].split(", ")) == methods
