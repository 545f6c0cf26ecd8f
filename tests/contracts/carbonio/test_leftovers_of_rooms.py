"""When a room, a member or a user goes: no row, no byte and no way to a file is left that should not be.

What is judged is what the deletion itself left behind: rows go with it, bytes are the sweep's from then on, and go.
"""

import asyncpg
import pytest
from people import NOBODY, Files, Person, Room, escaped, files_of, removed, stanza
from transcripts import assert_empty

NOTHING = {"attachment": 0, "blob": 0, "message": 0}
ONE = {"attachment": 1, "blob": 1, "message": 1}
TYPES = pytest.mark.parametrize("type", ["group", "temporary"])
PICTURE = {"headers": {"fileName": escaped("a.png"), "mimeType": "image/png"}, "content": b"\x89PNG"}


async def assert_unreachable(id: str, status: int, *people: Person) -> None:
    """See that none of these comes to the file by any path."""
    for person in people:
        for path in (f"/attachments/{id}", f"/attachments/{id}/download"):
            for method in ("GET", "HEAD"):
                assert_empty(await person(method, path), status)
        answer = await person("POST", f"/rooms/{await own(person)}/forward", json=[{"originalMessage": stanza(id)}])
        assert_empty(answer, status)
        assert_empty(await person("DELETE", f"/attachments/{id}"), status)


async def own(person: Person) -> str:
    """Return the id of a room of somebody's own."""
    return str((await person.created("temporary", name="Own"))["id"])


async def wake(person: Person) -> None:
    """Let the server's sweep look at its list, which somebody else has written to: else it does once a minute."""
    id = await person.sent(await person.created("temporary", name="Own"))
    assert_empty(await person("DELETE", f"/attachments/{id}"), 204)


class TestARoomIsDeleted:
    @TYPES
    async def test_with_the_files_of_all(
        self, ada: Person, ben: Person, cleo: Person, files: Files, *, type: str
    ) -> None:
        room = await ada.created(type, ben, cleo, name="Ones")
        ids = [await person.sent(room, description="words") for person in (ada, ben, cleo)]
        blobs = await files.bytes_of(*ids)
        assert_empty(await ada("DELETE", f"/rooms/{room['id']}"), 204)
        assert await files.rows() == NOTHING
        await files.assert_swept(*blobs)
        for id in ids:
            await assert_unreachable(id, 404, ada, ben, cleo)
        assert_empty(await ada("GET", files_of(room)), 404)

    async def test_with_very_many_files(self, ada: Person, group: Room, files: Files) -> None:
        ids = [await ada.sent(group) for _ in range(120)]
        blobs = await files.bytes_of(*ids)
        assert_empty(await ada("DELETE", f"/rooms/{group['id']}"), 204)
        assert await files.rows() == NOTHING
        await files.assert_swept(*blobs)

    async def test_with_its_picture(self, ada: Person, group: Room, files: Files) -> None:
        before = await files.kept()
        assert_empty(await ada("PUT", f"/rooms/{group['id']}/picture", **PICTURE), 204)
        [blob] = await files.kept() - before
        assert_empty(await ada("DELETE", f"/rooms/{group['id']}"), 204)
        assert await files.rows() == NOTHING
        await files.assert_swept(blob)
        assert_empty(await ada("GET", f"/rooms/{group['id']}/picture"), 404)

    async def test_and_no_other(self, ada: Person, ben: Person, group: Room, files: Files) -> None:
        other = await ada.created("one_to_one", ben)
        id = await ada.sent(other)
        await ada.sent(group)
        assert_empty(await ada("DELETE", f"/rooms/{group['id']}"), 204)
        assert await files.rows() == ONE
        assert await ben.has(id) == b"notes"

    async def test_by_one_who_may_not(self, ada: Person, ben: Person, group: Room, files: Files) -> None:
        id = await ada.sent(group)
        assert_empty(await ben("DELETE", f"/rooms/{group['id']}"), 403)
        assert await files.rows() == ONE
        assert await ada.has(id) == b"notes"

    async def test_that_never_was(self, ada: Person, group: Room, files: Files) -> None:
        await ada.sent(group)
        assert_empty(await ada("DELETE", f"/rooms/{NOBODY}"), 204)
        assert await files.rows() == ONE


class TestAWorkspaceIsDeleted:
    async def test_with_what_its_channels_have(
        self, ada: Person, ben: Person, workspace: Room, channel: Room, files: Files
    ) -> None:
        second = await ada.created("channel", name="Attic", parentId=workspace["id"])
        source = await ben.created("temporary", name="Own")
        sent = [await ben.sent(source) for _ in range(3)]
        blobs = await files.bytes_of(*sent)
        rooms = (workspace, channel, second)
        ids = [await ben.forwarded(id, room) for id, room in zip(sent, rooms, strict=True)]
        assert_empty(await ben("DELETE", f"/rooms/{source['id']}"), 204)
        assert [await ada.has(id) for id in ids] == [b"notes"] * 3
        assert_empty(await ada("DELETE", f"/rooms/{workspace['id']}"), 204)
        assert await files.rows() == NOTHING
        await files.assert_swept(*blobs)
        for id in ids:
            await assert_unreachable(id, 404, ada, ben)

    async def test_or_a_channel_alone(
        self, ada: Person, ben: Person, workspace: Room, channel: Room, files: Files
    ) -> None:
        source = await ben.created("temporary", name="Own")
        one, other = [await ben.sent(source), await ben.sent(source)]
        blobs = await files.bytes_of(one, other)
        gone, stays = await ben.forwarded(one, channel), await ben.forwarded(other, workspace)
        await ben("DELETE", f"/rooms/{source['id']}")
        assert_empty(await ada("DELETE", f"/rooms/{channel['id']}"), 204)
        await files.assert_swept(blobs[0])
        assert await files.rows() == ONE
        await assert_unreachable(gone, 404, ada, ben)
        assert await ada.has(stays) == b"notes"


class TestAMemberGoes:
    @TYPES
    async def test_the_last_one_takes_all_along(
        self, ada: Person, ben: Person, cleo: Person, files: Files, *, type: str
    ) -> None:
        room = await ada.created(type, ben, cleo, name="Ones")
        ids = [await person.sent(room) for person in (ada, ben)]
        blobs = await files.bytes_of(*ids)
        for person in (cleo, ben):
            await person("DELETE", f"/rooms/{room['id']}/members/{person.id}")
        assert [await ada.has(id) for id in ids] == [b"notes"] * 2
        assert_empty(await ada("DELETE", f"/rooms/{room['id']}/members/{ada.id}"), 204)
        assert await files.rows() == NOTHING
        await files.assert_swept(*blobs)
        for id in ids:
            await assert_unreachable(id, 404, ada, ben)

    async def test_the_last_one_takes_the_channels_files_along(
        self, ada: Person, ben: Person, cleo: Person, workspace: Room, channel: Room, *, files: Files
    ) -> None:
        source = await ben.created("temporary", name="Own")
        sent = await ben.sent(source)
        blobs = await files.bytes_of(sent)
        id = await ben.forwarded(sent, channel)
        await ben("DELETE", f"/rooms/{source['id']}")
        for person in (ben, cleo, ada):
            answer = await person("DELETE", f"/rooms/{workspace['id']}/members/{person.id}")
            assert_empty(answer, 204)
        assert await files.rows() == NOTHING
        await files.assert_swept(*blobs)
        await assert_unreachable(id, 404, ada, ben)

    @TYPES
    @pytest.mark.parametrize("by", ["kicked", "left"])
    async def test_and_reads_no_more(
        self, ada: Person, ben: Person, cleo: Person, files: Files, *, type: str, by: str
    ) -> None:
        room = await ada.created(type, ben, cleo, name="Ones")
        ids = [await person.sent(room) for person in (ada, ben)]
        who = ada if by == "kicked" else ben
        assert_empty(await who("DELETE", f"/rooms/{room['id']}/members/{ben.id}"), 204)
        for id in ids:
            await assert_unreachable(id, 403, ben)
            assert await cleo.has(id) == b"notes"
        assert_empty(await ben("GET", files_of(room)), 403)
        assert await files.rows() == {"attachment": 2, "blob": 2, "message": 2}

    async def test_of_a_workspace_and_reads_no_more_in_its_channels(
        self, ada: Person, ben: Person, workspace: Room, channel: Room
    ) -> None:
        source = await ben.sent(await ben.created("temporary", name="Own"))
        ids = [await ben.forwarded(source, room) for room in (workspace, channel)]
        await ada("DELETE", f"/rooms/{workspace['id']}/members/{ben.id}")
        for id in ids:
            await assert_unreachable(id, 403, ben)
            assert await ada.has(id) == b"notes"
        for room in (workspace, channel):
            assert_empty(await ben("GET", files_of(room)), 403)
        assert await ben.has(source) == b"notes"


class TestAUserIsRemoved:
    async def test_his_files_stay_where_others_are(
        self, ada: Person, ben: Person, group: Room, database: asyncpg.Connection, *, files: Files
    ) -> None:
        id = await ben.sent(group, description="words")
        before = (await ada("GET", f"/attachments/{id}")).json()
        await removed(ben, database)
        assert (await ada("GET", f"/attachments/{id}")).json() == before
        assert (await ada("GET", files_of(group))).json()["attachments"] == [before]
        assert await ada.has(id) == b"notes"
        assert await files.rows() == ONE
        await assert_nobody(ben, id)
        assert_empty(await ada("DELETE", f"/attachments/{id}"), 204)

    @pytest.mark.parametrize("sender", range(2), ids=["his own", "the other's"])
    async def test_the_files_of_his_one_to_ones_go(
        self, ada: Person, ben: Person, database: asyncpg.Connection, *, files: Files, sender: int
    ) -> None:
        id = await (ben, ada)[sender].sent(await ada.created("one_to_one", ben))
        blobs = await files.bytes_of(id)
        await removed(ben, database)
        assert await files.rows() == NOTHING
        await wake(ada)
        await files.assert_swept(*blobs)
        await assert_unreachable(id, 404, ada)
        await assert_nobody(ben, id)

    @pytest.mark.parametrize("type", ["temporary", "workspace"])
    async def test_the_files_go_of_rooms_where_he_was_alone(
        self, ada: Person, ben: Person, database: asyncpg.Connection, *, files: Files, type: str
    ) -> None:
        room = await ben.created(type, ben, ada, name="Own")
        place = room if type == "temporary" else await ben.created("channel", name="Hall", parentId=room["id"])
        source = await ada.created("temporary", name="Source")
        await ada.forwarded(await ada.sent(source), place)
        blobs = await files.bytes_of(
            *(item["id"] for item in (await ben("GET", files_of(place))).json()["attachments"])
        )
        await ada("DELETE", f"/rooms/{source['id']}")
        await ada("DELETE", f"/rooms/{room['id']}/members/{ada.id}")
        await removed(ben, database)
        assert await files.rows() == NOTHING
        await wake(ada)
        await files.assert_swept(*blobs)

    async def test_his_picture_goes(self, ada: Person, ben: Person, database: asyncpg.Connection, files: Files) -> None:
        before = await files.kept()
        assert_empty(await ben("PUT", f"/users/{ben.id}/picture", **PICTURE), 204)
        [blob] = await files.kept() - before
        await removed(ben, database)
        assert await files.rows() == NOTHING
        await wake(ada)
        await files.assert_swept(blob)
        assert_empty(await ada("GET", f"/users/{ben.id}/picture"), 404)


async def assert_nobody(person: Person, id: str) -> None:
    """See that one who is removed comes to no file, for he is nobody."""
    for path in (f"/attachments/{id}", f"/attachments/{id}/download"):
        assert_empty(await person("GET", path), 401)


class TestAFileInTwoRooms:
    @pytest.mark.parametrize("first", [0, 1], ids=["the source", "the copy"])
    @pytest.mark.parametrize("by", ["rooms", "attachments"])
    async def test_survives_either_and_not_both(
        self, ada: Person, ben: Person, group: Room, files: Files, *, first: int, by: str
    ) -> None:
        other = await ada.created("temporary", ben, ada, name="Other")
        sent = await ben.sent(group, "é.txt", area="1x1", mimeType="text/x")
        ids, rooms = [sent, await ben.forwarded(sent, other)], [group, other]
        blobs = await files.bytes_of(*ids)
        assert len(set(blobs)) == 1
        paths = [f"/rooms/{room['id']}" for room in rooms] if by == "rooms" else [f"/attachments/{id}" for id in ids]
        assert_empty(await ada("DELETE", paths[first]), 204)
        await assert_unreachable(ids[first], 404, ada, ben)
        left = (await ada("GET", f"/attachments/{ids[1 - first]}")).json()
        assert [left[name] for name in ("name", "size", "mimeType", "area")] == ["é.txt", 5, "text/x", "1x1"]
        assert await ada.has(ids[1 - first]) == b"notes"
        assert not await files.database.fetch("SELECT FROM stray_blob")
        assert_empty(await ada("DELETE", paths[1 - first]), 204)
        await files.assert_swept(blobs[0])
        await assert_unreachable(ids[1 - first], 404, ada, ben)

    async def test_of_one_room_goes_with_it_at_once(self, ada: Person, ben: Person, group: Room, files: Files) -> None:
        sent = await ben.sent(group)
        copy = await ben.forwarded(sent, group)
        blobs = await files.bytes_of(sent, copy)
        assert_empty(await ada("DELETE", f"/rooms/{group['id']}"), 204)
        assert await files.rows() == NOTHING
        await files.assert_swept(blobs[0])
