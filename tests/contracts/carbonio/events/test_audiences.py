"""Who hears what of rooms of every type, of members and of pictures; and of what nobody hears."""

import asyncpg
import pytest
from people import Person, removed
from sockets import Gather, Play


@pytest.fixture
async def play(gather: Gather, ada: Person, ben: Person, cleo: Person, dora: Person) -> Play:
    """Ada, Ben and Cleo, and Dora, who is in no room of theirs."""
    return await gather(ada, ben, cleo, dora)


class TestOneToOnes:
    async def test_are_told_of_to_both(self, play: Play) -> None:
        await play("""
        ada > POST /rooms {"type":"one_to_one","membersIds":["<ben>"],"name":"No","description":"No"} 201
        ada ben < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<one_to_one>"}
        ben > PUT /rooms/<one_to_one>/mute 204
        ben < {"type":"ROOM_MUTED","sentDate":"<now>","roomId":"<one_to_one>"}
        ada > PUT /rooms/<one_to_one>/clear 200
        ada < {"type":"ROOM_HISTORY_CLEARED","sentDate":"<now>","roomId":"<one_to_one>","clearedAt":"<at>"}
        """)

    async def test_refuse_what_would_change_them_in_silence(self, play: Play) -> None:
        await play("""
        ada > POST /rooms {"type":"one_to_one","membersIds":["<ben>"]} 201
        ada ben < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<one_to_one>"}
        ben > POST /rooms {"type":"one_to_one","membersIds":["<ada>"]} 409
        ada > PUT /rooms/<one_to_one> {"name":"Ones"} 400
        ada > PUT /rooms/<one_to_one>/picture 400
        ada > POST /rooms/<one_to_one>/members {"userId":"<cleo>","historyCleared":false} 400
        ada > DELETE /rooms/<one_to_one>/members/<ada> 403
        ada > PUT /rooms/<one_to_one>/members/<ben>/owner 403
        ada > DELETE /rooms/<one_to_one> 403
        """)


class TestTemporaryRooms:
    async def test_of_one_are_his_alone(self, play: Play) -> None:
        await play("""
        ada > POST /rooms {"type":"temporary","name":"Ones"} 201
        ada < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<temporary>"}
        ada > PUT /rooms/<temporary> {"description":""} 200
        ada < {"type":"ROOM_UPDATED","sentDate":"<now>","roomId":"<temporary>","name":"Ones","description":""}
        ada > PUT /rooms/<temporary> {} 200
        ada > DELETE /rooms/<temporary> 204
        ada < {"type":"ROOM_DELETED","sentDate":"<now>","roomId":"<temporary>"}
        """)

    async def test_of_several_are_told_of_once_to_each_of_them(self, play: Play) -> None:
        await play("""
        ada > POST /rooms {"type":"temporary","name":"Ones","membersIds":["<cleo>","<ada>","<ben>"]} 201
        ada ben cleo < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<temporary>"}
        cleo > DELETE /rooms/<temporary>/members/<cleo> 204
        ada ben cleo < {"type":"ROOM_MEMBER_REMOVED","sentDate":"<now>","roomId":"<temporary>","userId":"<cleo>"}
        """)


class TestWorkspaces:
    async def test_and_their_channels_are_told_of_to_the_members_of_the_workspace(self, play: Play) -> None:
        await play("""
        ada > POST /rooms {"type":"workspace","membersIds":["<ben>","<cleo>"]} 201
        ada ben cleo < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<workspace>"}
        ada > POST /rooms {"type":"channel","parentId":"<workspace>"} 201
        ada ben cleo < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<channel>"}
        ada > PUT /rooms/<channel> {"description":"D"} 200
        ada ben cleo < {"type":"ROOM_UPDATED","sentDate":"<now>","roomId":"<channel>","description":"D"}
        ada > PUT /rooms/<channel> {"name":"Hall"} 200
        ada ben cleo < {"type":"ROOM_UPDATED","sentDate":"<now>","roomId":"<channel>","name":"Hall","description":"D"}
        cleo > PUT /rooms/<channel>/mute 204
        cleo < {"type":"ROOM_MUTED","sentDate":"<now>","roomId":"<channel>"}
        ben > PUT /rooms/<channel>/clear 200
        ben < {"type":"ROOM_HISTORY_CLEARED","sentDate":"<now>","roomId":"<channel>","clearedAt":"<at>"}
        ada > DELETE /rooms/<workspace>/members/<ben> 204
        ada ben cleo < {"type":"ROOM_MEMBER_REMOVED","sentDate":"<now>","roomId":"<workspace>","userId":"<ben>"}
        ada > DELETE /rooms/<channel> 204
        ada cleo < {"type":"ROOM_DELETED","sentDate":"<now>","roomId":"<channel>"}
        """)

    async def test_that_go_with_their_channels_are_told_of_alone(self, play: Play) -> None:
        await play("""
        ada > POST /rooms {"type":"workspace","name":"House","membersIds":["<ben>","<cleo>"]} 201
        ada ben cleo < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<workspace>"}
        ada > POST /rooms {"type":"channel","name":"Hall","parentId":"<workspace>"} 201
        ada ben cleo < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<channel>"}
        ada > DELETE /rooms/<workspace> 204
        ada ben cleo < {"type":"ROOM_DELETED","sentDate":"<now>","roomId":"<workspace>"}
        """)

    async def test_that_the_last_one_leaves_are_told_of_alone(self, play: Play) -> None:
        await play("""
        ada > POST /rooms {"type":"workspace","membersIds":["<ada>","<ben>"]} 201
        ada ben < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<workspace>"}
        ada > POST /rooms {"type":"channel","parentId":"<workspace>"} 201
        ada ben < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<channel>"}
        ben > DELETE /rooms/<workspace>/members/<ben> 204
        ada ben < {"type":"ROOM_MEMBER_REMOVED","sentDate":"<now>","roomId":"<workspace>","userId":"<ben>"}
        ada > DELETE /rooms/<workspace>/members/<ada> 204
        ada < {"type":"ROOM_MEMBER_REMOVED","sentDate":"<now>","roomId":"<workspace>","userId":"<ada>"}
        ada < {"type":"ROOM_DELETED","sentDate":"<now>","roomId":"<workspace>"}
        """)

    async def test_are_described_without_a_name_that_they_have_not(self, play: Play, ada: Person) -> None:
        await play("""
        ada > POST /rooms {"type":"workspace","membersIds":["<ada>","<ben>"]} 201
        ada ben < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<workspace>"}
        ada > PUT /rooms/<workspace> {"description":"All of them"} 200
        ada ben < {"type":"ROOM_UPDATED","sentDate":"<now>","roomId":"<workspace>","description":"All of them"}
        """)
        shown = (await ada("GET", f"/rooms/{play.names['workspace']}")).json()
        assert (shown.get("name"), shown["description"]) == (None, "All of them")


class TestMembers:
    @pytest.fixture
    async def play(self, gather: Gather, ada: Person, ben: Person, cleo: Person) -> Play:
        return await gather(ada, ben, cleo)

    async def test_with_whom_a_room_is_made_are_not_told_of(self, play: Play) -> None:
        await play("""
        ada > POST /rooms {"type":"workspace","members":[{"userId":"<cleo>"},{"userId":"<ben>","owner":true}]} 201
        all < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<workspace>"}
        """)

    async def test_that_are_added_together_are_told_of_one_by_one(self, play: Play) -> None:
        await play("""
        ada > POST /rooms {"type":"temporary","name":"A"} 201
        ada < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<temporary>"}
        ada > POST /rooms/<temporary>/members [{"userId":"<cleo>","owner":true},{"userId":"<ben>"}] 201
        all < {"type":"ROOM_MEMBER_ADDED","sentDate":"<now>","roomId":"<temporary>","userId":"<cleo>","isOwner":true}
        all < {"type":"ROOM_MEMBER_ADDED","sentDate":"<now>","roomId":"<temporary>","userId":"<ben>","isOwner":false}
        ada > POST /rooms/<temporary>/members [] 201
        """)

    async def test_who_do_not_see_what_was_before_hear_that_they_were_added(self, play: Play) -> None:
        await play("""
        ada > POST /rooms {"type":"group","name":"A","membersIds":["<ada>","<ben>"]} 201
        ada ben < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<group>"}
        ada > POST /rooms/<group>/members {"userId":"<cleo>","owner":true,"historyCleared":true} 201
        all < {"type":"ROOM_MEMBER_ADDED","sentDate":"<now>","roomId":"<group>","userId":"<cleo>","isOwner":true}
        """)

    async def test_who_come_again_hear_what_is_then(self, play: Play) -> None:
        await play("""
        ada > POST /rooms {"type":"group","name":"A","membersIds":["<ben>","<cleo>"]} 201
        all < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<group>"}
        ada > DELETE /rooms/<group>/members/<cleo> 204
        all < {"type":"ROOM_MEMBER_REMOVED","sentDate":"<now>","roomId":"<group>","userId":"<cleo>"}
        ada > PUT /rooms/<group> {"name":"B"} 200
        ada ben < {"type":"ROOM_UPDATED","sentDate":"<now>","roomId":"<group>","name":"B"}
        ada > POST /rooms/<group>/members {"userId":"<cleo>","historyCleared":false} 201
        all < {"type":"ROOM_MEMBER_ADDED","sentDate":"<now>","roomId":"<group>","userId":"<cleo>","isOwner":false}
        ada > PUT /rooms/<group> {"name":"C"} 200
        all < {"type":"ROOM_UPDATED","sentDate":"<now>","roomId":"<group>","name":"C"}
        """)

    async def test_who_own_already_or_do_not_are_told_of_all_the_same(self, play: Play) -> None:
        await play("""
        ada > POST /rooms {"type":"workspace","members":[{"userId":"<cleo>"},{"userId":"<ben>","owner":true}]} 201
        all < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<workspace>"}
        ada > PUT /rooms/<workspace>/members/<ben>/owner 204
        all < {"type":"ROOM_OWNER_PROMOTED","sentDate":"<now>","roomId":"<workspace>","userId":"<ben>"}
        ada > DELETE /rooms/<workspace>/members/<cleo>/owner 204
        all < {"type":"ROOM_OWNER_DEMOTED","sentDate":"<now>","roomId":"<workspace>","userId":"<cleo>"}
        """)


#: Ada is in a one-to-one with Cleo, and in a workspace with her and Ben; in none with Dora.
PICTURES = """
ada > POST /rooms {"type":"one_to_one","membersIds":["<cleo>"]} 201
ada cleo < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<one_to_one>"}
ada > PUT /users/<ada>/picture 204
cleo > GET /users/<ada> 200
ada cleo < {"type":"USER_PICTURE_CHANGED","sentDate":"<now>","userId":"<ada>","imageId":"<image>","updatedAt":"<at>"}
cleo > POST /rooms {"type":"workspace","membersIds":["<ada>","<ben>"]} 201
ada ben cleo < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<workspace>"}
ada > DELETE /users/<ada>/picture 204
ada ben cleo < {"type":"USER_PICTURE_DELETED","sentDate":"<now>","userId":"<ada>"}
ada > DELETE /users/<ada>/picture 404
ben > PUT /users/<ada>/picture 403
ben > DELETE /users/<ada>/picture 403
"""


class TestPicturesOfUsers:
    async def test_are_told_of_once_to_everybody_who_shares_a_room(self, play: Play) -> None:
        await play(PICTURES)

    async def test_of_one_without_a_room_are_told_of_to_him_alone(
        self, gather: Gather, ada: Person, ben: Person
    ) -> None:
        play = await gather(ada, ben)
        await play("""
        ada > PUT /users/<ada>/picture 204
        ada > GET /users/<ada> 200
        ada < {"type":"USER_PICTURE_CHANGED","sentDate":"<now>","userId":"<ada>","imageId":"<image>","updatedAt":"<at>"}
        ada > DELETE /users/<ada>/picture 204
        ada < {"type":"USER_PICTURE_DELETED","sentDate":"<now>","userId":"<ada>"}
        """)


@pytest.fixture
async def settled(play: Play) -> Play:
    """A group and a workspace of Ada's with Ben and a channel, of which everything was heard."""
    await play("""
    ada > POST /rooms {"type":"group","name":"Ones","description":"D","membersIds":["<ada>","<ben>"]} 201
    ada ben < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<group>"}
    ada > POST /rooms {"type":"workspace","name":"House","membersIds":["<ada>","<ben>"]} 201
    ada ben < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<workspace>"}
    ada > POST /rooms {"type":"channel","name":"Hall","parentId":"<workspace>"} 201
    ada ben < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<channel>"}
    """)
    return play


class TestSilence:
    async def test_about_what_is_refused(self, settled: Play) -> None:
        await settled("""
        ada > POST /rooms {"type":"group","name":"A","membersIds":["<ada>","<ada>"]} 400
        ada > POST /rooms {"type":"group","name":"A","membersIds":["<ben>","6f1f0b1c-2f43-4f0e-9d56-0a4d2f1f7c11"]} 400
        ada > POST /rooms {"type":"group","membersIds":["<ben>","<cleo>"]} 400
        ben > POST /rooms {"type":"channel","name":"A","parentId":"<workspace>"} 403
        ben > PUT /rooms/<group> {"name":"A"} 403
        ada > PUT /rooms/<group> {"name":""} 400
        ada > PUT /rooms/<group> {} 400
        dora > PUT /rooms/<group> {"name":"A"} 403
        ben > PUT /rooms/<group>/picture 403
        ada > PUT /rooms/<workspace>/picture 400
        ada > DELETE /rooms/<group>/picture 404
        ben > POST /rooms/<group>/members {"userId":"<cleo>","historyCleared":false} 403
        ada > POST /rooms/<group>/members {"userId":"<ben>","historyCleared":false} 400
        ada > POST /rooms/<group>/members [{"userId":"<cleo>"},{"userId":"<ben>"}] 400
        ada > POST /rooms/<channel>/members {"userId":"<cleo>","historyCleared":false} 400
        ben > DELETE /rooms/<group>/members/<ada> 403
        ada > DELETE /rooms/<group>/members/<ada> 403
        ada > PUT /rooms/<group>/members/<ada>/owner 403
        ada > PUT /rooms/<group>/members/<cleo>/owner 404
        ben > PUT /rooms/<group>/members/<ada>/owner 403
        ada > PUT /rooms/<workspace>/mute 403
        dora > PUT /rooms/<group>/mute 403
        dora > PUT /rooms/<group>/clear 403
        ben > DELETE /rooms/<group> 403
        ben > DELETE /rooms/<channel> 403
        """)

    async def test_about_what_changes_nothing(self, settled: Play) -> None:
        await settled("""
        ada > PUT /rooms/<group> {"name":"Ones"} 200
        ada > PUT /rooms/<group> {"name":"Ones","description":"D"} 200
        ada > PUT /rooms/<channel> {} 200
        ada > DELETE /rooms/<group>/mute 204
        ada > DELETE /rooms/<group>/members/<cleo> 204
        ada > DELETE /rooms/6f1f0b1c-2f43-4f0e-9d56-0a4d2f1f7c11 204
        ada > GET /rooms 200
        ada > GET /meetings 200
        ada > GET /rooms/<group>/meeting 404
        """)

    async def test_about_ranks(self, settled: Play) -> None:
        await settled("""
        ada > PUT /rooms/workspaces/rank [{"roomId":"<workspace>","rank":0}] 204
        ada > PUT /rooms/workspaces/<workspace>/channels/rank [{"roomId":"<channel>","rank":0}] 204
        """)

    async def test_about_files(self, settled: Play, ada: Person) -> None:
        group = {"id": settled.names["group"]}
        file = await ada.sent(group)
        await ada.forwarded(file, group)
        assert (await ada("DELETE", f"/attachments/{file}")).status_code == 204
        await settled("")


class TestRemovedUsers:
    async def test_leave_every_room_and_an_heir(
        self, gather: Gather, desk: asyncpg.Connection, ada: Person, ben: Person, cleo: Person
    ) -> None:
        play = await gather(ada, ben, cleo)
        await play("""
        ada > POST /rooms {"type":"one_to_one","membersIds":["<ben>"]} 201
        ada ben < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<one_to_one>"}
        ada > POST /rooms {"type":"group","name":"A","membersIds":["<cleo>","<ben>"]} 201
        ada ben cleo < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<group>"}
        cleo > POST /rooms {"type":"workspace","name":"House","membersIds":["<ada>","<cleo>"]} 201
        ada cleo < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<workspace>"}
        """)
        await removed(play.people.pop("ada"), desk)
        await play("""
        ben < {"type":"ROOM_DELETED","sentDate":"<now>","roomId":"<one_to_one>"}
        ben cleo < {"type":"ROOM_OWNER_PROMOTED","sentDate":"<now>","roomId":"<group>","userId":"<cleo>"}
        ben cleo < {"type":"ROOM_MEMBER_REMOVED","sentDate":"<now>","roomId":"<group>","userId":"<ada>"}
        cleo < {"type":"ROOM_MEMBER_REMOVED","sentDate":"<now>","roomId":"<workspace>","userId":"<ada>"}
        """)
