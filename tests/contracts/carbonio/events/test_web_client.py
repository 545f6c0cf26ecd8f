"""The web client: it starts with four questions, opens its websocket, and waits for the event of each action."""

import asyncio
from uuid import uuid4

import httpx
from people import Person, Room, escaped
from processes import Server
from sockets import PING, PONG, Session, cookie, opened, said

PREFIX = "/services/chats"
JSON = {"Content-Type": "application/json"}
QUESTIONS = ["auth/token", "users/capabilities", "rooms?extraFields=members&extraFields=settings", "meetings"]


async def start(live: Server, person: Person) -> None:
    """Ask what is asked before a websocket is opened."""
    for question in QUESTIONS:
        answer = await person("GET", f"{PREFIX}/{question}", headers=JSON)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")


def of_browser(live: Server, person: Person) -> dict[str, str]:
    """Return what a browser sends with a handshake to the host of its page."""
    return cookie(person.token) | {"Origin": live.url, "Cache-Control": "no-cache", "Accept-Language": "en"}


async def acted(session: Session, person: Person, method: str, path: str, **sent: object) -> httpx.Response:
    """Call with the queue that the websocket was told, and hear of it."""
    headers = JSON | {"queue-id": session.queue_id}
    answer = await person(method, f"{PREFIX}/{path}", headers=headers, **sent)
    assert answer.is_success, answer.text
    return answer


async def test_a_session_of_the_web_client(live: Server, ada: Person, ben: Person) -> None:
    await start(live, ada)
    async with opened(live.url, f"{PREFIX}/events", of_browser(live, ada)) as session:
        await session.say(PING)
        async with asyncio.timeout(5):
            assert await session.next() == PONG
        new = {"type": "group", "name": "Ones", "membersIds": [ada.id, ben.id]}
        room = (await acted(session, ada, "POST", "rooms", json=new)).json()
        assert await session.heard(1) == [{"type": "ROOM_CREATED", "roomId": room["id"]}]
        await assert_met(session, ada, room)
        await acted(session, ada, "PUT", f"rooms/{room['id']}/mute")
        assert await session.heard(1) == [{"type": "ROOM_MUTED", "roomId": room["id"]}]
        clearing = (await acted(session, ada, "PUT", f"rooms/{room['id']}/clear")).json()
        assert await session.heard(1) == [{"type": "ROOM_HISTORY_CLEARED", "roomId": room["id"], **clearing}]
        await assert_pictured(session, ada, room["id"])
        await acted(session, ada, "DELETE", f"rooms/{room['id']}")
        assert [event["type"] for event in await session.heard(2)] == ["MEETING_DELETED", "ROOM_DELETED"]
        await session.assert_alive()


async def assert_met(session: Session, person: Person, room: Room) -> None:
    """Make the meeting that each new room gets; start it, join it and leave it, as from its button."""
    new = {"roomId": room["id"], "meetingType": "permanent", "name": room["name"]}
    meeting = (await acted(session, person, "POST", "meetings", json=new)).json()
    told = {"meetingId": meeting["id"]}
    assert await session.heard(1) == [{"type": "MEETING_CREATED", **told, "roomId": room["id"]}]
    started = (await acted(session, person, "POST", f"meetings/{meeting['id']}/start")).json()
    told_of_start = {**told, "starterUser": person.id, "startedAt": started["startedAt"]}
    assert await session.heard(1) == [{"type": "MEETING_STARTED", **told_of_start}]
    flags = {"audioStreamEnabled": True, "videoStreamEnabled": False}
    joined = await acted(session, person, "POST", f"meetings/{meeting['id']}/join", json=flags)
    assert (joined.headers["content-type"], joined.json()) == ("application/json", {"status": "ACCEPTED"})
    assert await session.heard(1) == [{"type": "MEETING_PARTICIPANT_JOINED", **told, "userId": person.id}]
    [shown] = (await acted(session, person, "GET", "meetings")).json()
    assert [each["queueId"] for each in shown["participants"]] == [session.queue_id]
    await acted(session, person, "POST", f"meetings/{meeting['id']}/leave")
    left = {"type": "MEETING_PARTICIPANT_LEFT", **told, "userId": person.id}
    assert await session.heard(2) == [left, {"type": "MEETING_STOPPED", **told}]


async def assert_pictured(session: Session, person: Person, id: str) -> None:
    """Send a picture, and hear at which time it can be asked for."""
    upload = {"session-id": session.queue_id, "fileName": escaped("me.png"), "mimeType": "image/png"}
    answer = await person("PUT", f"{PREFIX}/rooms/{id}/picture", headers=upload, content=b"\x89PNG")
    assert answer.status_code == 204
    changed = said(await session.next())
    assert (changed["type"], changed["roomId"]) == ("ROOM_PICTURE_CHANGED", id)
    shown = await person("GET", f"{PREFIX}/rooms/{id}/picture?{changed['updatedAt']}", headers=JSON)
    assert (shown.status_code, shown.content) == (200, b"\x89PNG")


async def test_a_session_that_comes_again_has_another_queue(live: Server, ada: Person) -> None:
    async with opened(live.url, f"{PREFIX}/events", of_browser(live, ada)) as session:
        session.lose()
    async with opened(live.url, f"{PREFIX}/events", of_browser(live, ada) | {"queue-id": str(uuid4())}) as again:
        assert again.queue_id != session.queue_id
        await again.assert_alive()
