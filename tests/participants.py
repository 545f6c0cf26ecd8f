"""Those who are in a meeting, as the chats show them."""

import asyncio
from datetime import UTC, datetime

from people import TIME, Person, Room
from transcripts import assert_same

ACCEPTED = {"status": "ACCEPTED"}
Headers = dict[str, str]


async def joined(person: Person, meeting: Room, socket: Headers, **flags: object) -> Room:
    """Join, each in another millisecond, and return how the participant is shown, but for when he came."""
    assert_same(await person("POST", f"/meetings/{meeting['id']}/join", headers=socket, json=flags), ACCEPTED)
    await asyncio.sleep(0.002)
    streams = {f"{kind}StreamEnabled": bool(flags.get(f"{kind}StreamEnabled")) for kind in ("audio", "video", "screen")}
    return {"userId": person.id, "queueId": socket["queue-id"], **streams}


async def assert_shown(person: Person, meeting: Room, *expected: Room) -> Room:
    """Judge the meeting wherever it is shown to somebody: who is in it, in this order; and return it."""
    shown: Room = (await person("GET", f"/meetings/{meeting['id']}")).json()
    times = [each["joinedAt"] for each in shown["participants"]]
    here = [each | {"joinedAt": time} for each, time in zip(expected, times, strict=True)]
    active = {"active": bool(here), "participants": here, "createdAt": meeting["createdAt"]}
    active |= {"startedAt": shown["startedAt"]} if here else {}
    whole = {name: meeting[name] for name in ("id", "name", "roomId") if name in meeting} | active
    whole |= {"meetingType": meeting["meetingType"]}
    for path, body in (
        (f"/meetings/{meeting['id']}", whole),
        (f"/rooms/{meeting['roomId']}/meeting", whole),
        ("/meetings", [whole]),
    ):
        assert_same(await person("GET", path), body)
    for time in times:
        assert TIME.fullmatch(time)
        assert abs((datetime.now(UTC) - datetime.fromisoformat(time)).total_seconds()) < 60
    assert times == sorted(times)
    return shown
