"""Previews of files that mean harm, or came to harm (previews, "Safety"): each has its answer, and the next is well."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from io import BytesIO

import asyncpg
import httpx
import pytest
from asgi_lifespan import LifespanManager
from bare import RED, pdf, png
from hostile import Animated, Hostile, HostileDocument, can_be_read, cut, is_like, middle, spoiled
from hostile_documents import BOXES, CIRCLES, DEEP, ENDLESS, FLATE_BOMBS, LOCKED, PAGE_BOMBS, PICTURE_BOMBS
from hostile_images import ANIMATIONS, BOMBS, FORGIVEN, LARGE, WRONG, ZERO, scans
from hostile_kinds import BEHIND, DISGUISED, PDF_AS_IMAGE, POLYGLOTS, WHOLE
from hostile_metadata import ABSURD_EXIF, BROKEN_PROFILES, RARE_MODES
from people import Person, Room
from PIL import Image
from pypdfium2 import PdfDocument
from transcripts import assert_empty, caller

from app.main import create_app
from app.settings import PreviewsSettings, Settings

IMAGE = "/preview/image/16x16?output_format=Png"
PAGE = "/preview/pdf/16x16/thumbnail?output_format=Png"
FIRST_PAGE = "/preview/pdf?firstPage=1&lastPage=1"
FORMATS = ("jpeg", "png", "gif", "webp")


async def asked(person: Person, path: str, content: bytes) -> httpx.Response:
    return await person("POST", path, files={"file": ("a", content)})


def seen(answer: httpx.Response) -> object:
    """Return the colour in the middle of a picture that was sent, or else the status of an empty answer."""
    if answer.status_code != 200:
        return answer.status_code if answer.content == b"" else answer.text
    assert answer.headers["content-type"] == "image/png"
    colour = middle(answer.content)
    return "red" if is_like(colour, RED) else colour


async def assert_all_is_well(person: Person) -> None:
    """See that what anybody else wants to see is shown."""
    assert seen(await asked(person, IMAGE, png())) == "red"


async def assert_as_said(person: Person, path: str, files: Iterable[Hostile]) -> None:
    """See that each gets its own answer, and a harmless picture after it is shown."""
    told = {}
    for file in files:
        answer = seen(await asked(person, path, file.content))
        colour = "red" if file.colour == RED else file.colour
        if answer != (colour if file.status == 200 else file.status):
            told[file.name] = answer
        await assert_all_is_well(person)
    assert told == {}


class TestImages:
    @pytest.mark.parametrize("files", [BOMBS, ZERO, WRONG], ids=["of too many pixels", "of none", "wrong all over"])
    async def test_that_cannot_be_shown_are_refused(self, ada: Person, files: list[Hostile]) -> None:
        await assert_as_said(ada, IMAGE, files)

    @pytest.mark.parametrize("files", [LARGE, FORGIVEN], ids=["large", "wrong where it does not matter"])
    async def test_that_harm_nobody_are_shown(self, ada: Person, files: list[Hostile]) -> None:
        await assert_as_said(ada, IMAGE, files)

    @pytest.mark.parametrize(
        "files", [ABSURD_EXIF, BROKEN_PROFILES, RARE_MODES], ids=["EXIF", "broken profile", "rare mode"]
    )
    async def test_with_absurd_words_about_them_are_shown(self, ada: Person, files: list[Hostile]) -> None:
        await assert_as_said(ada, IMAGE, files)

    async def test_that_are_none_are_refused(self, ada: Person) -> None:
        await assert_as_said(ada, IMAGE, [*DISGUISED, *PDF_AS_IMAGE])

    @pytest.mark.parametrize("name", WHOLE)
    async def test_that_end_too_early_are_refused(self, ada: Person, name: str) -> None:
        content, needless = WHOLE[name]
        assert (await asked(ada, IMAGE, content)).status_code == 200
        unchanged = f"/preview/image/0x0?output_format={name.partition(',')[0]}".replace("TIFF", "PNG").replace(
            "BMP", "PNG"
        )
        for part in cut(content, needless):
            assert_empty(await asked(ada, IMAGE, part), 400)
            assert_empty(await asked(ada, unchanged, part), 400)

    @pytest.mark.parametrize("name", WHOLE)
    async def test_with_a_few_wrong_bytes_are_shown_if_they_can_be_read(self, ada: Person, name: str) -> None:
        for number, wrong in enumerate(spoiled(WHOLE[name][0], 24)):
            answer = await asked(ada, f"/preview/image/0x0?output_format={FORMATS[number % 4]}", wrong)
            if not can_be_read(wrong):
                assert_empty(answer, 400)
            else:
                assert answer.status_code == 200
                assert can_be_read(answer.content)
        await assert_all_is_well(ada)


class TestPolyglots:
    @pytest.mark.parametrize("area", ["0x0", "16x16"])
    @pytest.mark.parametrize("wanted", FORMATS)
    async def test_nothing_but_the_picture_comes_out(self, ada: Person, area: str, wanted: str) -> None:
        for file in POLYGLOTS:
            answer = await asked(ada, f"/preview/image/{area}?output_format={wanted}", file.content)
            assert (answer.status_code, answer.headers.get("content-type")) == (200, f"image/{wanted}"), file
            assert is_like(middle(answer.content), RED)
            for other in (BEHIND, b"%PDF", b"PK\x03\x04"):
                assert other not in answer.content, file


class TestAnimations:
    async def test_the_first_frame_of_them_is_shown(self, ada: Person) -> None:
        await assert_as_said(ada, IMAGE, ANIMATIONS)

    @pytest.mark.parametrize("file", ANIMATIONS, ids=str)
    async def test_of_too_many_pixels_are_refused(self, ada: Person, file: Animated) -> None:
        answer = await asked(ada, "/preview/image/0x0?output_format=Gif", file.content)
        if file.moving == 200:
            with Image.open(BytesIO(answer.content)) as image:
                assert (image.format, image.n_frames) == ("GIF", file.frames)  # type: ignore[attr-defined]
        else:
            assert_empty(answer, file.moving)
        await assert_all_is_well(ada)

    async def test_of_too_large_an_area_are_refused(self, ada: Person) -> None:
        small = next(file for file in ANIMATIONS if file.frames == 500)
        assert_empty(await asked(ada, "/preview/image/1000x1000?output_format=Gif", small.content), 400)


DOCUMENTS = pytest.mark.parametrize(
    "files",
    [PAGE_BOMBS, BOXES, CIRCLES, DEEP, PICTURE_BOMBS, FLATE_BOMBS, LOCKED],
    ids=["many pages", "absurd boxes", "in circles", "deep", "huge pictures", "packed gigabytes", "locked"],
)


class TestDocuments:
    @DOCUMENTS
    async def test_the_first_page_is_drawn_or_refused(self, ada: Person, files: list[HostileDocument]) -> None:
        await assert_as_said(ada, PAGE, files)

    @DOCUMENTS
    async def test_the_first_page_is_taken_out_or_refused(self, ada: Person, files: list[HostileDocument]) -> None:
        for file in files:
            answer = await asked(ada, FIRST_PAGE, file.content)
            assert answer.status_code == file.of_page, file
            if file.of_page == 200:
                assert answer.headers["content-type"] == "application/pdf"
                assert len(PdfDocument(answer.content)) == 1
            await assert_all_is_well(ada)

    @pytest.mark.parametrize("path", [PAGE, FIRST_PAGE])
    async def test_that_are_none_are_refused(self, ada: Person, path: str) -> None:
        await assert_as_said(ada, path, DISGUISED)

    @pytest.mark.parametrize("path", [PAGE, FIRST_PAGE])
    async def test_that_end_too_early_are_refused(self, ada: Person, path: str) -> None:
        for part in cut(pdf(), 80):
            assert_empty(await asked(ada, path, part), 400)
        await assert_all_is_well(ada)

    @pytest.mark.parametrize("path", [PAGE, FIRST_PAGE])
    async def test_behind_other_bytes_are_documents_up_to_the_first_thousand(self, ada: Person, path: str) -> None:
        assert (await asked(ada, path, b"x" * 1000 + pdf())).status_code == 200
        assert_empty(await asked(ada, path, b"x" * 1024 + pdf()), 400)

    @pytest.mark.parametrize("path", [PAGE, FIRST_PAGE])
    async def test_with_a_few_wrong_bytes_are_refused_or_answered(self, ada: Person, path: str) -> None:
        for wrong in spoiled(pdf(), 60):
            assert (await asked(ada, path, wrong)).status_code in {200, 400}
        await assert_all_is_well(ada)


@pytest.fixture(scope="module")
async def hasty(settings: Settings) -> AsyncIterator[object]:
    """The server with little time for each, and a process for each that needs more."""
    previews = PreviewsSettings(seconds=2, workers=4)
    async with LifespanManager(create_app(settings.model_copy(update={"previews": previews}))) as manager:
        yield manager.app


class TestEndless:
    async def test_they_are_given_up_after_some_seconds(self, ada: Person, hasty: object) -> None:
        asking = [(PAGE, file.content) for file in ENDLESS] + [(IMAGE, scans(2000))]
        async with caller(hasty, Cookie=ada.client.headers["cookie"]) as client:
            answers = await asyncio.gather(
                *(client.post(path, files={"file": ("a", content)}) for path, content in asking)
            )
            for answer in answers:
                assert_empty(answer, 424)
            assert seen(await client.post(IMAGE, files={"file": ("a", png())})) == "red"


class TestFilesOfRooms:
    @pytest.mark.parametrize("preview", ["image/{}/0x0", "image/{}/16x16", "image/{}/16x16/thumbnail", "pdf/{}"])
    async def test_what_cannot_be_shown_is_refused_each_time_and_nothing_is_kept(
        self, ada: Person, group: Room, database: asyncpg.Connection, preview: str
    ) -> None:
        for file in (BOMBS[0], BOMBS[-1], ZERO[0], WRONG[0], DISGUISED[0], DISGUISED[2]):
            path = "/preview/" + preview.format(await ada.sent(group, "a.png", file.content, mimeType="image/png"))
            for _ in range(2):
                assert_empty(await ada("GET", path), 400)
        assert await database.fetchval("SELECT count(*) FROM preview") == 0

    async def test_what_costs_a_process_fails_for_all_who_ask_and_nothing_is_kept(
        self, ada: Person, group: Room, database: asyncpg.Connection
    ) -> None:
        path = f"/preview/pdf/{await ada.sent(group, 'a.pdf', FLATE_BOMBS[0].content)}/16x16/thumbnail"
        for answer in await asyncio.gather(ada("GET", path), ada("GET", path)):
            assert_empty(answer, 424)
        assert await database.fetchval("SELECT count(*) FROM preview") == 0
        await assert_all_is_well(ada)

    async def test_what_harms_nobody_is_shown(self, ada: Person, group: Room) -> None:
        for file in (FORGIVEN[0], ABSURD_EXIF[1], BROKEN_PROFILES[0], POLYGLOTS[0]):
            id = await ada.sent(group, "a.txt", file.content)
            for _ in range(2):
                assert seen(await ada("GET", f"/preview/image/{id}/16x16?output_format=Png")) == "red", file
