"""Who leaves a meeting: `POST /meetings/{meetingId}/leave`."""

from uuid import uuid4

import asyncpg
import pytest
from gatherings import House
from participants import assert_shown, joined
from people import JSON, Meet, Person, Plug, Room, removed
from transcripts import assert_empty


@pytest.fixture
async def meeting(group: Room, meet: Meet) -> Room:
    """The meeting of Ada's group with Ben and Cleo."""
    return await meet(group)


class TestLeave:
    async def test_the_others_stay(self, ada: Person, ben: Person, *, meeting: Room, plug: Plug) -> None:
        socket = await plug(ada)
        await joined(ada, meeting, socket)
        stays = await joined(ben, meeting, await plug(ben))
        assert_empty(await ada("POST", f"/meetings/{meeting['id']}/leave", headers=socket), 204)
        await assert_shown(ada, meeting, stays)

    async def test_with_the_last_one_it_is_over(self, ada: Person, meeting: Room, plug: Plug) -> None:
        socket = await plug(ada)
        await joined(ada, meeting, socket)
        assert_empty(await ada("POST", f"/meetings/{meeting['id']}/leave", headers=socket), 204)
        await assert_shown(ada, meeting)

    @pytest.mark.parametrize("content", [b"", b"{}", b"{", b"\xff"])
    async def test_whatever_the_body(self, ada: Person, meeting: Room, plug: Plug, content: bytes) -> None:
        await joined(ada, meeting, await plug(ada))
        assert_empty(await ada("POST", f"/meetings/{meeting['id']}/leave", headers=JSON, content=content), 204)
        await assert_shown(ada, meeting)

    async def test_without_a_queue_by_whatever_socket(self, ada: Person, meeting: Room, plug: Plug) -> None:
        await joined(ada, meeting, await plug(ada))
        assert_empty(await ada("POST", f"/meetings/{meeting['id']}/leave", headers={"queue-id": ""}), 204)
        await assert_shown(ada, meeting)

    async def test_of_another_socket_changes_nothing(
        self, ada: Person, ben: Person, *, meeting: Room, plug: Plug, venue: House
    ) -> None:
        socket = await plug(ada)
        here = await joined(ada, meeting, socket)
        before = await venue.told()
        for person, headers in ((ada, await plug(ada)), (ada, {"queue-id": str(uuid4())}), (ben, socket), (ben, {})):
            assert_empty(await person("POST", f"/meetings/{meeting['id']}/leave", headers=headers), 204)
        await assert_shown(ada, meeting, here)
        assert await venue.told() == before

    async def test_twice_changes_nothing(self, ada: Person, *, meeting: Room, plug: Plug, venue: House) -> None:
        socket = await plug(ada)
        await joined(ada, meeting, socket)
        for headers in (socket, socket, {}):
            assert_empty(await ada("POST", f"/meetings/{meeting['id']}/leave", headers=headers), 204)
        told = [type for type, _, _ in await venue.told()]
        assert told[-2:] == ["MeetingParticipantLeft", "MeetingStopped"]
        assert (told.count("MeetingParticipantLeft"), told.count("MeetingStopped")) == (1, 1)

    async def test_and_come_again(self, ada: Person, ben: Person, *, meeting: Room, plug: Plug) -> None:
        socket = await plug(ada)
        await joined(ada, meeting, socket)
        other = await joined(ben, meeting, await plug(ben))
        assert_empty(await ada("POST", f"/meetings/{meeting['id']}/leave", headers=socket), 204)
        await assert_shown(ben, meeting, other, await joined(ada, meeting, socket))

    async def test_by_being_removed_as_a_user(
        self, ada: Person, ben: Person, *, meeting: Room, plug: Plug, database: asyncpg.Connection
    ) -> None:
        here = await joined(ada, meeting, await plug(ada))
        await joined(ben, meeting, await plug(ben))
        await removed(ben, database)
        await assert_shown(ada, meeting, here)
