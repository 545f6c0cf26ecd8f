"""What needs a media engine: everything is judged as if there were one, and then it is said that there is none."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from gatherings import House
from participants import assert_shown, joined
from people import BASES, JSON, NOBODY, Meet, Person, Plug, Room
from transcripts import assert_empty

SDP = "v=0\r\no=- 46117317 2 IN IP4 127.0.0.1\r\n"
STREAM = {"userId": NOBODY, "type": "video"}
#: Each operation, with bodies that it takes.
TAKEN: dict[tuple[str, str], list[Any]] = {
    ("PUT", "media"): [
        {"type": "video", "enabled": True, "sdp": SDP},
        {"type": "SCREEN", "enabled": True, "sdp": SDP},
        {"type": "screen", "enabled": False},
        {"type": "video", "enabled": False, "sdp": None, "unknown": 1},
    ],
    ("PUT", "media/answer"): [{"sdp": SDP}],
    ("PUT", "media/subscribe"): [
        {"subscribe": [STREAM], "unsubscribe": []},
        {"subscribe": [], "unsubscribe": [STREAM, STREAM | {"type": "screen"}]},
    ],
    ("PUT", "audio"): [{"enabled": True}, {"enabled": False}, {"enabled": False, "userToModerate": None}],
    ("PUT", "audio/offer"): [{"sdp": SDP}],
    ("POST", "startRecording"): [None, {}],
    ("POST", "stopRecording"): [{}, {"name": "Daily", "folderId": "256"}, {"name": None}],
}
NO_TEXTS: list[Any] = [1, True, [], {}, "v=\0"]
#: Bodies that they don't take.
REFUSED: dict[tuple[str, str], list[Any]] = {
    ("PUT", "media"): [
        *({}, [], {"type": "video"}, {"enabled": True}, {"type": "audio", "enabled": True}, {"type": "", "enabled": 1}),
        *({"type": "video", "enabled": each} for each in (None, 1, "true", [])),
        *({"type": each, "enabled": True} for each in (None, 1, True, [], "vid\0eo")),
        *({"type": "video", "enabled": True, "sdp": each} for each in NO_TEXTS),
    ],
    ("PUT", "media/answer"): [{}, [], {"sdp": None}, *({"sdp": each} for each in NO_TEXTS)],
    ("PUT", "media/subscribe"): [
        *([], {"subscribe": {}}, {"subscribe": "x"}, {"unsubscribe": 1}, {"subscribe": [1]}, {"subscribe": [None]}),
        *({"subscribe": [STREAM | {"type": each}]} for each in ("voice", 1, None)),
        *({"unsubscribe": [STREAM | {"userId": each}]} for each in ("junk", "", 1, None)),
    ],
    ("PUT", "audio"): [
        *({}, [], {"enabled": None}, {"enabled": 1}, {"enabled": "true"}),
        *({"enabled": False, "userToModerate": each} for each in ("junk", "", 1, [])),
    ],
    ("PUT", "audio/offer"): [{}, [], {"sdp": None}, *({"sdp": each} for each in NO_TEXTS)],
    ("POST", "stopRecording"): [[], *({name: each} for name in ("name", "folderId") for each in NO_TEXTS)],
}
EVERY = pytest.mark.parametrize("operation", TAKEN, ids=lambda operation: operation[1])


@pytest.fixture
async def meeting(group: Room, meet: Meet) -> Room:
    return await meet(group)


@pytest.fixture
async def inside(ada: Person, meeting: Room, plug: Plug) -> Room:
    """How Ada is shown, who is in the meeting."""
    return await joined(ada, meeting, await plug(ada), audioStreamEnabled=True)


def path_of(operation: tuple[str, str], meeting: Room) -> tuple[str, str]:
    method, path = operation
    return method, f"/meetings/{meeting['id']}/{path}"


def sent(body: Any) -> dict[str, Any]:
    return {"headers": JSON, "content": b""} if body is None else {"json": body}


@EVERY
class TestStreams:
    @pytest.mark.parametrize("base", BASES)
    async def test_there_is_no_engine(
        self,
        ada: Person,
        ben: Person,
        *,
        meeting: Room,
        inside: Room,
        venue: House,
        operation: tuple[str, str],
        base: str,
    ) -> None:
        before, (method, path) = await venue.told(), path_of(operation, meeting)
        for body in TAKEN[operation]:
            for slash in ("", "/"):
                answer = await ada(method, f"{base}{path}{slash}", **sent(body))
                assert_empty(answer, 424)
        await assert_shown(ben, meeting, inside)
        assert await venue.told() == before

    async def test_who_is_not_in_the_meeting(
        self, ben: Person, *, meeting: Room, inside: Room, operation: tuple[str, str]
    ) -> None:
        for body in TAKEN[operation]:
            assert_empty(await ben(*path_of(operation, meeting), **sent(body)), 404)

    async def test_who_is_no_member(
        self, dora: Person, *, meeting: Room, inside: Room, operation: tuple[str, str]
    ) -> None:
        assert_empty(await dora(*path_of(operation, meeting), **sent(TAKEN[operation][0])), 403)

    async def test_meetings_that_are_not_there(self, ada: Person, *, inside: Room, operation: tuple[str, str]) -> None:
        for id in (NOBODY, str(uuid4()), "junk", "%00"):
            assert_empty(await ada(*path_of(operation, {"id": id}), **sent(TAKEN[operation][0])), 404)

    async def test_without_a_credential(
        self, client: httpx.AsyncClient, ada: Person, *, meeting: Room, operation: tuple[str, str]
    ) -> None:
        method, path = path_of(operation, meeting)
        assert_empty(await client.request(method, path, content=b"{"), 401)
        assert_empty(await ada(method, path, content=b"{", headers=JSON | {"queue-id": "junk"}), 401)

    async def test_wrong_bodies_come_before_all_else(
        self, ada: Person, dora: Person, *, meeting: Room, inside: Room, operation: tuple[str, str]
    ) -> None:
        for body in REFUSED.get(operation, ()):
            assert_empty(await ada(*path_of(operation, meeting), json=body), 400)
        for person, place in ((ada, meeting), (dora, meeting), (ada, {"id": NOBODY})):
            for body in REFUSED.get(operation, ())[:1]:
                assert_empty(await person(*path_of(operation, place), json=body), 400)


class TestModeration:
    """Somebody else's microphone."""

    async def test_by_an_owner_of_the_room(
        self, ada: Person, ben: Person, *, meeting: Room, inside: Room, plug: Plug
    ) -> None:
        await joined(ben, meeting, await plug(ben))
        body = {"enabled": False, "userToModerate": ben.id.upper()}
        assert_empty(await ada("PUT", f"/meetings/{meeting['id']}/audio", json=body), 424)

    async def test_of_somebody_who_is_not_in_it(self, ada: Person, ben: Person, meeting: Room, inside: Room) -> None:
        for id in (ben.id, NOBODY):
            body = {"enabled": False, "userToModerate": id}
            assert_empty(await ada("PUT", f"/meetings/{meeting['id']}/audio", json=body), 404)
