"""Two servers over one Postgres and one bucket, with no folder in common: what one has done the other knows at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from buckets import Buckets
from pictures import quadrants, saved
from processes import RunServer, Server
from sharing import Room, Sharer
from stores import MEBIBYTE, Place, content, in_bucket

Pair = tuple[Server, Server]
PICTURE = {"fileName": "p.png", "mimeType": "image/png"}


@pytest.fixture(scope="module")
def place(buckets: Buckets) -> Place:
    return in_bucket(buckets.prefix, buckets)


@pytest.fixture(scope="module")
def pair(run_server: RunServer, sharer: Sharer, place: Place) -> Iterator[Pair]:
    settings = {**sharer.settings, **place.settings}
    with run_server(**settings) as one, run_server(**settings) as other:
        assert one.data != other.data
        yield one, other


@pytest.fixture
def room(pair: Pair, sharer: Sharer) -> Room:
    """A room that was made by the first."""
    return sharer.room(pair[0])


@pytest.fixture
def elsewhere(pair: Pair, sharer: Sharer, room: Room) -> Room:
    """The same room by way of the second."""
    return sharer.again(room, pair[1])


def statuses(pair: Pair, path: str, **headers: str) -> list[int]:
    return [server.get(path, **headers).status_code for server in pair]


class TestRooms:
    def test_of_the_chats_are_the_same_by_either(self, room: Room, elsewhere: Room) -> None:
        assert room.seen == elsewhere.seen
        assert elsewhere.client.put(f"/rooms/{room.id}", json={"name": "Changed"}).json()["name"] == "Changed"
        assert room.client.get(f"/rooms/{room.id}").json()["name"] == "Changed"
        elsewhere.remove()
        assert room.client.get(f"/rooms/{room.id}").status_code == 404

    def test_of_both_administrators_are_the_same_by_either(self, pair: Pair) -> None:
        one, other = pair
        one.enfilade("keys", "create", "hms")
        bearer = f"Bearer {one.enfilade('tokens', 'management')['token']}"
        with one.client(Authorization=bearer) as v2, other.client(**{"x-vcs-token": other.create_key()}) as realtime:
            made = v2.post("/v2/rooms", json={"name": "seen-by-both"}).json()
            shown = realtime.get("/api/realtime/room", params={"numberOfRecords": 1}).json()["data"][0]
            assert shown["name"] == made["name"]
            assert realtime.delete("/api/realtime/room", params={"id": shown["id"]}).status_code == 200
            assert v2.get(f"/v2/rooms/{made['id']}").status_code == 404

    def test_what_one_has_signed_the_other_understands(self, pair: Pair) -> None:
        one, other = (server.client(**{"x-vcs-token": pair[0].create_key()}) for server in pair)
        with one, other:
            made = [one.post("/api/realtime/room", json={"name": name}).json()["room"] for name in ("older", "newer")]
            joining = other.post("/api/realtime/token", json={"token": made[0]["token"]})
            assert joining.json()["room"]["id"] == made[0]["id"]
            page = one.get("/api/realtime/room", params={"numberOfRecords": 1}).json()
            following = other.get("/api/realtime/room", params={"numberOfRecords": 1, "token": page["token"]}).json()
            assert [page["data"][0]["name"], following["data"][0]["name"]] == ["newer", "older"]


class TestFiles:
    def test_sent_to_one_come_from_the_other(self, room: Room, elsewhere: Room) -> None:
        file = content(9 * MEBIBYTE)  # more than one part of an upload to S3
        id = room.sent(file)
        assert elsewhere.files == [id]
        assert elsewhere.download(id).content == file
        assert elsewhere.client.delete(f"/attachments/{id}").status_code == 204
        assert room.download(id).status_code == 404

    def test_previews_are_made_once_for_both(self, room: Room, elsewhere: Room, place: Place) -> None:
        id = room.client.post(room.path, content=saved(quadrants((64, 64))), headers=PICTURE).json()["id"]
        path, before = f"/preview/image/{id}/8x8/", place.whole()
        made, kept = (each.client.get(path) for each in (room, elsewhere))
        assert (made.status_code, kept.status_code) == (200, 200)
        assert (made.content, made.headers["etag"]) == (kept.content, kept.headers["etag"])
        assert len(place.whole()) == len(before) + 1

    def test_previews_that_both_make_at_once_are_the_same(self, room: Room, elsewhere: Room, sharer: Sharer) -> None:
        id = room.client.post(room.path, content=saved(quadrants((640, 640))), headers=PICTURE).json()["id"]
        path = f"/preview/image/{id}/320x320/"
        with ThreadPoolExecutor() as together:
            answers = list(together.map(lambda each: each.client.get(path), (room, elsewhere)))
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].content == answers[1].content
        kept = sharer.sql(f"SELECT 1 FROM preview JOIN attachment USING (blob_id) WHERE attachment.id = '{id}'")  # noqa: S608
        assert len(kept) == 1


class TestRevocation:
    """Each was asked before, so whatever a process may remember of a credential is there to be outdated."""

    def test_of_a_token_of_the_chats_is_heard_by_both(self, pair: Pair, sharer: Sharer) -> None:
        token = pair[0].enfilade("tokens", "create", sharer.others[0])["token"]
        cookie = f"ZM_AUTH_TOKEN={token}"
        assert statuses(pair, "/rooms", Cookie=cookie) == [200, 200]
        pair[0].enfilade("tokens", "revoke", token)
        assert statuses(pair, "/rooms", Cookie=cookie) == [401, 401]

    def test_of_an_api_key_is_heard_by_both(self, pair: Pair) -> None:
        key = pair[0].create_key()
        assert [server.rooms(key).status_code for server in pair] == [200, 200]
        [id] = [each["id"] for each in pair[0].enfilade("keys", "list") if each["api"] == "vcs"][-1:]
        pair[1].enfilade("keys", "revoke", id)
        assert [server.rooms(key).json()["id"] for server in pair] == ["INVALID_TOKEN"] * 2

    def test_of_an_access_key_is_heard_by_both(self, pair: Pair) -> None:
        key = pair[0].enfilade("keys", "create", "hms")["access_key"]
        token = pair[0].enfilade("tokens", "management", "--access-key", key)["token"]
        bearer = f"Bearer {token}"
        assert statuses(pair, "/v2/rooms", Authorization=bearer) == [200, 200]
        pair[0].enfilade("keys", "revoke", key)
        assert statuses(pair, "/v2/rooms", Authorization=bearer) == [401, 401]


@pytest.mark.long
def test_one_goes_on_when_the_other_is_killed(run_server: RunServer, sharer: Sharer, place: Place, pair: Pair) -> None:
    with run_server(**sharer.settings, **place.settings) as third:
        room = sharer.room(third)
        id = room.sent(b"kept")
        third.process.kill()
        third.process.wait()
        again = sharer.again(room, pair[1])
        assert again.download(id).content == b"kept"
        assert again.sent(b"more")
    with pytest.raises(httpx.TransportError):
        room.seen  # noqa: B018
