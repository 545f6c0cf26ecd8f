"""`PUT`, `GET` and `DELETE /rooms/{roomId}/picture`; how it is served is in test_downloads.py."""

import asyncio
from collections.abc import AsyncIterator, Callable

import asyncpg
import httpx
import pytest
from people import BASES, NOBODY, TIME, Person, Room, file_headers, in_pieces, of_type
from transcripts import assert_empty, assert_same

IMAGE = file_headers("a.png", mimeType="image/png")
PIXELS = b"\x89PNG\r\n\x1a\n and what else is in a picture"
OTHER_PIXELS = b"GIF89a and what else is in another"
LIMIT = 512 * 1024
UNFIT_TYPES = [
    "text/plain",
    "application/octet-stream",
    "x-image/png",
    "imag/png",
    "image",
    "png",
    "",
    "text/image/png",
]


def picture(room: Room) -> str:
    """Return the path of a room's picture."""
    return f"/rooms/{room['id']}/picture"


async def shown(person: Person, room: Room) -> Room:
    """Read a room again."""
    answer: Room = (await person("GET", f"/rooms/{room['id']}")).json()
    return answer


def pictured(room: Room, at: str) -> Room:
    """Return the room with a picture set at that time, which stands after the time of its last change."""
    assert TIME.fullmatch(at)
    spelled: Room = {}
    for name, value in room.items():
        spelled[name] = at if name == "updatedAt" else value
        if name == "updatedAt":
            spelled["pictureUpdatedAt"] = at
    return spelled


@pytest.fixture
async def framed(ada: Person, group: Room) -> Room:
    """Ada's group, with a picture."""
    assert_empty(await ada("PUT", picture(group), headers=IMAGE, content=PIXELS), 204)
    return group


@pytest.fixture(params=["one_to_one", "temporary", "workspace", "channel"])
async def no_group(request: pytest.FixtureRequest, ada: Person, ben: Person, cleo: Person) -> Room:
    """Ada's room of another type, with Ben in it."""
    return await of_type(request.param, ada, ben, cleo)


class Unread:
    """A body that tells whether anybody has asked for it."""

    def __init__(self) -> None:
        self.asked = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.asked = True
        yield PIXELS


class TestPut:
    @pytest.mark.parametrize("base", BASES)
    async def test_every_member_gets_the_bytes(
        self, ada: Person, ben: Person, cleo: Person, group: Room, base: str
    ) -> None:
        assert_empty(await ada("PUT", base + picture(group), headers=IMAGE, content=PIXELS), 204)
        for person in (ada, ben, cleo):
            answer = await person("GET", base + picture(group))
            assert (answer.status_code, answer.content) == (200, PIXELS)

    async def test_another_one_takes_its_place(self, ada: Person, framed: Room) -> None:
        before = await shown(ada, framed)
        await asyncio.sleep(0.002)
        headers = {"fileName": "b.gif", "mimeType": "image/gif"}
        assert_empty(await ada("PUT", picture(framed), headers=headers, content=OTHER_PIXELS), 204)
        answer = await ada("GET", picture(framed))
        assert (answer.content, answer.headers["content-type"]) == (OTHER_PIXELS, "image/gif")
        after = await shown(ada, framed)
        assert after == pictured(framed, after["pictureUpdatedAt"])
        assert after["pictureUpdatedAt"] > before["pictureUpdatedAt"]

    async def test_by_several_at_once_leaves_one_of_them_whole(
        self, ada: Person, ben: Person, group: Room, database: asyncpg.Connection
    ) -> None:
        await ada("PUT", f"/rooms/{group['id']}/members/{ben.id}/owner")
        bodies = [bytes([65 + number]) * 100_000 for number in range(8)]
        puts = [
            person("PUT", picture(group), headers=IMAGE, content=in_pieces(body, size=10_000))
            for person, body in zip([ada, ben] * 4, bodies, strict=True)
        ]
        for answer in await asyncio.gather(*puts):
            assert_empty(answer, 204)
        assert (await ada("GET", picture(group))).content in bodies
        assert await database.fetchval("SELECT count(*) FROM blob") == 1

    @pytest.mark.parametrize("type", ["image/png", "IMAGE/PNG", "Image/Jpeg", "image/svg+xml", "image/x-unheard-of"])
    async def test_images_of_any_type_in_any_case(self, ada: Person, group: Room, type: str) -> None:
        headers = {"fileName": "a", "mimeType": type}
        assert_empty(await ada("PUT", picture(group), headers=headers, content=PIXELS), 204)
        assert (await ada("GET", picture(group))).headers.get_list("content-type") == [type]

    @pytest.mark.parametrize("declared", ["", "text/plain", "application/json", "multipart/form-data", "\xff"])
    async def test_whatever_the_body_is_declared_as(self, ada: Person, group: Room, declared: str) -> None:
        headers = {**IMAGE, "Content-Type": declared.encode("latin-1")}
        assert_empty(await ada("PUT", picture(group), headers=headers, content=PIXELS), 204)
        assert (await ada("GET", picture(group))).headers["content-type"] == "image/png"

    async def test_the_names_of_the_headers_in_any_case(self, ada: Person, group: Room) -> None:
        headers = {"FILENAME": "a.png", "mimetype": "image/png"}
        assert_empty(await ada("PUT", picture(group), headers=headers, content=PIXELS), 204)


class TestHeadersOfPut:
    @pytest.mark.parametrize("missing", IMAGE)
    async def test_each_is_needed(self, ada: Person, group: Room, missing: str) -> None:
        headers = {name: value for name, value in IMAGE.items() if name != missing}
        assert_empty(await ada("PUT", picture(group), headers=headers, content=PIXELS), 400)
        assert await shown(ada, group) == group

    @pytest.mark.parametrize("type", [*UNFIT_TYPES, "image/" + "x" * 251])
    async def test_other_types_than_images_are_refused(self, ada: Person, group: Room, type: str) -> None:
        headers = {"fileName": "a.png", "mimeType": type}
        assert_empty(await ada("PUT", picture(group), headers=headers, content=PIXELS), 400)
        assert await shown(ada, group) == group
        assert_empty(await ada("GET", picture(group)), 404)

    @pytest.mark.parametrize(
        "name",
        ["", r"\u", r"\u12", r"a\u123", r"\u12g4", r"\ud800", r"\ude00", r"\ude00\ud83d", r"\ud83da", r"\u0000", "a\0"],
    )
    async def test_names_that_cannot_be_are_refused(self, ada: Person, group: Room, name: str) -> None:
        headers = IMAGE | {"fileName": name}
        assert_empty(await ada("PUT", picture(group), headers=headers, content=PIXELS), 400)
        assert await shown(ada, group) == group

    @pytest.mark.parametrize("letter", ["a", r"\u0061", r"\ud83d\ude00"])
    async def test_names_have_256_characters(self, ada: Person, group: Room, letter: str) -> None:
        for count, status in ((256, 204), (257, 400)):
            headers = IMAGE | {"fileName": letter * count}
            assert_empty(await ada("PUT", picture(group), headers=headers, content=PIXELS), status)

    async def test_are_judged_before_the_room(self, dora: Person, group: Room) -> None:
        for path in (picture(group), f"/rooms/{NOBODY}/picture"):
            assert_empty(await dora("PUT", path, headers={"mimeType": "image/png"}, content=PIXELS), 400)

    async def test_are_judged_after_the_credential(self, client: httpx.AsyncClient, group: Room) -> None:
        for headers in ({}, IMAGE, {"Content-Length": str(LIMIT + 1)}):
            assert_empty(await client.put(picture(group), headers=headers, content=PIXELS), 401)


class TestSizeOfPut:
    @pytest.mark.parametrize("sent", [bytes, in_pieces], ids=["declared", "in pieces"])
    async def test_the_limit_is_accepted_and_a_byte_more_refused(
        self, ada: Person, group: Room, sent: Callable[[bytes], bytes | AsyncIterator[bytes]]
    ) -> None:
        body = PIXELS.ljust(LIMIT, b"\0")
        assert_empty(await ada("PUT", picture(group), headers=IMAGE, content=sent(body)), 204)
        before = await shown(ada, group)
        assert_empty(await ada("PUT", picture(group), headers=IMAGE, content=sent(body + b"\0")), 400)
        assert await shown(ada, group) == before
        assert (await ada("GET", picture(group))).content == body

    async def test_a_declared_length_is_not_believed(self, ada: Person, group: Room) -> None:
        headers = IMAGE | {"Content-Length": "1"}
        assert_empty(await ada("PUT", picture(group), headers=headers, content=bytes(LIMIT + 1)), 400)
        assert_empty(await ada("GET", picture(group)), 404)

    async def test_a_declared_length_over_the_limit_is_refused_unread(self, ada: Person, dora: Person) -> None:
        room = await ada.created("temporary", name="Alone")
        for person, path in ((ada, picture(room)), (dora, picture(room)), (ada, f"/rooms/{NOBODY}/picture")):
            body = Unread()
            headers = IMAGE | {"Content-Length": str(LIMIT + 1)}
            assert_empty(await person("PUT", path, headers=headers, content=body), 400)
            assert not body.asked

    @pytest.mark.parametrize("sent", [bytes, in_pieces], ids=["declared", "in pieces"])
    async def test_nothing_is_no_picture(
        self, ada: Person, framed: Room, sent: Callable[[bytes], bytes | AsyncIterator[bytes]]
    ) -> None:
        before = await shown(ada, framed)
        assert_empty(await ada("PUT", picture(framed), headers=IMAGE, content=sent(b"")), 400)
        assert await shown(ada, framed) == before
        assert (await ada("GET", picture(framed))).content == PIXELS


class TestRights:
    async def test_a_member_who_is_no_owner_only_sees_it(self, ada: Person, ben: Person, framed: Room) -> None:
        assert_empty(await ben("PUT", picture(framed), headers=IMAGE, content=OTHER_PIXELS), 403)
        assert_empty(await ben("DELETE", picture(framed)), 403)
        assert (await ben("GET", picture(framed))).content == PIXELS
        await ada("PUT", f"/rooms/{framed['id']}/members/{ben.id}/owner")
        assert_empty(await ben("PUT", picture(framed), headers=IMAGE, content=OTHER_PIXELS), 204)
        assert_empty(await ben("DELETE", picture(framed)), 204)

    async def test_strangers_and_those_who_have_left(
        self, ada: Person, ben: Person, dora: Person, framed: Room
    ) -> None:
        await ben("DELETE", f"/rooms/{framed['id']}/members/{ben.id}")
        for person in (dora, ben):
            assert_empty(await person("GET", picture(framed)), 403)
            assert_empty(await person("PUT", picture(framed), headers=IMAGE, content=OTHER_PIXELS), 403)
            assert_empty(await person("DELETE", picture(framed)), 403)
        assert (await ada("GET", picture(framed))).content == PIXELS

    async def test_strangers_do_not_learn_that_there_is_none(self, ben: Person, dora: Person, group: Room) -> None:
        assert_empty(await dora("GET", picture(group)), 403)
        assert_empty(await dora("DELETE", picture(group)), 403)
        assert_empty(await ben("DELETE", picture(group)), 403)

    async def test_a_room_of_another_type_has_none(
        self, ada: Person, ben: Person, dora: Person, no_group: Room
    ) -> None:
        owners = [ada, ben] if no_group["type"] == "one_to_one" else [ada]
        before = await shown(ada, no_group)
        for person in (ada, ben, dora):
            status = 400 if person in owners else 403
            assert_empty(await person("PUT", picture(no_group), headers=IMAGE, content=PIXELS), status)
            assert_empty(await person("GET", picture(no_group)), 403 if person is dora else 404)
            assert_empty(await person("DELETE", picture(no_group)), 404 if person in owners else 403)
        assert await shown(ada, no_group) == before

    @pytest.mark.parametrize("id", [NOBODY, "junk", "%00", f"{NOBODY}%0A", f"{{{NOBODY}}}"])
    async def test_of_no_room(self, ada: Person, id: str) -> None:
        assert_empty(await ada("GET", f"/rooms/{id}/picture"), 404)
        assert_empty(await ada("PUT", f"/rooms/{id}/picture", headers=IMAGE, content=PIXELS), 404)
        assert_empty(await ada("DELETE", f"/rooms/{id}/picture"), 404)

    async def test_without_a_credential(self, client: httpx.AsyncClient, framed: Room) -> None:
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            assert_empty(await client.request(method, picture(framed)), 401)


class TestDelete:
    async def test_it_is_gone_from_the_room_and_there_is_none_to_delete_again(
        self, ada: Person, ben: Person, framed: Room
    ) -> None:
        before = await shown(ada, framed)
        await asyncio.sleep(0.002)
        assert_empty(await ada("DELETE", picture(framed)), 204)
        for person in (ada, ben):
            assert_empty(await person("GET", picture(framed)), 404)
        after = await shown(ada, framed)
        assert after["updatedAt"] > before["updatedAt"]
        assert_same(await ada("GET", f"/rooms/{framed['id']}"), framed | {"updatedAt": after["updatedAt"]})
        assert_empty(await ada("DELETE", picture(framed)), 404)
        assert await shown(ada, framed) == after

    async def test_by_several_at_once_is_done_once(self, ada: Person, framed: Room) -> None:
        answers = await asyncio.gather(*[ada("DELETE", picture(framed)) for _ in range(6)])
        assert sorted(answer.status_code for answer in answers) == [204, 404, 404, 404, 404, 404]

    async def test_another_one_can_be_set(self, ada: Person, framed: Room) -> None:
        await ada("DELETE", picture(framed))
        assert_empty(await ada("PUT", picture(framed), headers=IMAGE, content=OTHER_PIXELS), 204)
        assert (await ada("GET", picture(framed))).content == OTHER_PIXELS
