"""Who hears what of meetings (the MEETING rows of chats.md, §13), in rooms of every type; and of what nobody hears."""

import pytest
from people import Person
from sockets import Gather, Join, Play, said


@pytest.fixture
async def play(gather: Gather, ada: Person, ben: Person, cleo: Person, dora: Person) -> Play:
    """Ada, Ben and Cleo, and Dora, who is in no room of theirs."""
    return await gather(ada, ben, cleo, dora)


@pytest.fixture
async def met(play: Play) -> Play:
    """A group of Ada's with Ben that has a meeting, of which everything was heard."""
    await play("""
    ada > POST /rooms {"type":"group","name":"Ones","membersIds":["<ada>","<ben>"]} 201
    ada ben < {"type":"ROOM_CREATED","roomId":"<group>"}
    ben > POST /meetings {"roomId":"<group>","meetingType":"permanent"} 200
    ada ben < {"type":"MEETING_CREATED","meetingId":"<meeting>","roomId":"<group>"}
    """)
    return play


@pytest.fixture
async def begun(met: Play) -> Play:
    """The same, and Ada is in it by her first socket."""
    await met("""
    ada.1 > POST /meetings/<meeting>/join {"audioStreamEnabled":true} 200
    ben > GET /meetings/<meeting> 200
    ada ben < {"type":"MEETING_STARTED","meetingId":"<meeting>","starterUser":"<ada>","startedAt":"<at>"}
    ada ben < {"type":"MEETING_PARTICIPANT_JOINED","meetingId":"<meeting>","userId":"<ada>"}
    """)
    return met


class TestRoomsOfEveryType:
    async def test_a_one_to_one(self, play: Play) -> None:
        await play("""
        ada > POST /rooms {"type":"one_to_one","membersIds":["<ben>"]} 201
        ada ben < {"type":"ROOM_CREATED","roomId":"<one_to_one>"}
        ben > POST /meetings {"roomId":"<one_to_one>","meetingType":"permanent","name":""} 200
        ada ben < {"type":"MEETING_CREATED","meetingId":"<meeting>","roomId":"<one_to_one>"}
        ben.2 > POST /meetings/<meeting>/join {} 200
        ben > GET /meetings/<meeting> 200
        ada ben < {"type":"MEETING_STARTED","meetingId":"<meeting>","starterUser":"<ben>","startedAt":"<at>"}
        ada ben < {"type":"MEETING_PARTICIPANT_JOINED","meetingId":"<meeting>","userId":"<ben>"}
        ada > DELETE /meetings/<meeting> 204
        ada ben < {"type":"MEETING_STOPPED","meetingId":"<meeting>"}
        ada ben < {"type":"MEETING_DELETED","meetingId":"<meeting>"}
        """)

    async def test_a_temporary_room_of_one(self, play: Play) -> None:
        await play("""
        ada > POST /rooms {"type":"temporary","name":"Ones"} 201
        ada < {"type":"ROOM_CREATED","roomId":"<temporary>"}
        ada > POST /meetings {"roomId":"<temporary>","meetingType":"scheduled"} 200
        ada < {"type":"MEETING_CREATED","meetingId":"<meeting>","roomId":"<temporary>"}
        ada.1 > POST /meetings/<meeting>/start 200
        ada < {"type":"MEETING_STARTED","meetingId":"<meeting>","starterUser":"<ada>","startedAt":"<at>"}
        ada > POST /meetings/<meeting>/stop 200
        ada < {"type":"MEETING_STOPPED","meetingId":"<meeting>"}
        ada > DELETE /meetings/<meeting> 204
        ada < {"type":"MEETING_DELETED","meetingId":"<meeting>"}
        """)

    async def test_a_channel_tells_the_members_of_its_workspace(self, play: Play) -> None:
        await play("""
        ada > POST /rooms {"type":"workspace","membersIds":["<ben>","<cleo>"]} 201
        ada ben cleo < {"type":"ROOM_CREATED","roomId":"<workspace>"}
        ada > POST /rooms {"type":"channel","name":"Hall","parentId":"<workspace>"} 201
        ada ben cleo < {"type":"ROOM_CREATED","roomId":"<channel>"}
        ben > POST /meetings {"roomId":"<channel>","meetingType":"permanent","name":"Hall"} 200
        ada ben cleo < {"type":"MEETING_CREATED","meetingId":"<meeting>","roomId":"<channel>"}
        ben > POST /meetings/<meeting>/start 200
        ada ben cleo < {"type":"MEETING_STARTED","meetingId":"<meeting>","starterUser":"<ben>","startedAt":"<at>"}
        cleo.2 > POST /meetings/<meeting>/join {} 200
        ada ben cleo < {"type":"MEETING_PARTICIPANT_JOINED","meetingId":"<meeting>","userId":"<cleo>"}
        cleo.2 > POST /meetings/<meeting>/leave 204
        ada ben cleo < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<cleo>"}
        ada ben cleo < {"type":"MEETING_STOPPED","meetingId":"<meeting>"}
        ada > DELETE /rooms/<channel> 204
        ada ben cleo < {"type":"MEETING_DELETED","meetingId":"<meeting>"}
        ada ben cleo < {"type":"ROOM_DELETED","roomId":"<channel>"}
        """)


class TestClashes:
    async def test_are_heard_by_the_other_socket_alone_and_never_stop_the_meeting(self, begun: Play) -> None:
        await begun("""
        ada.2 > POST /meetings/<meeting>/join {} 200
        ada ben < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<ada>"}
        ada.1 < {"type":"MEETING_PARTICIPANT_CLASHED","meetingId":"<meeting>"}
        ada ben < {"type":"MEETING_PARTICIPANT_JOINED","meetingId":"<meeting>","userId":"<ada>"}
        ada.1 > POST /meetings/<meeting>/join {} 200
        ada ben < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<ada>"}
        ada.2 < {"type":"MEETING_PARTICIPANT_CLASHED","meetingId":"<meeting>"}
        ada ben < {"type":"MEETING_PARTICIPANT_JOINED","meetingId":"<meeting>","userId":"<ada>"}
        """)

    async def test_do_not_let_the_first_socket_end_the_second_ones_presence(self, begun: Play) -> None:
        await begun("""
        ada.2 > POST /meetings/<meeting>/join {} 200
        ada ben < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<ada>"}
        ada.1 < {"type":"MEETING_PARTICIPANT_CLASHED","meetingId":"<meeting>"}
        ada ben < {"type":"MEETING_PARTICIPANT_JOINED","meetingId":"<meeting>","userId":"<ada>"}
        ada.1 > POST /meetings/<meeting>/leave 204
        ada.1 > closes
        ben > GET /meetings/<meeting> 200
        ada > POST /meetings/<meeting>/leave 204
        ada ben < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<ada>"}
        ada ben < {"type":"MEETING_STOPPED","meetingId":"<meeting>"}
        """)

    async def test_are_never_told_again(self, begun: Play, join: Join, ada: Person) -> None:
        await begun("""
        ada.2 > POST /meetings/<meeting>/join {} 200
        ada ben < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<ada>"}
        ada.1 < {"type":"MEETING_PARTICIPANT_CLASHED","meetingId":"<meeting>"}
        ada ben < {"type":"MEETING_PARTICIPANT_JOINED","meetingId":"<meeting>","userId":"<ada>"}
        """)
        again = await join(ada, "?after=0")
        types = [said(await again.next())["type"] for _ in range(8)]
        assert [type for type in types if type != "ROOM_CREATED"] == [
            *("MEETING_CREATED", "MEETING_STARTED", "MEETING_PARTICIPANT_JOINED"),
            *("MEETING_PARTICIPANT_LEFT", "MEETING_PARTICIPANT_JOINED"),
        ]

    async def test_of_a_socket_that_is_gone_are_none(self, begun: Play) -> None:
        """Its presence has ended with it."""
        await begun("""
        ada.1 > closes
        ada ben < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<ada>"}
        ada ben < {"type":"MEETING_STOPPED","meetingId":"<meeting>"}
        ada.2 > POST /meetings/<meeting>/join {} 200
        ben > GET /meetings/<meeting> 200
        ada ben < {"type":"MEETING_STARTED","meetingId":"<meeting>","starterUser":"<ada>","startedAt":"<at>"}
        ada ben < {"type":"MEETING_PARTICIPANT_JOINED","meetingId":"<meeting>","userId":"<ada>"}
        """)

    async def test_are_none_between_meetings(self, begun: Play) -> None:
        """One may be in several, by the same socket."""
        await begun("""
        ada > POST /rooms {"type":"temporary","name":"Others"} 201
        ada < {"type":"ROOM_CREATED","roomId":"<temporary>"}
        ada > POST /meetings {"roomId":"<temporary>","meetingType":"permanent"} 200
        ada < {"type":"MEETING_CREATED","meetingId":"<meeting>","roomId":"<temporary>"}
        ada.1 > POST /meetings/<meeting>/join {} 200
        ada > GET /meetings/<meeting> 200
        ada < {"type":"MEETING_STARTED","meetingId":"<meeting>","starterUser":"<ada>","startedAt":"<at>"}
        ada < {"type":"MEETING_PARTICIPANT_JOINED","meetingId":"<meeting>","userId":"<ada>"}
        """)


class TestEnds:
    async def test_of_a_meeting_with_several_are_one_event(self, begun: Play) -> None:
        await begun("""
        ben.1 > POST /meetings/<meeting>/join {} 200
        ada ben < {"type":"MEETING_PARTICIPANT_JOINED","meetingId":"<meeting>","userId":"<ben>"}
        ben > POST /meetings/<meeting>/stop 200
        ada ben < {"type":"MEETING_STOPPED","meetingId":"<meeting>"}
        ada.1 > POST /meetings/<meeting>/leave 204
        ben.1 > POST /meetings/<meeting>/leave 204
        ben.1 > closes
        """)

    async def test_of_the_meeting_come_before_it_is_deleted(self, begun: Play) -> None:
        await begun("""
        ben > DELETE /meetings/<meeting> 204
        ada ben < {"type":"MEETING_STOPPED","meetingId":"<meeting>"}
        ada ben < {"type":"MEETING_DELETED","meetingId":"<meeting>"}
        ada > DELETE /meetings/<meeting> 404
        """)

    async def test_of_a_meeting_that_is_not_active_is_its_deletion_alone(self, met: Play) -> None:
        await met("""
        ben > DELETE /meetings/<meeting> 204
        ada ben < {"type":"MEETING_DELETED","meetingId":"<meeting>"}
        """)

    async def test_by_a_socket_that_the_network_loses(self, begun: Play) -> None:
        [first, _] = begun.sessions["ada"]
        first.lose()
        begun.closed.append(first)
        await begun("""
        ada ben < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<ada>"}
        ada ben < {"type":"MEETING_STOPPED","meetingId":"<meeting>"}
        """)

    async def test_by_leaving_without_saying_which_socket(self, begun: Play) -> None:
        await begun("""
        ada > POST /meetings/<meeting>/leave 204
        ada ben < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<ada>"}
        ada ben < {"type":"MEETING_STOPPED","meetingId":"<meeting>"}
        ada > POST /meetings/<meeting>/leave 204
        """)


class TestSilence:
    async def test_about_what_is_refused(self, met: Play) -> None:
        await met("""
        ada > POST /meetings {"roomId":"<group>","meetingType":"permanent"} 409
        ada > POST /meetings {"roomId":"<group>","meetingType":"other"} 400
        dora > POST /meetings {"roomId":"<group>","meetingType":"permanent"} 403
        dora > POST /meetings/<meeting>/start 403
        dora > POST /meetings/<meeting>/stop 403
        dora.1 > POST /meetings/<meeting>/join {} 403
        dora.1 > POST /meetings/<meeting>/leave 403
        dora > DELETE /meetings/<meeting> 403
        ada > POST /meetings/<meeting>/join {} 400
        ada.1 > POST /meetings/<meeting>/join {"audioStreamEnabled":1} 400
        ada.1 > POST /meetings/6f1f0b1c-2f43-4f0e-9d56-0a4d2f1f7c11/join {} 404
        """)

    async def test_about_what_changes_nothing(self, met: Play) -> None:
        await met("""
        ada > POST /meetings/<meeting>/stop 200
        ada > POST /meetings/<meeting>/leave 204
        ada.1 > POST /meetings/<meeting>/leave 204
        ada > GET /meetings 200
        ada > GET /meetings/<meeting> 200
        """)

    async def test_about_a_start_or_a_join_again(self, begun: Play) -> None:
        await begun("""
        ada > POST /meetings/<meeting>/start 200
        ben > POST /meetings/<meeting>/start 200
        ada.1 > POST /meetings/<meeting>/join {} 409
        ada.2 > POST /meetings/<meeting>/leave 204
        ben.1 > POST /meetings/<meeting>/leave 204
        """)

    async def test_about_what_needs_a_media_engine(self, begun: Play) -> None:
        await begun("""
        ada.1 > PUT /meetings/<meeting>/media {"type":"video","enabled":true,"sdp":"v=0"} 424
        ada.1 > PUT /meetings/<meeting>/audio {"enabled":true} 424
        ada.1 > POST /meetings/<meeting>/startRecording 424
        """)
