"""Enable and disable, both ways: `enabled` by id or name, and the older `active`."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

ROOMS = "/v2/rooms"
Check = Callable[..., None]
Room = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
Whole = Callable[..., Room]
Changed = Callable[..., Room]


class TestById:
    """POST /v2/rooms/{room_id}."""

    @pytest.mark.parametrize("member", ["enabled", "active"])
    async def test_disables_and_enables(
        self, hms: httpx.AsyncClient, create: Make, same: Check, changed: Changed, member: str
    ) -> None:
        room = await create(name="room-a", description="Mine", size=5)
        off = await hms.post(f"{ROOMS}/{room['id']}", json={member: False})
        same(off, changed(room, off.json(), enabled=False, active=False))
        same(await hms.get(f"{ROOMS}/{room['id']}"), off.json())
        on = await hms.post(f"{ROOMS}/{room['id']}", json={member: True})
        same(on, changed(room, on.json(), enabled=True, active=True))
        same(await hms.get(f"{ROOMS}/{room['id']}"), on.json())

    @pytest.mark.parametrize("enabled", [True, False])
    async def test_of_both_enabled_counts(self, hms: httpx.AsyncClient, create: Make, *, enabled: bool) -> None:
        room = await create(name="room-a")
        answer = await hms.post(f"{ROOMS}/{room['id']}", json={"active": not enabled, "enabled": enabled})
        assert (answer.json()["enabled"], answer.json()["active"]) == (enabled, enabled)

    async def test_a_disabled_room_can_be_changed(
        self, hms: httpx.AsyncClient, create: Make, same: Check, changed: Changed
    ) -> None:
        room = await create(name="room-a", enabled=False)
        answer = await hms.post(f"{ROOMS}/{room['id']}", json={"size": 5})
        same(answer, changed(room, answer.json(), size=5))
        assert answer.json()["enabled"] is False


class TestByName:
    """POST /v2/rooms: row "`active:false`"."""

    @pytest.mark.parametrize("name", ["Room-A", "room-a", "ROOM-A"])
    async def test_disables(
        self, hms: httpx.AsyncClient, create: Make, same: Check, changed: Changed, name: str
    ) -> None:
        room = await create(name="Room-A", description="Mine")
        answer = await hms.post(ROOMS, json={"name": name, "active": False})
        same(answer, changed(room, answer.json(), enabled=False, active=False))
        same(await hms.get(f"{ROOMS}/{room['id']}"), answer.json())

    async def test_disables_what_is_disabled(self, hms: httpx.AsyncClient, create: Make) -> None:
        room = await create(name="room-a", enabled=False)
        answer = await hms.post(ROOMS, json={"name": "room-a", "active": False})
        assert (answer.json()["id"], answer.json()["active"]) == (room["id"], False)

    async def test_enables(self, hms: httpx.AsyncClient, create: Make, same: Check, changed: Changed) -> None:
        room = await create(name="room-a", enabled=False)
        answer = await hms.post(ROOMS, json={"name": "room-a", "active": True})
        same(answer, changed(room, answer.json(), enabled=True, active=True))

    async def test_sets_other_members_too(
        self, hms: httpx.AsyncClient, create: Make, same: Check, changed: Changed
    ) -> None:
        room = await create(name="room-a")
        answer = await hms.post(ROOMS, json={"name": "room-a", "active": False, "description": "closed"})
        same(answer, changed(room, answer.json(), enabled=False, active=False, description="closed"))

    @pytest.mark.parametrize("more", [{}, {"description": "x", "size": 5}, {"enabled": None}])
    async def test_an_unknown_name_is_no_room_and_makes_none(
        self, hms: httpx.AsyncClient, missing: Check, same: Check, more: Room
    ) -> None:
        missing(await hms.post(ROOMS, json={"name": "room-a", "active": False, **more}))
        same(await hms.get(ROOMS), {"limit": 10, "data": [], "last": ""})

    @pytest.mark.parametrize("more", [{}, {"name": None}, {"description": "x"}, {"enabled": None}])
    async def test_without_a_name_is_refused(
        self, hms: httpx.AsyncClient, bad_body: Check, same: Check, more: Room
    ) -> None:
        """Row "`active:false` without a name"."""
        bad_body(await hms.post(ROOMS, json={"active": False, **more}), "name is required when active is false")
        same(await hms.get(ROOMS), {"limit": 10, "data": [], "last": ""})

    async def test_of_a_name_that_cannot_be_is_a_bad_name(self, hms: httpx.AsyncClient, bad_body: Check) -> None:
        answer = await hms.post(ROOMS, json={"name": "", "active": False})
        bad_body(answer, "name must be 1 to 255 characters of a-z, A-Z, 0-9 and . - : _")

    @pytest.mark.parametrize("members", [{"active": True}, {"name": "room-a", "active": True}, {"active": None}])
    async def test_active_true_makes_an_enabled_room(
        self, hms: httpx.AsyncClient, same: Check, whole: Whole, members: Room
    ) -> None:
        answer = await hms.post(ROOMS, json=members)
        same(answer, whole(answer.json()))

    @pytest.mark.parametrize("name", [{}, {"name": "room-a"}])
    @pytest.mark.parametrize("enabled", [True, False])
    async def test_enabled_makes_a_room_that_is_so_from_the_start(
        self, hms: httpx.AsyncClient, same: Check, whole: Whole, name: Room, *, enabled: bool
    ) -> None:
        answer = await hms.post(ROOMS, json={"enabled": enabled, **name})
        same(answer, whole(answer.json(), enabled=enabled))
        same(await hms.get(f"{ROOMS}/{answer.json()['id']}"), answer.json())

    @pytest.mark.parametrize("active", [True, False])
    async def test_of_both_active_counts(self, hms: httpx.AsyncClient, create: Make, *, active: bool) -> None:
        room = await create(name="room-a", enabled=not active)
        answer = await hms.post(ROOMS, json={"name": "room-a", "active": active, "enabled": not active})
        assert (answer.json()["id"], answer.json()["enabled"], answer.json()["active"]) == (room["id"], active, active)

    @pytest.mark.parametrize("enabled", [True, False])
    async def test_creates_nothing_whatever_enabled_says(self, hms: httpx.AsyncClient, *, enabled: bool) -> None:
        for name, status in (({"name": "room-a"}, 404), ({}, 400)):
            answer = await hms.post(ROOMS, json={"active": False, "enabled": enabled, **name})
            assert answer.status_code == status
        assert (await hms.get(ROOMS)).json()["data"] == []
