"""What is written down of conferences and templates: each change once, in the transaction that makes it."""

import asyncio
from collections.abc import Awaitable
from uuid import UUID

import asyncpg
import pytest
from factories import CONTENTS, LIMITS, made
from happenings import Happened, Telling
from people import Waiting
from recorded import People

from app.domain import conferences, configurations, ids, meetings, templates
from app.domain.conferences import Conference
from app.domain.configurations import Configuration
from app.domain.database import Transaction
from app.domain.errors import (
    ConferenceNotFound,
    DefaultTemplateNeeded,
    LargeRoomNeeded,
    NameTaken,
    TemplateNotFound,
    TemplateTaken,
    TemplateTooLarge,
)
from app.domain.templates import Template

OFF, ON, NOTHING = Configuration(enabled=False), Configuration(enabled=True), Configuration()
SAID = Configuration(description="said")


@pytest.fixture
async def other(transaction: Transaction) -> Template:
    async with transaction.begun():
        return await templates.establish(transaction, "other", CONTENTS)


async def kept(database: asyncpg.Connection) -> list[tuple[str, UUID | None]]:
    """Return what was written down, and of what."""
    rows = await database.fetch("SELECT type, conference_id FROM analytics_event ORDER BY id")
    return [tuple(row) for row in rows]


class TestConferences:
    async def test_by_name_are_created_then_changed(
        self, telling: Telling, database: asyncpg.Connection, shape: Happened
    ) -> None:
        def establish(name: str, said: Configuration) -> Awaitable[list[Happened]]:
            return telling(configurations.establish, name, said, limits=LIMITS)

        [created] = await establish("Ones", SAID)
        id = await database.fetchval("SELECT id FROM conference")
        about = {"conference_id": id, "name": "Ones", "enabled": True, **shape}
        assert created == {"type": "ConferenceCreated", **about}
        assert await establish("ONES", SAID) == [{"type": "ConferenceUpdated", **about}]
        assert await establish("Ones", NOTHING) == []
        disabled = about | {"enabled": False}
        assert await establish("Ones", OFF) == [{"type": "ConferenceLocked", **disabled}]
        assert await establish("Ones", OFF) == [{"type": "ConferenceUpdated", **disabled}]
        assert await establish("Ones", SAID) == [{"type": "ConferenceUpdated", **disabled}]
        assert await establish("Ones", ON) == [{"type": "ConferenceUpdated", **about}]

    async def test_that_are_created_disabled_were_never_locked(
        self, telling: Telling, database: asyncpg.Connection, shape: Happened
    ) -> None:
        happened = await telling(configurations.establish, "Ones", OFF, limits=LIMITS)
        id = await database.fetchval("SELECT id FROM conference")
        about = {"conference_id": id, "name": "Ones", "enabled": False, **shape}
        assert happened == [{"type": "ConferenceCreated", **about}]

    async def test_that_take_the_name_of_one_whose_time_is_over_are_created(
        self, transaction: Transaction, telling: Telling, database: asyncpg.Connection, conference: Conference
    ) -> None:
        await database.execute("UPDATE conference SET expires_at = now() - interval '1 second'")
        [created] = await telling(configurations.establish, "Ones", OFF, limits=LIMITS)
        assert (created["type"], created["conference_id"] != conference.id) == ("ConferenceCreated", True)

    async def test_that_are_disabled_while_they_are_opened_are_locked(
        self, transaction: Transaction, elsewhere: Transaction, database: asyncpg.Connection, waiting: Waiting
    ) -> None:
        async def disable() -> None:
            async with elsewhere.begun():
                await configurations.establish(elsewhere, "ones", OFF, limits=LIMITS)

        async with transaction.begun():
            opened = await configurations.establish(transaction, "Ones", ON, limits=LIMITS)
            disabling = asyncio.create_task(disable())
            await waiting(1)
        await disabling
        assert await kept(database) == [("ConferenceCreated", opened.id), ("ConferenceLocked", opened.id)]

    async def test_by_id_are_changed(self, telling: Telling, conference: Conference, shape: Happened) -> None:
        def change(said: Configuration, **naming: str) -> Awaitable[list[Happened]]:
            return telling(configurations.change, conference.id, said, **naming)

        about = {"conference_id": conference.id, "name": "Ones", "enabled": True, **shape}
        assert await change(NOTHING) == []
        assert await change(SAID) == [{"type": "ConferenceUpdated", **about}]
        renamed = about | {"name": "Twos"}
        assert await change(NOTHING, name="Twos") == [{"type": "ConferenceUpdated", **renamed}]
        disabled = renamed | {"enabled": False}
        assert await change(OFF) == [{"type": "ConferenceLocked", **disabled}]
        assert await change(OFF, name="Twos") == [{"type": "ConferenceUpdated", **disabled}]
        assert await change(ON) == [{"type": "ConferenceUpdated", **renamed}]

    async def test_are_locked_once_when_they_are_named_too(self, telling: Telling, conference: Conference) -> None:
        [locked] = await telling(configurations.change, conference.id, OFF, name="Twos")
        assert (locked["type"], locked["name"]) == ("ConferenceLocked", "Twos")

    async def test_by_an_existing_name_are_disabled(
        self, telling: Telling, conference: Conference, shape: Happened
    ) -> None:
        about = {"conference_id": conference.id, "name": "Ones", "enabled": False, **shape}
        assert await telling(configurations.change_named, "ones", OFF) == [{"type": "ConferenceLocked", **about}]
        assert await telling(configurations.change_named, "ones", OFF) == [{"type": "ConferenceUpdated", **about}]

    @pytest.mark.parametrize("name", ["Ones", None])
    async def test_of_api_realtime_are_created(
        self, telling: Telling, database: asyncpg.Connection, shape: Happened, name: str | None
    ) -> None:
        happened = await telling(conferences.create, name=name, limits=LIMITS)
        id = await database.fetchval("SELECT id FROM conference")
        named = {"name": name} if name else {}
        assert happened == [{"type": "ConferenceCreated", "conference_id": id, "enabled": True, **named, **shape}]
        assert await telling(conferences.remove, id) == []

    async def test_of_rooms_are_created_and_called_like_them(
        self, transaction: Transaction, telling: Telling, people: People, shape: Happened
    ) -> None:
        room = await made(transaction, "group", people.ada, people.ben, people.cleo)
        how = {"name": None, "type": "permanent", "expires_at": None, "limits": LIMITS}
        [created] = await telling(meetings.create, room, caller_id=people.ada, **how)
        about = {"conference_id": created["conference_id"], "name": "Ones", "enabled": True, **shape}
        assert created == {"type": "ConferenceCreated", **about}
        assert await telling(meetings.start, created["conference_id"], caller_id=people.ada) == []
        assert await telling(meetings.stop, created["conference_id"], caller_id=people.ada) == []

    async def test_that_are_refused_leave_nothing(
        self, transaction: Transaction, database: asyncpg.Connection, conference: Conference
    ) -> None:
        async with transaction.begun():
            await configurations.establish(transaction, "Twos", NOTHING, limits=LIMITS)
        before, large = await kept(database), Configuration(size=2_501)
        for refused, fact in (
            (configurations.change(transaction, conference.id, SAID, name="twos"), NameTaken),
            (configurations.change(transaction, conference.id, large), LargeRoomNeeded),
            (configurations.change(transaction, ids.new_id(), OFF), ConferenceNotFound),
            (configurations.change_named(transaction, "Threes", OFF), ConferenceNotFound),
            (configurations.establish(transaction, "Threes", large, limits=LIMITS), LargeRoomNeeded),
        ):
            with pytest.raises(fact):
                async with transaction.begun():
                    await refused
        assert await kept(database) == before


class TestTemplates:
    async def test_are_created_then_overwritten(self, telling: Telling, database: asyncpg.Connection) -> None:
        [created] = await telling(templates.establish, "other", CONTENTS)
        id = await database.fetchval("SELECT id FROM template WHERE NOT is_default")
        about = {"template_id": id, "template_name": "other"}
        assert created == {"type": "TemplateCreated", **about}
        assert await telling(templates.establish, "other", CONTENTS) == [{"type": "TemplateUpdated", **about}]

    async def test_are_replaced_and_renamed(self, telling: Telling, other: Template) -> None:
        about = {"type": "TemplateUpdated", "template_id": other.id, "template_name": "other"}
        assert await telling(templates.replace, other.id, CONTENTS) == [about]
        renamed = about | {"template_name": "another"}
        assert await telling(templates.replace, other.id, CONTENTS, name="another", default=True) == [renamed]

    @pytest.mark.parametrize("column", ["roles", "destinations", "recordings", "settings"])
    async def test_are_changed_in_parts(self, telling: Telling, other: Template, column: str) -> None:
        about = {"template_id": other.id, "template_name": "other"}
        document = "[]" if column == "recordings" else "{}"
        happened = await telling(templates.change, other.id, **{column: document})
        assert happened == [{"type": "TemplateUpdated", **about}]

    async def test_that_are_refused_leave_nothing(
        self, transaction: Transaction, database: asyncpg.Connection, other: Template
    ) -> None:
        before, large = await kept(database), f'"{"x" * templates.LARGEST_DOCUMENT}"'
        default = await database.fetchval("SELECT id FROM template WHERE is_default")
        name = await database.fetchval("SELECT name FROM template WHERE is_default")
        for refused, fact in (
            (templates.establish(transaction, name, CONTENTS, default=False), DefaultTemplateNeeded),
            (templates.replace(transaction, default, CONTENTS, default=False), DefaultTemplateNeeded),
            (templates.replace(transaction, other.id, CONTENTS, name=name), TemplateTaken),
            (templates.replace(transaction, ids.new_id(), CONTENTS), TemplateNotFound),
            (templates.change(transaction, ids.new_id(), roles="{}"), TemplateNotFound),
            (templates.change(transaction, other.id, roles=large), TemplateTooLarge),
        ):
            with pytest.raises(fact):
                async with transaction.begun():
                    await refused
        assert await kept(database) == before
