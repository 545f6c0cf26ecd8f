"""POST /v2/active-rooms/{room_id}/send-message: what those who are in a room are told, and who of them."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from gatherings import House, Meeting

ACTIVE = "/v2/active-rooms"
KIB = 1024
SENT = {"message": "message sent"}
Check = Callable[..., None]
Send = Callable[..., Awaitable[httpx.Response]]
Heard = list[tuple[str, str, str]]


@pytest.fixture
def send(hms: httpx.AsyncClient, meeting: Meeting) -> Send:
    """`await send(message="Hello")`."""
    return lambda **members: hms.post(f"{ACTIVE}/{meeting.hex}/send-message", json=members)


@pytest.fixture
def heard(house: House, meeting: Meeting) -> Callable[[], Awaitable[Heard]]:
    """Return what was said, as what, and to whom."""
    names = {person.id: name for name, person in house.people.items()}

    async def heard() -> Heard:
        told = [(body, whom) for type, body, whom in await house.told() if type == "MeetingMessageSent"]
        assert all(body["meeting_id"] == meeting.id and len(body) == 3 for body, _ in told)
        return [
            (body["message"], body["message_type"], " ".join(sorted(names[id] for id in whom))) for body, whom in told
        ]

    return heard


class TestWhom:
    async def test_everybody_a_role_or_one(self, send: Send, ids: dict[str, str], heard: Any, same: Check) -> None:
        """`peer_id` counts before `role`; the Node SDK spells it `peerId`."""
        for whom, names in (
            ({}, "Ada Ben Cleo"),
            ({"peer_id": None, "role": None, "type": None}, "Ada Ben Cleo"),
            ({"role": "guest"}, "Ben Cleo"),
            ({"role": "host"}, "Ada"),
            ({"peer_id": ids["Ben"]}, "Ben"),
            ({"peerId": ids["Cleo"]}, "Cleo"),
            ({"peer_id": ids["Ben"], "role": "host"}, "Ben"),
            ({"peerId": ids["Ben"], "role": "host"}, "Ben"),
            ({"peer_id": ids["Ben"], "role": "speaker"}, "Ben"),
        ):
            same(await send(message="Hello", **whom), SENT)
            assert (await heard())[-1] == ("Hello", "chat", names), whom
        assert len(await heard()) == 9

    async def test_a_role_that_nobody_has_is_nobody(self, send: Send, heard: Any, same: Check) -> None:
        for role in ("speaker", "HOST", "x" * 5000, "é"):
            same(await send(message="Hello", role=role), SENT)
        assert await heard() == []

    async def test_those_of_a_role_that_was_changed(
        self, hms: httpx.AsyncClient, meeting: Meeting, send: Send, ids: dict[str, str], *, heard: Any
    ) -> None:
        await hms.post(f"{ACTIVE}/{meeting.hex}/peers/{ids['Ben']}", json={"role": "host"})
        await send(message="Hello", role="host")
        assert await heard() == [("Hello", "chat", "Ada Ben")]

    async def test_only_those_who_are_in(
        self, house: House, meeting: Meeting, send: Send, ids: dict[str, str], *, heard: Any, missing: Check
    ) -> None:
        """Not those who have left, nor members who never came."""
        await meeting.leave(house.ben)
        await meeting.join(house.ada)
        for gone in ("Ben", "Ada"):
            for spelling in ("peer_id", "peerId"):
                missing(await send(message="Hello", **{spelling: ids[gone]}), "Peer")
        await send(message="Hello")
        assert await heard() == [("Hello", "chat", "Ada Cleo")]

    async def test_nobody_of_another_room(
        self, hms: httpx.AsyncClient, house: House, ids: dict[str, str], *, heard: Any, missing: Check
    ) -> None:
        other = await house.meeting()
        await other.join(house.ada)
        path = f"{ACTIVE}/{other.hex}/send-message"
        missing(await hms.post(path, json={"message": "Hello", "peer_id": ids["Ben"]}), "Peer")
        assert await heard() == []


class TestWhat:
    async def test_any_text_up_to_16_kib(self, send: Send, heard: Any, same: Check) -> None:
        for message in ("x", " ", "\n", "é\U0001f680", '{"hand":true}', "x" * 16 * KIB, "é" * 8 * KIB):
            same(await send(message=message), SENT)
            assert (await heard())[-1] == (message, "chat", "Ada Ben Cleo")

    async def test_of_any_type_up_to_64_characters(self, send: Send, heard: Any, same: Check) -> None:
        for type in ("chat", "x", "é\U0001f680", "t" * 64):
            same(await send(message="Hello", type=type), SENT)
            assert (await heard())[-1] == ("Hello", type, "Ada Ben Cleo")

    async def test_in_their_order(self, send: Send, heard: Any) -> None:
        for number in range(5):
            await send(message=str(number), role="host")
        assert [message for message, _, _ in await heard()] == list("01234")

    async def test_as_any_type_of_body_and_with_what_nobody_knows(
        self, hms: httpx.AsyncClient, meeting: Meeting, heard: Any, same: Check
    ) -> None:
        content = b'{"message":"Hello","unknown":"\\u0000","message_type":1}'
        for path in (f"{ACTIVE}/{meeting.hex}/send-message/", f"/api{ACTIVE}/{meeting.hex}/send-message"):
            same(await hms.post(path, content=content, headers={"Content-Type": "text/plain"}), SENT)
        assert await heard() == [("Hello", "chat", "Ada Ben Cleo")] * 2


WRONG: dict[str, list[dict[str, Any]]] = {
    "message is required": [{}, {"message": None}, {"message": ""}, {"role": "host"}, {"Message": "x"}],
    "message must be a string": [{"message": value} for value in (0, 1.5, True, [], ["x"], {})],
    "message must not contain NUL": [{"message": "\0"}, {"message": "a\0b"}],
    "message must not be larger than 16 KiB": [{"message": "x" * 16385}, {"message": "é" * 8193}],
    "type must have at most 64 characters": [{"message": "x", "type": "t" * 65}],
    "type must be a string": [{"message": "x", "type": value} for value in (0, True, [], {})],
    "type must not contain NUL": [{"message": "x", "type": "\0"}],
    "role must be a string": [{"message": "x", "role": value} for value in (0, True, ["host"], {})],
    "role must not contain NUL": [{"message": "x", "role": "host\0"}],
    "peer_id must be a string": [{"message": "x", "peer_id": value} for value in (0, True, ["x"], {})],
    "peerId must be a string": [{"message": "x", "peerId": value} for value in (0, True, ["x"], {})],
}


class TestRefused:
    async def test_a_wrong_body(self, send: Send, heard: Any, bad_body: Check, subtests: pytest.Subtests) -> None:
        for text, bodies in WRONG.items():
            for body in bodies:
                with subtests.test(repr(body)[:60]):
                    bad_body(await send(**body), text)
        assert await heard() == []

    @pytest.mark.parametrize("body", [b"", b"{}"])
    async def test_an_empty_body(self, hms: httpx.AsyncClient, meeting: Meeting, body: bytes, bad_body: Check) -> None:
        bad_body(await hms.post(f"{ACTIVE}/{meeting.hex}/send-message", content=body), "message is required")
