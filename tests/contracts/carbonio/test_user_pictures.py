"""`PUT`, `GET` and `DELETE /users/{userId}/picture`; how it is served is in test_downloads.py."""

import asyncio
from collections.abc import AsyncIterator, Callable

import asyncpg
import httpx
import pytest
from asgi_lifespan import LifespanManager
from people import BASES, NOBODY, Acquaint, Person, Room, file_headers, in_pieces, removed
from transcripts import assert_empty

from app.main import create_app
from app.settings import ChatsSettings, Settings

IMAGE = file_headers("a.png", mimeType="image/png")
PIXELS = b"\x89PNG\r\n\x1a\n and what else is in a picture"
OTHER_PIXELS = b"GIF89a and what else is in another"
KIB = 1024
JUNK = ["junk", "%00", f"{NOBODY}%0A", f"{{{NOBODY}}}", NOBODY.replace("-", "")]
Sent = Callable[[bytes], bytes | AsyncIterator[bytes]]
DECLARED_OR_NOT = pytest.mark.parametrize("sent", [bytes, in_pieces], ids=["declared", "in pieces"])


def picture(person: Person) -> str:
    """Return the path of somebody's picture."""
    return f"/users/{person.id}/picture"


async def shown(person: Person) -> dict[str, str]:
    """Read what a user is shown as."""
    answer: dict[str, str] = (await person("GET", f"/users/{person.id}")).json()
    return answer


@pytest.fixture
async def portrait(ada: Person) -> str:
    """The path of Ada's picture, which is set."""
    assert_empty(await ada("PUT", picture(ada), headers=IMAGE, content=PIXELS), 204)
    return picture(ada)


class TestPut:
    @pytest.mark.parametrize("base", BASES)
    @pytest.mark.parametrize("slash", ["", "/"])
    async def test_everybody_gets_the_bytes(
        self, ada: Person, ben: Person, acquaint: Acquaint, base: str, slash: str
    ) -> None:
        path = base + picture(ada) + slash
        assert_empty(await ada("PUT", path, headers=IMAGE, content=PIXELS), 204)
        for person in (ada, ben, await acquaint("Gus", type="guest")):
            answer = await person("GET", path)
            assert (answer.status_code, answer.content) == (200, PIXELS)

    async def test_another_one_takes_its_place(self, ada: Person, ben: Person, portrait: str) -> None:
        headers = file_headers("b.gif", mimeType="image/gif")
        assert_empty(await ada("PUT", portrait, headers=headers, content=in_pieces(OTHER_PIXELS, size=7)), 204)
        answer = await ben("GET", portrait)
        assert (answer.content, answer.headers["content-type"]) == (OTHER_PIXELS, "image/gif")

    async def test_each_has_his_own(self, ada: Person, ben: Person, portrait: str) -> None:
        assert_empty(await ben("GET", picture(ben)), 404)
        assert_empty(await ben("PUT", picture(ben), headers=IMAGE, content=OTHER_PIXELS), 204)
        assert_empty(await ada("DELETE", portrait), 204)
        assert (await ada("GET", picture(ben))).content == OTHER_PIXELS

    async def test_an_id_in_capitals(self, ada: Person) -> None:
        path = f"/users/{ada.id.upper()}/picture"
        assert_empty(await ada("PUT", path, headers=IMAGE, content=PIXELS), 204)
        assert (await ada("GET", path)).content == PIXELS
        assert_empty(await ada("DELETE", path), 204)

    async def test_several_at_once_leave_one_of_them_whole(self, ada: Person, database: asyncpg.Connection) -> None:
        bodies = [bytes([65 + number]) * 100_000 for number in range(8)]
        puts = [ada("PUT", picture(ada), headers=IMAGE, content=in_pieces(body, size=10_000)) for body in bodies]
        for answer in await asyncio.gather(*puts):
            assert_empty(answer, 204)
        assert (await ada("GET", picture(ada))).content in bodies
        assert await database.fetchval("SELECT count(*) FROM blob") == 1


class TestHeadersOfPut:
    @pytest.mark.parametrize("missing", IMAGE)
    async def test_each_is_needed(self, ada: Person, missing: str) -> None:
        headers = {name: value for name, value in IMAGE.items() if name != missing}
        assert_empty(await ada("PUT", picture(ada), headers=headers, content=PIXELS), 400)
        assert "pictureUpdatedAt" not in await shown(ada)

    @pytest.mark.parametrize("type", ["text/plain", "", "image", "x-image/png", "text/image/", "image/" + "x" * 251])
    async def test_other_types_than_images_are_refused(self, ada: Person, portrait: str, type: str) -> None:
        before = await shown(ada)
        headers = file_headers("a", mimeType=type)
        assert_empty(await ada("PUT", portrait, headers=headers, content=OTHER_PIXELS), 400)
        assert await shown(ada) == before
        assert (await ada("GET", portrait)).content == PIXELS

    @pytest.mark.parametrize("name", ["", r"\u12", r"\u12g4", r"\ud800", r"\ude00\ud83d", r"\u0000", "a" * 257])
    async def test_names_that_cannot_be_are_refused(self, ada: Person, name: str) -> None:
        assert_empty(await ada("PUT", picture(ada), headers=IMAGE | {"fileName": name}, content=PIXELS), 400)
        assert_empty(await ada("GET", picture(ada)), 404)


class TestSizeOfPut:
    @DECLARED_OR_NOT
    async def test_the_limit_is_accepted_and_a_byte_more_refused(self, ada: Person, sent: Sent) -> None:
        body = PIXELS.ljust(512 * KIB, b"\0")
        assert_empty(await ada("PUT", picture(ada), headers=IMAGE, content=sent(body)), 204)
        before = await shown(ada)
        assert_empty(await ada("PUT", picture(ada), headers=IMAGE, content=sent(body + b"\0")), 400)
        assert await shown(ada) == before
        assert (await ada("GET", picture(ada))).content == body

    async def test_a_declared_length_is_not_believed(self, ada: Person) -> None:
        headers = IMAGE | {"Content-Length": "1"}
        assert_empty(await ada("PUT", picture(ada), headers=headers, content=bytes(512 * KIB + 1)), 400)
        assert_empty(await ada("GET", picture(ada)), 404)

    @DECLARED_OR_NOT
    async def test_nothing_is_no_picture(self, ada: Person, portrait: str, sent: Sent) -> None:
        assert_empty(await ada("PUT", portrait, headers=IMAGE, content=sent(b"")), 400)
        assert (await ada("GET", portrait)).content == PIXELS


class TestOtherLimits:
    """With a setting for rooms and another for users."""

    @pytest.fixture(scope="class")
    @classmethod
    async def application(cls, settings: Settings) -> AsyncIterator[object]:
        chats = ChatsSettings(max_room_image_size_in_kb=2, max_user_image_size_in_kb=1)
        async with LifespanManager(create_app(settings.model_copy(update={"chats": chats}))) as manager:
            yield manager.app

    @DECLARED_OR_NOT
    async def test_each_kind_of_picture_has_its_own(self, ada: Person, group: Room, sent: Sent) -> None:
        for path, limit in ((f"/rooms/{group['id']}/picture", 2 * KIB), (picture(ada), KIB)):
            assert_empty(await ada("PUT", path, headers=IMAGE, content=sent(bytes(limit + 1))), 400)
            assert_empty(await ada("GET", path), 404)
            assert_empty(await ada("PUT", path, headers=IMAGE, content=sent(bytes(limit))), 204)
            assert (await ada("GET", path)).content == bytes(limit)

    async def test_attachments_have_neither(self, ada: Person, group: Room) -> None:
        await ada.sent(group, "a.png", bytes(4 * KIB), mimeType="image/png")


class TestRights:
    async def test_nobody_changes_the_picture_of_another(self, ada: Person, ben: Person, portrait: str) -> None:
        assert_empty(await ben("PUT", portrait, headers=IMAGE, content=OTHER_PIXELS), 403)
        assert_empty(await ben("DELETE", portrait), 403)
        assert (await ada("GET", portrait)).content == PIXELS
        assert_empty(await ada("PUT", picture(ben), headers=IMAGE, content=OTHER_PIXELS), 403)
        assert_empty(await ada("DELETE", picture(ben)), 403)
        assert_empty(await ada("GET", picture(ben)), 404)

    async def test_another_is_refused_before_headers_and_size_are_judged(self, ben: Person, portrait: str) -> None:
        for headers in ({}, {"fileName": r"\u"}, file_headers("a"), IMAGE | {"Content-Length": str(512 * KIB + 1)}):
            assert_empty(await ben("PUT", portrait, headers=headers, content=PIXELS), 403)
        assert_empty(await ben("PUT", portrait, headers=IMAGE, content=b""), 403)

    async def test_of_nobody(self, ada: Person) -> None:
        path = f"/users/{NOBODY}/picture"
        assert_empty(await ada("GET", path), 404)
        assert_empty(await ada("PUT", path, headers=IMAGE, content=PIXELS), 403)
        assert_empty(await ada("DELETE", path), 403)

    @pytest.mark.parametrize("id", JUNK)
    async def test_of_what_cannot_be_an_id(self, ada: Person, id: str) -> None:
        for method in ("GET", "PUT", "DELETE"):
            assert_empty(await ada(method, f"/users/{id}/picture", headers=IMAGE, content=PIXELS), 404)

    async def test_without_a_credential(self, client: httpx.AsyncClient, portrait: str) -> None:
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            assert_empty(await client.request(method, portrait), 401)

    async def test_of_one_who_was_removed(
        self, ada: Person, ben: Person, portrait: str, database: asyncpg.Connection
    ) -> None:
        await removed(ada, database)
        assert_empty(await ben("GET", portrait), 404)
        assert_empty(await ben("DELETE", portrait), 403)


class TestDelete:
    async def test_it_is_gone_and_there_is_none_to_delete_again(self, ada: Person, ben: Person, portrait: str) -> None:
        assert_empty(await ada("DELETE", portrait), 204)
        for person in (ada, ben):
            assert_empty(await person("GET", portrait), 404)
        assert_empty(await ada("DELETE", portrait), 404)

    async def test_several_at_once_are_done_once(self, ada: Person, portrait: str) -> None:
        answers = await asyncio.gather(*[ada("DELETE", portrait) for _ in range(6)])
        assert sorted(answer.status_code for answer in answers) == [204, 404, 404, 404, 404, 404]

    async def test_another_one_can_be_set(self, ada: Person, portrait: str) -> None:
        await ada("DELETE", portrait)
        assert_empty(await ada("PUT", portrait, headers=IMAGE, content=OTHER_PIXELS), 204)
        assert (await ada("GET", portrait)).content == OTHER_PIXELS
