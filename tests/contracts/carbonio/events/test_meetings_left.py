"""Who loses a room loses its meeting: members, users and rooms that go while somebody is in one."""

import asyncpg
import httpx
import pytest
from people import Person, removed
from sockets import Gather, Play
from watchers import Watcher

#: Everybody is in the meeting of Ada's group, each by his first socket.
IN_A_GROUP = """
ada > POST /rooms {"type":"group","name":"Ones","membersIds":["<ben>","<cleo>"]} 201
all < {"type":"ROOM_CREATED","roomId":"<group>"}
ada > POST /meetings {"roomId":"<group>","meetingType":"permanent"} 200
all < {"type":"MEETING_CREATED","meetingId":"<meeting>","roomId":"<group>"}
ada > POST /meetings/<meeting>/start 200
all < {"type":"MEETING_STARTED","meetingId":"<meeting>","starterUser":"<ada>","startedAt":"<at>"}
ada.1 > POST /meetings/<meeting>/join 200
all < {"type":"MEETING_PARTICIPANT_JOINED","meetingId":"<meeting>","userId":"<ada>"}
ben.1 > POST /meetings/<meeting>/join 200
all < {"type":"MEETING_PARTICIPANT_JOINED","meetingId":"<meeting>","userId":"<ben>"}
cleo.1 > POST /meetings/<meeting>/join 200
all < {"type":"MEETING_PARTICIPANT_JOINED","meetingId":"<meeting>","userId":"<cleo>"}
"""
#: Ben is in the meeting of a channel of Ada's workspace.
IN_A_CHANNEL = """
ada > POST /rooms {"type":"workspace","name":"House","membersIds":["<ben>","<cleo>"]} 201
all < {"type":"ROOM_CREATED","roomId":"<workspace>"}
ada > POST /rooms {"type":"channel","name":"Hall","parentId":"<workspace>"} 201
all < {"type":"ROOM_CREATED","roomId":"<channel>"}
ada > POST /meetings {"roomId":"<channel>","meetingType":"permanent"} 200
all < {"type":"MEETING_CREATED","meetingId":"<meeting>","roomId":"<channel>"}
ben.1 > POST /meetings/<meeting>/join 200
ben > GET /meetings/<meeting> 200
all < {"type":"MEETING_STARTED","meetingId":"<meeting>","starterUser":"<ben>","startedAt":"<at>"}
all < {"type":"MEETING_PARTICIPANT_JOINED","meetingId":"<meeting>","userId":"<ben>"}
"""


@pytest.fixture
async def play(gather: Gather, ada: Person, ben: Person, cleo: Person) -> Play:
    return await gather(ada, ben, cleo)


@pytest.fixture
async def in_a_group(play: Play) -> Play:
    await play(IN_A_GROUP)
    return play


@pytest.fixture
async def in_a_channel(play: Play) -> Play:
    await play(IN_A_CHANNEL)
    return play


class TestMembers:
    async def test_who_are_put_out_of_the_room_are_out_of_its_meeting_before(self, in_a_group: Play) -> None:
        await in_a_group("""
        ada > DELETE /rooms/<group>/members/<ben> 204
        all < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<ben>"}
        all < {"type":"ROOM_MEMBER_REMOVED","roomId":"<group>","userId":"<ben>"}
        ben.1 > POST /meetings/<meeting>/leave 403
        ben.1 > closes
        cleo > DELETE /rooms/<group>/members/<cleo> 204
        ada cleo < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<cleo>"}
        ada cleo < {"type":"ROOM_MEMBER_REMOVED","roomId":"<group>","userId":"<cleo>"}
        """)

    async def test_who_are_the_last_in_the_meeting_stop_it(self, in_a_group: Play) -> None:
        await in_a_group("""
        ada.1 > POST /meetings/<meeting>/leave 204
        all < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<ada>"}
        cleo.1 > closes
        all < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<cleo>"}
        ben > DELETE /rooms/<group>/members/<ben> 204
        all < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<ben>"}
        all < {"type":"MEETING_STOPPED","meetingId":"<meeting>"}
        all < {"type":"ROOM_MEMBER_REMOVED","roomId":"<group>","userId":"<ben>"}
        """)

    async def test_who_are_not_in_the_meeting_leave_the_room_alone(self, in_a_group: Play) -> None:
        await in_a_group("""
        ben.1 > POST /meetings/<meeting>/leave 204
        all < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<ben>"}
        ada > DELETE /rooms/<group>/members/<ben> 204
        all < {"type":"ROOM_MEMBER_REMOVED","roomId":"<group>","userId":"<ben>"}
        """)

    async def test_the_last_of_a_room_takes_the_meeting_along(self, in_a_group: Play) -> None:
        await in_a_group("""
        ada > DELETE /rooms/<group>/members/<ben> 204
        all < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<ben>"}
        all < {"type":"ROOM_MEMBER_REMOVED","roomId":"<group>","userId":"<ben>"}
        ada > DELETE /rooms/<group>/members/<cleo> 204
        ada cleo < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<cleo>"}
        ada cleo < {"type":"ROOM_MEMBER_REMOVED","roomId":"<group>","userId":"<cleo>"}
        ada > DELETE /rooms/<group>/members/<ada> 204
        ada < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<ada>"}
        ada < {"type":"MEETING_STOPPED","meetingId":"<meeting>"}
        ada < {"type":"ROOM_MEMBER_REMOVED","roomId":"<group>","userId":"<ada>"}
        ada < {"type":"MEETING_DELETED","meetingId":"<meeting>"}
        ada < {"type":"ROOM_DELETED","roomId":"<group>"}
        """)

    async def test_of_a_workspace_are_out_of_its_channels_meetings(self, in_a_channel: Play) -> None:
        await in_a_channel("""
        ada > DELETE /rooms/<workspace>/members/<ben> 204
        all < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<ben>"}
        all < {"type":"MEETING_STOPPED","meetingId":"<meeting>"}
        all < {"type":"ROOM_MEMBER_REMOVED","roomId":"<workspace>","userId":"<ben>"}
        ben.1 > POST /meetings/<meeting>/join 403
        """)

    async def test_of_a_workspace_are_out_of_its_own_meeting_too(self, in_a_channel: Play) -> None:
        channels = in_a_channel.names["meeting"]
        await in_a_channel("""
        ada > POST /meetings {"roomId":"<workspace>","meetingType":"permanent"} 200
        all < {"type":"MEETING_CREATED","meetingId":"<meeting>","roomId":"<workspace>"}
        cleo > POST /meetings/<meeting>/start 200
        all < {"type":"MEETING_STARTED","meetingId":"<meeting>","starterUser":"<cleo>","startedAt":"<at>"}
        cleo.2 > POST /meetings/<meeting>/join 200
        all < {"type":"MEETING_PARTICIPANT_JOINED","meetingId":"<meeting>","userId":"<cleo>"}
        ben.2 > POST /meetings/<meeting>/join 200
        all < {"type":"MEETING_PARTICIPANT_JOINED","meetingId":"<meeting>","userId":"<ben>"}
        """)
        in_a_channel.names["channels"] = channels
        await in_a_channel("""
        ben > DELETE /rooms/<workspace>/members/<ben> 204
        all < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<channels>","userId":"<ben>"}
        all < {"type":"MEETING_STOPPED","meetingId":"<channels>"}
        all < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<ben>"}
        all < {"type":"ROOM_MEMBER_REMOVED","roomId":"<workspace>","userId":"<ben>"}
        """)


class TestRooms:
    async def test_that_are_deleted_tell_of_their_meeting_first(self, in_a_group: Play) -> None:
        await in_a_group("""
        ada > DELETE /rooms/<group> 204
        all < {"type":"MEETING_STOPPED","meetingId":"<meeting>"}
        all < {"type":"MEETING_DELETED","meetingId":"<meeting>"}
        all < {"type":"ROOM_DELETED","roomId":"<group>"}
        ada.1 > POST /meetings/<meeting>/leave 404
        ben.1 > closes
        """)

    async def test_whose_meeting_is_not_active_tell_that_it_is_deleted(self, in_a_group: Play) -> None:
        await in_a_group("""
        cleo > POST /meetings/<meeting>/stop 200
        all < {"type":"MEETING_STOPPED","meetingId":"<meeting>"}
        ada > DELETE /rooms/<group> 204
        all < {"type":"MEETING_DELETED","meetingId":"<meeting>"}
        all < {"type":"ROOM_DELETED","roomId":"<group>"}
        """)

    async def test_of_a_workspace_end_its_channels_meetings_without_a_word(
        self, in_a_channel: Play, v2: httpx.AsyncClient
    ) -> None:
        in_a_channel.v2 = Watcher(v2)
        await in_a_channel("""
        v2 < Hall, enabled: ben
        ada > DELETE /rooms/<workspace> 204
        all < {"type":"ROOM_DELETED","roomId":"<workspace>"}
        v2 < gone
        ben.1 > POST /meetings/<meeting>/join 404
        ben.1 > closes
        """)

    async def test_of_a_workspace_tell_of_its_own_meeting(self, in_a_channel: Play) -> None:
        await in_a_channel("""
        ada > POST /meetings {"roomId":"<workspace>","meetingType":"permanent"} 200
        all < {"type":"MEETING_CREATED","meetingId":"<meeting>","roomId":"<workspace>"}
        cleo > POST /meetings/<meeting>/start 200
        all < {"type":"MEETING_STARTED","meetingId":"<meeting>","starterUser":"<cleo>","startedAt":"<at>"}
        ada > DELETE /rooms/<workspace> 204
        all < {"type":"MEETING_STOPPED","meetingId":"<meeting>"}
        all < {"type":"MEETING_DELETED","meetingId":"<meeting>"}
        all < {"type":"ROOM_DELETED","roomId":"<workspace>"}
        """)


class TestRemovedUsers:
    async def test_are_out_of_the_meeting_before_they_are_out_of_the_room(
        self, in_a_group: Play, desk: asyncpg.Connection
    ) -> None:
        await removed(in_a_group.people.pop("ben"), desk)
        await in_a_group("""
        all < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<ben>"}
        all < {"type":"ROOM_MEMBER_REMOVED","roomId":"<group>","userId":"<ben>"}
        """)

    async def test_who_are_the_last_in_a_channels_meeting_stop_it(
        self, in_a_channel: Play, desk: asyncpg.Connection
    ) -> None:
        await removed(in_a_channel.people.pop("ben"), desk)
        await in_a_channel("""
        all < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<ben>"}
        all < {"type":"MEETING_STOPPED","meetingId":"<meeting>"}
        all < {"type":"ROOM_MEMBER_REMOVED","roomId":"<workspace>","userId":"<ben>"}
        """)

    async def test_take_the_meetings_of_their_one_to_ones_along(self, play: Play, desk: asyncpg.Connection) -> None:
        await play("""
        ada > POST /rooms {"type":"one_to_one","membersIds":["<ben>"]} 201
        ada ben < {"type":"ROOM_CREATED","roomId":"<one_to_one>"}
        ada > POST /meetings {"roomId":"<one_to_one>","meetingType":"permanent"} 200
        ada ben < {"type":"MEETING_CREATED","meetingId":"<meeting>","roomId":"<one_to_one>"}
        ada > POST /meetings/<meeting>/start 200
        ada ben < {"type":"MEETING_STARTED","meetingId":"<meeting>","starterUser":"<ada>","startedAt":"<at>"}
        ada.1 > POST /meetings/<meeting>/join 200
        ada ben < {"type":"MEETING_PARTICIPANT_JOINED","meetingId":"<meeting>","userId":"<ada>"}
        """)
        await removed(play.people.pop("ben"), desk)
        await play("""
        ada < {"type":"MEETING_STOPPED","meetingId":"<meeting>"}
        ada < {"type":"MEETING_DELETED","meetingId":"<meeting>"}
        ada < {"type":"ROOM_DELETED","roomId":"<one_to_one>"}
        """)


class TestAdministrators:
    async def test_who_delete_it_stop_it_first(self, in_a_group: Play, vcs: httpx.AsyncClient) -> None:
        id = f"RO-{in_a_group.names['meeting']}"
        assert (await vcs.delete("/api/realtime/room", params={"id": id})).status_code == 200
        await in_a_group("""
        all < {"type":"MEETING_STOPPED","meetingId":"<meeting>"}
        all < {"type":"MEETING_DELETED","meetingId":"<meeting>"}
        ada > GET /meetings/<meeting> 404
        ada > POST /meetings {"roomId":"<group>","meetingType":"permanent"} 200
        all < {"type":"MEETING_CREATED","meetingId":"<meeting>","roomId":"<group>"}
        """)

    async def test_who_put_people_out_or_end_it_are_heard_by_all(
        self, in_a_group: Play, v2: httpx.AsyncClient, ada: Person
    ) -> None:
        in_a_group.v2 = Watcher(v2, hosts=("ada",))
        await in_a_group("""
        v2 < Ones, enabled: ada ben cleo
        v2 > POST /v2/active-rooms/<hex>/remove-peers {"role":"host"} 200
        all < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<ada>"}
        v2 < Ones, enabled: -ada ben cleo
        v2 > POST /v2/active-rooms/<hex>/end-room {"lock":true} 200
        all < {"type":"MEETING_STOPPED","meetingId":"<meeting>"}
        v2 < Ones, disabled
        ada.1 > POST /meetings/<meeting>/join 403
        """)

    async def test_who_send_messages_are_heard_by_who_is_in_it(self, in_a_group: Play, v2: httpx.AsyncClient) -> None:
        in_a_group.v2 = Watcher(v2)
        await in_a_group("""
        v2 > POST /v2/active-rooms/<hex>/send-message {"message":"Time is up"} 200
        all < {"type":"MEETING_MESSAGE_SENT","meetingId":"<meeting>","message":"Time is up","messageType":"chat"}
        cleo.1 > POST /meetings/<meeting>/leave 204
        all < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<cleo>"}
        v2 > POST /v2/active-rooms/<hex>/send-message {"message":"You","role":"host","type":"call"} 200
        ada < {"type":"MEETING_MESSAGE_SENT","meetingId":"<meeting>","message":"You","messageType":"call"}
        v2 > POST /v2/active-rooms/<hex>/send-message {"message":"You","role":"nobody"} 200
        v2 > POST /v2/active-rooms/<hex>/send-message {"message":"Others","role":"guest"} 200
        ben < {"type":"MEETING_MESSAGE_SENT","meetingId":"<meeting>","message":"Others","messageType":"chat"}
        """)
