"""A room's whole life, as three people hear it, each in two sessions, one on either process of the server."""

import asyncio
import time

import pytest
from people import Person
from sockets import Gather

#: Dora is in no room of theirs.
LIFE = """
ada > POST /rooms {"type":"group","name":"Ones","membersIds":["<ada>","<ben>"]} 201
ada ben < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<group>"}

ada > PUT /rooms/<group> {"name":"Twos"} 200
ada ben < {"type":"ROOM_UPDATED","sentDate":"<now>","roomId":"<group>","name":"Twos"}
ada > PUT /rooms/<group> {"description":"All of them"} 200
ada ben < {"type":"ROOM_UPDATED","sentDate":"<now>","roomId":"<group>","name":"Twos","description":"All of them"}
ada > PUT /rooms/<group> {"name":"Twos","description":"All of them"} 200

ada > PUT /rooms/<group>/picture 204
ada > GET /rooms/<group> 200
ada ben < {"type":"ROOM_PICTURE_CHANGED","sentDate":"<now>","roomId":"<group>","updatedAt":"<at>"}
ada > DELETE /rooms/<group>/picture 204
ada ben < {"type":"ROOM_PICTURE_DELETED","sentDate":"<now>","roomId":"<group>"}

ada > POST /rooms/<group>/members {"userId":"<cleo>","historyCleared":false} 201
ada ben cleo < {"type":"ROOM_MEMBER_ADDED","sentDate":"<now>","roomId":"<group>","userId":"<cleo>","isOwner":false}
ada > PUT /rooms/<group>/members/<ben>/owner 204
ada ben cleo < {"type":"ROOM_OWNER_PROMOTED","sentDate":"<now>","roomId":"<group>","userId":"<ben>"}
ben > DELETE /rooms/<group>/members/<ada>/owner 204
ada ben cleo < {"type":"ROOM_OWNER_DEMOTED","sentDate":"<now>","roomId":"<group>","userId":"<ada>"}

ada > PUT /rooms/<group>/mute 204
ada < {"type":"ROOM_MUTED","sentDate":"<now>","roomId":"<group>"}
ada > PUT /rooms/<group>/mute 204
cleo > PUT /rooms/<group>/mute 204
cleo < {"type":"ROOM_MUTED","sentDate":"<now>","roomId":"<group>"}
ada > DELETE /rooms/<group>/mute 204
ada < {"type":"ROOM_UNMUTED","sentDate":"<now>","roomId":"<group>"}
ada > DELETE /rooms/<group>/mute 204
ben > DELETE /rooms/<group>/mute 204
cleo > PUT /rooms/<group>/clear 200
cleo < {"type":"ROOM_HISTORY_CLEARED","sentDate":"<now>","roomId":"<group>","clearedAt":"<at>"}
cleo > PUT /rooms/<group>/clear 200
cleo < {"type":"ROOM_HISTORY_CLEARED","sentDate":"<now>","roomId":"<group>","clearedAt":"<at>"}

ben > DELETE /rooms/<group>/members/<cleo> 204
ada ben cleo < {"type":"ROOM_MEMBER_REMOVED","sentDate":"<now>","roomId":"<group>","userId":"<cleo>"}
ben > PUT /rooms/<group> {"name":"Twos again"} 200
ada ben < {"type":"ROOM_UPDATED","sentDate":"<now>","roomId":"<group>","name":"Twos again","description":"All of them"}
ada > DELETE /rooms/<group>/members/<ada> 204
ada ben < {"type":"ROOM_MEMBER_REMOVED","sentDate":"<now>","roomId":"<group>","userId":"<ada>"}
ben > DELETE /rooms/<group>/members/<ben> 204
ben < {"type":"ROOM_MEMBER_REMOVED","sentDate":"<now>","roomId":"<group>","userId":"<ben>"}
ben < {"type":"ROOM_DELETED","sentDate":"<now>","roomId":"<group>"}

cleo > POST /rooms {"type":"group","name":"Threes","membersIds":["<ada>","<ben>"]} 201
ada ben cleo < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<group>"}
cleo > DELETE /rooms/<group> 204
ada ben cleo < {"type":"ROOM_DELETED","sentDate":"<now>","roomId":"<group>"}

cleo > POST /rooms {"type":"one_to_one","membersIds":["<ada>"]} 201
ada cleo < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<one_to_one>"}
ada > PUT /users/<ada>/picture 204
ada > GET /users/<ada> 200
ada cleo < {"type":"USER_PICTURE_CHANGED","sentDate":"<now>","userId":"<ada>","imageId":"<image>","updatedAt":"<at>"}
ada > DELETE /users/<ada>/picture 204
ada cleo < {"type":"USER_PICTURE_DELETED","sentDate":"<now>","userId":"<ada>"}
"""


LIFE_OF_TWO = """
ada > POST /rooms {"type":"one_to_one","membersIds":["<ben>"]} 201
ada ben < {"type":"ROOM_CREATED","sentDate":"<now>","roomId":"<one_to_one>"}
ada > PUT /rooms/<one_to_one>/mute 204
ada < {"type":"ROOM_MUTED","sentDate":"<now>","roomId":"<one_to_one>"}
ben > PUT /rooms/<one_to_one>/mute 204
ben < {"type":"ROOM_MUTED","sentDate":"<now>","roomId":"<one_to_one>"}
"""


@pytest.mark.parametrize("newer", [False, True], ids=["in the oldest words", "in newer words"])
async def test_the_life_of_a_room(
    gather: Gather, ada: Person, ben: Person, cleo: Person, dora: Person, *, newer: bool
) -> None:
    play = await gather(ada, ben, cleo, dora, newer=newer)
    assert all(len(sessions) == 2 for sessions in play.sessions.values())
    await play(LIFE)


async def test_changes_are_heard_at_once(gather: Gather, ada: Person, ben: Person) -> None:
    """By a bell: whoever looks every few seconds would hear only the first of them so soon."""
    play = await gather(ada, ben)
    began = time.monotonic()
    await play(LIFE_OF_TWO)
    assert time.monotonic() - began < 4


@pytest.mark.long  # each process looks by itself every five seconds
async def test_nothing_is_told_again_while_nothing_changes(gather: Gather, ada: Person, ben: Person) -> None:
    play = await gather(ada, ben)
    await play(LIFE_OF_TWO)
    await asyncio.sleep(11)
    await play("")
