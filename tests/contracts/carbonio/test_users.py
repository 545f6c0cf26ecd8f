"""Users: `GET /users/{userId}`, `GET /users`, `GET /users/capabilities` (the published section "Users")."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import httpx
import pytest
from asgi_lifespan import LifespanManager
from people import NOBODY, Acquaint, Person, removed
from transcripts import assert_empty, assert_same, caller

from app.domain import users
from app.domain.database import Transaction
from app.main import create_app
from app.settings import ChatsSettings, Settings

JUNK = ["junk", "1", "%00", "%0A", "%FF", "%F0%9F%98%80", NOBODY.replace("-", ""), f"{{{NOBODY}}}", f"{NOBODY}%0A"]


def shown(person: Person, type: str = "internal") -> dict[str, str]:
    return {"id": person.id, "email": person.email, "name": person.name, "type": type}


class TestUser:
    """GET /users/{userId}."""

    async def test_is_shown_to_everybody(self, ada: Person, ben: Person) -> None:
        for person in (ada, ben):
            assert_same(await person("GET", f"/users/{ben.id}"), shown(ben))

    async def test_is_found_in_capitals(self, ada: Person, ben: Person) -> None:
        assert_same(await ada("GET", f"/users/{ben.id.upper()}"), shown(ben))

    async def test_may_be_a_guest(self, ada: Person, acquaint: Acquaint) -> None:
        guest = await acquaint("Gus", type="guest")
        assert_same(await ada("GET", f"/users/{guest.id}"), shown(guest, "guest"))
        assert_same(await guest("GET", f"/users/{ada.id}"), shown(ada))

    async def test_has_the_name_and_email_that_were_given(self, ada: Person, transaction: Transaction) -> None:
        id = UUID("00000000-0000-4000-8000-0000000000ff")
        await users.add(transaction, email="Zoë.Ö@Example.org", name='Zoë "Z" \U0001f680 \\', id=id)
        expected = {
            "id": str(id),
            "email": "Zoë.Ö@Example.org",
            "name": 'Zoë "Z" \U0001f680 \\',
            "type": "internal",
        }
        assert_same(await ada("GET", f"/users/{id}"), expected)

    @pytest.mark.parametrize("id", [NOBODY, "junk"])
    async def test_that_never_was_is_not_found(self, ada: Person, id: str) -> None:
        assert_empty(await ada("GET", f"/users/{id}"), 404)

    async def test_that_was_removed_is_not_found(self, ada: Person, ben: Person, database: asyncpg.Connection) -> None:
        await removed(ben, database)
        assert_empty(await ada("GET", f"/users/{ben.id}"), 404)


class TestUsers:
    """GET /users?userIds=…&userIds=…."""

    async def asked(self, person: Person, *ids: str) -> httpx.Response:
        return await person("GET", "/users?" + "&".join(f"userIds={id}" for id in ids))

    async def test_are_answered_in_the_order_asked(self, ada: Person, ben: Person, cleo: Person) -> None:
        for people in ((cleo, ada, ben), (ben, cleo, ada), (ada,)):
            answer = await self.asked(ada, *[person.id for person in people])
            assert_same(answer, [shown(person) for person in people])

    async def test_are_answered_once_each(self, ada: Person, ben: Person) -> None:
        answer = await self.asked(ada, ben.id, ada.id, ben.id.upper(), ada.id)
        assert_same(answer, [shown(ben), shown(ada)])

    async def test_that_never_were_are_dropped(self, ada: Person, ben: Person) -> None:
        assert_same(await self.asked(ada, NOBODY, ben.id, *JUNK[:6]), [shown(ben)])
        assert_same(await self.asked(ada, *JUNK), [])
        assert_same(await self.asked(ada, f"{ada.id},{ben.id}"), [])

    @pytest.mark.parametrize("query", ["", "?", "?userIds", "?userIds=", "?userIds=&userIds=", "?userids=x", "?x=1"])
    async def test_none_is_refused(self, ada: Person, query: str) -> None:
        assert_empty(await ada("GET", f"/users{query}"), 400)

    async def test_ten_are_accepted(self, ada: Person, acquaint: Acquaint) -> None:
        people = [await acquaint(f"P{number}") for number in range(10)]
        answer = await self.asked(ada, "", *[person.id for person in people], "")
        assert_same(answer, [shown(person) for person in people])

    @pytest.mark.parametrize("ids", [[NOBODY] * 11, ["junk"] * 11, JUNK + JUNK, [NOBODY] * 1000], ids=len)
    async def test_more_are_refused_whatever_they_are(self, ada: Person, ids: list[str]) -> None:
        assert_empty(await self.asked(ada, *ids), 400)

    async def test_eleven_of_one_are_more_than_ten(self, ada: Person) -> None:
        assert_same(await self.asked(ada, *[ada.id] * 10), [shown(ada)])
        assert_empty(await self.asked(ada, *[ada.id] * 11), 400)


DEFAULTS = {
    "canSeeMessageReads": True,
    "canSeeUsersPresence": True,
    "canVideoCall": True,
    "canVideoCallRecord": True,
    "canUseVirtualBackground": True,
    "editMessageTimeLimitInMinutes": 10,
    "deleteMessageTimeLimitInMinutes": 10,
    "maxGroupMembers": 128,
    "maxRoomImageSizeInKb": 512,
    "maxUserImageSizeInKb": 512,
}
OTHERS = {
    "canSeeMessageReads": False,
    "canSeeUsersPresence": False,
    "canVideoCall": False,
    "canVideoCallRecord": False,
    "canUseVirtualBackground": False,
    "editMessageTimeLimitInMinutes": 1,
    "deleteMessageTimeLimitInMinutes": 2,
    "maxGroupMembers": 3,
    "maxRoomImageSizeInKb": 4,
    "maxUserImageSizeInKb": 5,
}


class TestCapabilities:
    """GET /users/capabilities."""

    async def test_are_those_of_the_settings(self, ada: Person, acquaint: Acquaint) -> None:
        guest = await acquaint("Gus", type="guest")
        for person in (ada, guest):
            assert_same(await person("GET", "/users/capabilities"), DEFAULTS)


class TestOtherCapabilities:
    """GET /users/capabilities, with every setting another one."""

    @pytest.fixture(scope="class")
    @classmethod
    async def application(cls, settings: Settings) -> AsyncIterator[object]:
        chats = ChatsSettings(
            can_see_message_reads=False,
            can_see_users_presence=False,
            can_video_call=False,
            can_video_call_record=False,
            can_use_virtual_background=False,
            edit_message_time_limit_in_minutes=1,
            delete_message_time_limit_in_minutes=2,
            max_group_members=3,
            max_room_image_size_in_kb=4,
            max_user_image_size_in_kb=5,
        )
        async with LifespanManager(create_app(settings.model_copy(update={"chats": chats}))) as manager:
            yield manager.app

    async def test_are_those_of_the_settings(self, ada: Person) -> None:
        assert_same(await ada("GET", "/users/capabilities"), OTHERS)

    @pytest.mark.parametrize("member", DEFAULTS)
    async def test_each_setting_changes_its_own(self, settings: Settings, ada: Person, member: str) -> None:
        name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in member)
        chats = ChatsSettings(**{name: OTHERS[member]})
        server = create_app(settings.model_copy(update={"chats": chats}))
        async with LifespanManager(server) as manager, caller(manager.app) as client:
            answer = await client.get("/users/capabilities", headers={"Cookie": f"ZM_AUTH_TOKEN={ada.token}"})
        assert_same(answer, DEFAULTS | {member: OTHERS[member]})
