"""What the administrator has set, on servers with settings of their own."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx

ROOM = "/api/realtime/room"
Check = Callable[..., None]
Serve = Callable[..., AbstractAsyncContextManager[Any]]


class TestAdministratorsSettings:
    async def test_limits_and_lifetimes_show_in_the_room_and_come_true(
        self, serve: Serve, same: Check, refused: Check
    ) -> None:
        async with (
            serve(
                ENFILADE_VCS__MAX_PARTICIPANTS="3",
                ENFILADE_VCS__ROOM_TTL_SECONDS="5",
                ENFILADE_VCS__ROOM_TOKEN_TTL_SECONDS="2",
                ENFILADE_VCS__ENDPOINT_TTL_SECONDS="3600",
            ) as server,
            httpx.AsyncClient(base_url=server.url, headers={"x-vcs-token": server.vcs_key}) as real,
        ):
            room = (await real.post(ROOM)).json()["room"]
            limits = {
                "maxParticipants": 3,
                "roomTokenTTLSeconds": 2,
                "roomTTLSeconds": 5,
                "endpointTTLSeconds": 3600,
            }
            assert room == room | limits

            await asyncio.sleep(2.1)
            later = await real.get(f"{ROOM}/{room['id']}")
            same(later, room | {"token": later.json()["token"]})
            assert later.json()["token"] != room["token"]

            await asyncio.sleep(3)
            refused(await real.get(f"{ROOM}/{room['id']}"), "REALTIME-00004", room["id"])
            same(await real.get(ROOM), {"data": []})


class TestPreflight:
    """A browser asks before it calls, without a key: answered before authentication."""

    async def test_allows_the_origins_of_the_setting_alone(self, serve: Serve, refused: Check) -> None:
        wish = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-vcs-token"}
        async with (
            serve(ENFILADE_CORS_ORIGINS="https://app.example") as server,
            httpx.AsyncClient(base_url=server.url) as browser,
        ):
            known = await browser.options(ROOM, headers=wish | {"Origin": "https://app.example"})
            assert known.status_code in {200, 204}
            assert known.headers["access-control-allow-origin"] == "https://app.example"
            assert "POST" in known.headers["access-control-allow-methods"]
            assert "x-vcs-token" in known.headers["access-control-allow-headers"].lower()

            other = await browser.options(ROOM, headers=wish | {"Origin": "https://other.example"})
            assert "access-control-allow-origin" not in other.headers

            answer = await browser.get(ROOM, headers={"Origin": "https://app.example"})
            refused(answer, "BASE-00001")
            assert answer.headers["access-control-allow-origin"] == "https://app.example"
