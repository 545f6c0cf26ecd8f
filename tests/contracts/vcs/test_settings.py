"""What the administrator has set, on servers with settings of their own."""

import time
from collections.abc import Callable, Iterator

import pytest
from databases import Postgres
from processes import Begin, settings_of

ROOM = "/api/realtime/room"
Check = Callable[..., None]


@pytest.fixture
def empty(postgres: Postgres, template: str) -> Iterator[dict[str, str]]:
    """The settings for a database without rooms."""
    with postgres.database(template) as url:
        yield settings_of(url)


class TestAdministratorsSettings:
    def test_limits_and_lifetimes_show_in_the_room_and_come_true(
        self, begin: Begin, empty: dict[str, str], same: Check, refused: Check
    ) -> None:
        server = begin(
            **empty,
            ENFILADE_VCS__MAX_PARTICIPANTS="3",
            ENFILADE_VCS__ROOM_TTL_SECONDS="5",
            ENFILADE_VCS__ROOM_TOKEN_TTL_SECONDS="1",
            ENFILADE_VCS__ENDPOINT_TTL_SECONDS="3600",
        )
        with server.client(**{"x-vcs-token": server.create_key()}) as real:
            room = real.post(ROOM).json()["room"]
            limits = {
                "maxParticipants": 3,
                "roomTokenTTLSeconds": 1,
                "roomTTLSeconds": 5,
                "endpointTTLSeconds": 3600,
            }
            assert room == room | limits

            time.sleep(1.1)
            later = real.get(f"{ROOM}/{room['id']}")
            same(later, room | {"token": later.json()["token"]})
            assert later.json()["token"] != room["token"]

            time.sleep(4)
            refused(real.get(f"{ROOM}/{room['id']}"), "REALTIME-00004", room["id"])
            same(real.get(ROOM), {"data": []})


class TestPreflight:
    """A browser asks before it calls, without a key: answered before authentication."""

    def test_allows_the_origins_of_the_setting_alone(self, begin: Begin, empty: dict[str, str], refused: Check) -> None:
        wish = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-vcs-token"}
        with begin(**empty, ENFILADE_CORS_ORIGINS="https://app.example").client() as browser:
            known = browser.options(ROOM, headers=wish | {"Origin": "https://app.example"})
            assert known.status_code in {200, 204}
            assert known.headers["access-control-allow-origin"] == "https://app.example"
            assert "POST" in known.headers["access-control-allow-methods"]
            assert "x-vcs-token" in known.headers["access-control-allow-headers"].lower()

            other = browser.options(ROOM, headers=wish | {"Origin": "https://other.example"})
            assert "access-control-allow-origin" not in other.headers

            answer = browser.get(ROOM, headers={"Origin": "https://app.example"})
            refused(answer, "BASE-00001")
            assert answer.headers["access-control-allow-origin"] == "https://app.example"
