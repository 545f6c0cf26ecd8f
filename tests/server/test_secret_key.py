"""SECRET_KEY is changed under processes that serve one database: what one has given away, the others take."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from databases import Postgres
from processes import RunServer, Server

from app.apis.hms.tokens import management_token

ROOM = "/api/realtime/room"
#: Where nothing is sent: each try is over at once.
WEBHOOK = {"url": "https://127.0.0.1/", "headers": {"Authorization": "Basic x"}}
OLD, NEW = "the old key", "the new key, with a comma"
#: The steps, each of which every process takes before one takes the next: SECRET_KEY, and its fallbacks.
BEFORE = (OLD, "")
NEW_IS_UNDERSTOOD = (OLD, f'["{NEW}"]')
NEW_IS_USED = (NEW, f'["{OLD}"]')
OLD_IS_DROPPED = (NEW, "")

Start = Callable[[tuple[str, str]], Server]


@pytest.fixture
def start(run_server: RunServer, postgres: Postgres, template: str) -> Iterator[Start]:
    """Start a process at a step of the change, on a database of the test's own."""
    with contextlib.ExitStack() as running:
        url = running.enter_context(postgres.database(template))
        yield lambda step: running.enter_context(
            run_server(ENFILADE_DATABASE_URL=url, ENFILADE_SECRET_KEY=step[0], ENFILADE_SECRET_KEY_FALLBACKS=step[1])
        )


@dataclass(frozen=True)
class Given:
    """What a process has sealed and signed."""

    management_token: str
    room: str
    join_token: str
    page_token: str


def given_by(server: Server) -> Given:
    key = server.enfilade("keys", "create", "hms")
    token = management_token(key["access_key"], key["secret"])
    with server.client(Authorization=f"Bearer {token}") as hms:
        room = hms.post("/v2/rooms", json={"webhook": WEBHOOK}).json()["id"]
    with server.client(**{"x-vcs-token": server.create_key()}) as vcs:
        join_token = vcs.post(ROOM).json()["room"]["token"]
        page_token = vcs.get(ROOM, params={"numberOfRecords": 1}).json()["token"]
    return Given(token, room, join_token, page_token)


def refused_by(server: Server, given: Given) -> set[str]:
    """Return what of it the server does not take."""
    with server.client(Authorization=f"Bearer {given.management_token}") as hms:
        room = hms.get(f"/v2/rooms/{given.room}")
    with server.client(**{"x-vcs-token": server.create_key()}) as vcs:
        verified = vcs.post("/api/realtime/token", json={"token": given.join_token})
        page = vcs.get(ROOM, params={"numberOfRecords": 1, "token": given.page_token})
    taken = {
        "key": room.status_code == 200,
        "webhook": room.json().get("webhook") == WEBHOOK,
        "join token": verified.status_code == 200,
        "page token": page.status_code == 200,
    }
    return {name for name, is_taken in taken.items() if not is_taken}


@pytest.mark.long
def test_step_by_step_nothing_is_lost(start: Start) -> None:
    before, understanding = start(BEFORE), start(NEW_IS_UNDERSTOOD)
    first = given_by(before)
    assert refused_by(understanding, first) == set()
    assert refused_by(before, given_by(understanding)) == set()
    before.end()

    using = start(NEW_IS_USED)
    assert refused_by(understanding, given_by(using)) == set()
    assert refused_by(using, given_by(understanding)) == set()
    assert refused_by(using, first) == set()
    understanding.end()

    # Three keys, three webhooks and their copies in the queue; and of the deliveries those that were tried.
    assert 9 <= using.enfilade("keys", "reseal")["resealed"] <= 12
    assert using.enfilade("keys", "reseal") == {"resealed": 0}
    assert refused_by(using, first) == set()
    after = start(OLD_IS_DROPPED)
    assert refused_by(after, given_by(using)) == set()
    assert refused_by(using, given_by(after)) == set()
    assert refused_by(after, first) == {"join token", "page token"}  # which are over a day later in any case


@pytest.mark.long
def test_without_the_first_step_a_process_does_not_read_what_another_seals(start: Start) -> None:
    before, using = start(BEFORE), start(NEW_IS_USED)
    assert refused_by(using, given_by(before)) == set()
    assert refused_by(before, given_by(using)) == {"key", "webhook", "join token", "page token"}
