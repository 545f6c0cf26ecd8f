"""A meeting's whole life: three people, each in two sessions on two processes, and a client of `/v2` who watches.

After each step it reads the room, its sessions, who is in it now, and each of these (`watchers.py`).
"""

import httpx
import pytest
from people import Person
from sockets import Gather
from watchers import Watcher

#: Ada owns the room; Dora is in no room of theirs. The room is made, and its meeting as the web client makes it.
LIFE = """
ada > POST /rooms {"type":"group","name":"Ones","membersIds":["<ben>","<cleo>"]} 201
ada ben cleo < {"type":"ROOM_CREATED","roomId":"<group>"}
ada.1 > POST /meetings {"roomId":"<group>","meetingType":"permanent","name":"Ones"} 200
ada ben cleo < {"type":"MEETING_CREATED","meetingId":"<meeting>","roomId":"<group>"}
v2 < Ones, enabled
ben.1 > POST /meetings {"roomId":"<group>","meetingType":"permanent","name":"Ones"} 409

ada.1 > POST /meetings/<meeting>/start 200
ada ben cleo < {"type":"MEETING_STARTED","meetingId":"<meeting>","starterUser":"<ada>","startedAt":"<at>"}
v2 < Ones, enabled
ben.2 > POST /meetings/<meeting>/start 200

ada.1 > POST /meetings/<meeting>/join {"audioStreamEnabled":true,"videoStreamEnabled":false} 200
ada ben cleo < {"type":"MEETING_PARTICIPANT_JOINED","meetingId":"<meeting>","userId":"<ada>"}
v2 < Ones, enabled: ada
ben.2 > POST /meetings/<meeting>/join {"audioStreamEnabled":false,"videoStreamEnabled":true} 200
ada ben cleo < {"type":"MEETING_PARTICIPANT_JOINED","meetingId":"<meeting>","userId":"<ben>"}
v2 < Ones, enabled: ada ben
cleo.1 > POST /meetings/<meeting>/join {} 200
ada ben cleo < {"type":"MEETING_PARTICIPANT_JOINED","meetingId":"<meeting>","userId":"<cleo>"}
v2 < Ones, enabled: ada ben cleo
ben.2 > POST /meetings/<meeting>/join {"audioStreamEnabled":true,"videoStreamEnabled":true} 409

ada.2 > POST /meetings/<meeting>/join {"audioStreamEnabled":true,"videoStreamEnabled":true} 200
ada ben cleo < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<ada>"}
ada.1 < {"type":"MEETING_PARTICIPANT_CLASHED","meetingId":"<meeting>"}
ada ben cleo < {"type":"MEETING_PARTICIPANT_JOINED","meetingId":"<meeting>","userId":"<ada>"}
v2 < Ones, enabled: -ada ben cleo ada
ada.1 > POST /meetings/<meeting>/leave 204

ada > DELETE /rooms/<group>/members/<cleo> 204
ada ben cleo < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<cleo>"}
ada ben cleo < {"type":"ROOM_MEMBER_REMOVED","roomId":"<group>","userId":"<cleo>"}
v2 < Ones, enabled: -ada ben -cleo ada
cleo.1 > POST /meetings/<meeting>/join {} 403

ben.2 > closes
ada ben < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<ben>"}
v2 < Ones, enabled: -ada -ben -cleo ada

ben.1 > POST /meetings/<meeting>/join {"audioStreamEnabled":null,"videoStreamEnabled":null} 200
ada ben < {"type":"MEETING_PARTICIPANT_JOINED","meetingId":"<meeting>","userId":"<ben>"}
v2 < Ones, enabled: -ada -ben -cleo ada ben
ben.1 > POST /meetings/<meeting>/leave 204
ada ben < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<ben>"}
ben.1 > POST /meetings/<meeting>/leave 204
v2 < Ones, enabled: -ada -ben -cleo ada -ben

ada.2 > POST /meetings/<meeting>/leave 204
ada ben < {"type":"MEETING_PARTICIPANT_LEFT","meetingId":"<meeting>","userId":"<ada>"}
ada ben < {"type":"MEETING_STOPPED","meetingId":"<meeting>"}
v2 < Ones, enabled
ada.2 > POST /meetings/<meeting>/stop 200

ben.1 > POST /meetings/<meeting>/join {"audioStreamEnabled":true,"videoStreamEnabled":false} 200
ben > GET /meetings/<meeting> 200
ada ben < {"type":"MEETING_STARTED","meetingId":"<meeting>","starterUser":"<ben>","startedAt":"<at>"}
ada ben < {"type":"MEETING_PARTICIPANT_JOINED","meetingId":"<meeting>","userId":"<ben>"}
v2 < Ones, enabled: ben
ada.1 > POST /meetings/<meeting>/stop 200
ada ben < {"type":"MEETING_STOPPED","meetingId":"<meeting>"}
v2 < Ones, enabled
ben.1 > POST /meetings/<meeting>/leave 204

ada > PUT /rooms/<group> {"name":"Twos"} 200
ada ben < {"type":"ROOM_UPDATED","roomId":"<group>","name":"Twos"}
v2 < Twos, enabled

ada.1 > POST /meetings/<meeting>/join {} 200
ada > GET /meetings/<meeting> 200
ada ben < {"type":"MEETING_STARTED","meetingId":"<meeting>","starterUser":"<ada>","startedAt":"<at>"}
ada ben < {"type":"MEETING_PARTICIPANT_JOINED","meetingId":"<meeting>","userId":"<ada>"}
v2 > POST /v2/rooms/<hex> {"enabled":false} 200
v2 < Twos, disabled: ada
ben.1 > POST /meetings/<meeting>/join {} 403
ada.2 > POST /meetings/<meeting>/leave 204
v2 < Twos, disabled: ada
ada.1 > POST /meetings/<meeting>/stop 200
ada ben < {"type":"MEETING_STOPPED","meetingId":"<meeting>"}
v2 < Twos, disabled
ada.1 > POST /meetings/<meeting>/start 403
v2 > POST /v2/rooms/<hex> {"enabled":true} 200
v2 < Twos, enabled

ada.1 > POST /meetings/<meeting>/start 200
ada ben < {"type":"MEETING_STARTED","meetingId":"<meeting>","starterUser":"<ada>","startedAt":"<at>"}
ben.1 > POST /meetings/<meeting>/join {} 200
ada ben < {"type":"MEETING_PARTICIPANT_JOINED","meetingId":"<meeting>","userId":"<ben>"}
ada.2 > POST /meetings/<meeting>/join {} 200
ada ben < {"type":"MEETING_PARTICIPANT_JOINED","meetingId":"<meeting>","userId":"<ada>"}
v2 < Twos, enabled: ben ada
ada > DELETE /rooms/<group> 204
ada ben < {"type":"MEETING_STOPPED","meetingId":"<meeting>"}
ada ben < {"type":"MEETING_DELETED","meetingId":"<meeting>"}
ada ben < {"type":"ROOM_DELETED","roomId":"<group>"}
v2 < gone
ben.1 > POST /meetings/<meeting>/leave 404
"""


@pytest.mark.parametrize("newer", [False, True], ids=["in the oldest words", "in newer words"])
async def test_the_life_of_a_meeting(
    gather: Gather, v2: httpx.AsyncClient, ada: Person, ben: Person, *, cleo: Person, dora: Person, newer: bool
) -> None:
    play = await gather(ada, ben, cleo, dora, newer=newer)
    assert all(len(sessions) == 2 for sessions in play.sessions.values())
    play.v2 = Watcher(v2, hosts=("ada",))
    await play(LIFE)
