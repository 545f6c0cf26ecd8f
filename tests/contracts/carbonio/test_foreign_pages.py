"""What a page of another site could have a browser send, with the cookie along: nothing that changes anything.

Its forms send three types; without a body no type at all is sent. Whoever shows the bearer is no page.
"""

import itertools
from collections.abc import Iterator

import httpx
import pytest
from people import Meet, Person, Plug, Room
from transcripts import assert_empty

from app.apis.carbonio import meetings, streams
from app.apis.routes import Route

TYPES = [
    {},
    *(
        {"Content-Type": type}
        for type in ("", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")
    ),
]


def bare() -> Iterator[str]:
    """Return the paths of all that is asked by POST without a body."""
    for section in (meetings, streams):
        for route in section.router.routes:
            assert isinstance(route, Route)
            if route.methods == {"POST"} and not route.body_field:
                yield route.path


def test_there_are_such() -> None:
    assert {path.rpartition("/")[2] for path in bare()} == {"start", "stop", "leave", "startRecording"}


@pytest.mark.parametrize("path", sorted(bare()))
async def test_is_refused_without_a_word(
    client: httpx.AsyncClient, ada: Person, ben: Person, *, group: Room, meet: Meet, plug: Plug, path: str
) -> None:
    meeting = await meet(group)
    url = path.format(meetingId=meeting["id"])
    for person in (ada, ben):
        assert (await person("POST", f"/meetings/{meeting['id']}/join", headers=await plug(person))).status_code == 200
    before = (await ada("GET", f"/meetings/{meeting['id']}")).json()
    for headers, body in itertools.product(TYPES, (b"", b"a=b", b"{}")):
        assert_empty(await ada.client.post(url, headers=headers, content=body), 400)
    assert (await ada("GET", f"/meetings/{meeting['id']}")).json() == before
    answer = await client.post(url, headers={"Authorization": f"Bearer {ada.token}"})
    assert answer.status_code in {200, 204, 424}


async def test_nobody_is_told_of_it_before_he_is_known(client: httpx.AsyncClient, group: Room, meet: Meet) -> None:
    meeting = await meet(group)
    url, cookie = f"/meetings/{meeting['id']}/stop", {"Cookie": f"ZM_AUTH_TOKEN={'0' * 64}"}
    assert_empty(await client.post(url, headers=cookie), 401)
