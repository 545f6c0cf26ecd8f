"""How every kind of preview is answered: header fields, tags that stay, what is answered to who has it already."""

import re

import httpx
import pytest
from downloads import fields
from papers import PDF, numbered
from people import BASES, NOBODY, Files, Person, Room
from pictures import photograph, saved
from transcripts import assert_empty

PICTURE = saved(photograph((64, 48)), "PNG")
PAPER = numbered(3)
TAG = re.compile('"[0-9a-f]{64}"')
CACHE = "private, max-age=86400, immutable"
#: For each operation what is asked of which file, and the type of the answer.
OPERATIONS = {
    "image": (PICTURE, "/preview/image/{}/40x20", "image/jpeg"),
    "image thumbnail": (PICTURE, "/preview/image/{}/20x20/thumbnail", "image/jpeg"),
    "pdf": (PAPER, "/preview/pdf/{}", PDF),
    "pdf thumbnail": (PAPER, "/preview/pdf/{}/20x20/thumbnail", "image/jpeg"),
}


@pytest.fixture(params=OPERATIONS)
def operation(request: pytest.FixtureRequest) -> tuple[bytes, str, str]:
    asked: tuple[bytes, str, str] = OPERATIONS[request.param]
    return asked


@pytest.fixture
async def path(ada: Person, group: Room, operation: tuple[bytes, str, str]) -> str:
    """Where a preview of a file of Ada's is."""
    return operation[1].format(await ada.sent(group, "a", operation[0]))


async def tag(person: Person, path: str) -> str:
    """Return the tag of a preview that there is."""
    answer = await person("GET", path)
    assert answer.status_code == 200, (path, answer.text)
    found: str = answer.headers["etag"]
    return found


async def forget(files: Files) -> None:
    """Lose all previews that are kept: their rows, and their bytes."""
    lost = [row["id"] for row in await files.database.fetch("DELETE FROM preview RETURNING id")]
    assert lost
    await files.store.delete([*set(lost) & await files.kept()])


class TestFields:
    @pytest.mark.parametrize("base", BASES)
    @pytest.mark.parametrize("end", ["", "/"])
    async def test_all_of_them(
        self, ada: Person, path: str, operation: tuple[bytes, str, str], *, base: str, end: str
    ) -> None:
        for _ in range(2):  # made, and kept
            answer = await ada("GET", f"{base}{path}{end}")
            assert answer.status_code == 200
            assert TAG.fullmatch(answer.headers["etag"])
            assert fields(answer) == {
                "content-type": operation[2],
                "content-length": str(len(answer.content)),
                "etag": await tag(ada, path),
                "cache-control": CACHE,
                "x-content-type-options": "nosniff",
            }

    async def test_head_has_them_too_and_no_body(self, ada: Person, path: str) -> None:
        for method in ("HEAD", "GET", "HEAD"):
            answer = await ada(method, path)
            assert answer.status_code == 200
            assert (answer.content == b"") is (method == "HEAD")
            assert fields(answer) == fields(await ada("GET", path))

    @pytest.mark.parametrize(
        ("said", "type", "mark"),
        [
            *(("Png", "image/png", b"\x89PNG"), ("Gif", "image/gif", b"GIF8"), ("Webp", "image/webp", b"RIFF")),
            *(("Jpeg", "image/jpeg", b"\xff\xd8\xff"), ("", "image/jpeg", b"\xff\xd8\xff")),
        ],
    )
    async def test_the_type_is_that_of_the_bytes(
        self, ada: Person, group: Room, said: str, type: str, mark: bytes
    ) -> None:
        for content, path, _ in (OPERATIONS[name] for name in OPERATIONS if name != "pdf"):
            asked = f"{path.format(await ada.sent(group, 'a.txt', content))}?output_format={said}"
            answer = await ada("GET", asked)
            assert answer.headers.get_list("content-type") == [type]
            assert answer.content.startswith(mark)

    async def test_a_part_is_not_answered(self, ada: Person, path: str) -> None:
        whole = await ada("GET", path)
        for said in ("bytes=0-1", "bytes=5-", "bytes=-3", "bytes=99999999-", "bytes=0-0,2-3"):
            for more in ({}, {"If-Range": whole.headers["etag"]}):
                answer = await ada("GET", path, headers={"Range": said, **more})
                assert (answer.status_code, answer.content) == (200, whole.content)
                assert fields(answer) == fields(whole)

    async def test_a_refusal_has_none_of_them(self, ada: Person, path: str) -> None:
        for refused in (f"{path}?firstPage=0&quality=none", path.replace(path.split("/")[3], NOBODY)):
            for method in ("GET", "HEAD"):
                answer = await ada(method, refused)
                assert_empty(answer, answer.status_code)
                assert answer.status_code in {400, 404}
                assert not {"etag", "cache-control", "x-content-type-options"} & set(answer.headers) - {"x-trace-id"}


class TestTags:
    async def test_stay_when_all_that_is_kept_is_lost(self, ada: Person, path: str, files: Files) -> None:
        first = await ada("GET", path)
        await forget(files)
        again = await ada("GET", path)
        assert again.headers["etag"] == first.headers["etag"]
        assert again.content == first.content

    async def test_are_different_for_different_files(
        self, ada: Person, group: Room, operation: tuple[bytes, str, str]
    ) -> None:
        content, path, _ = operation
        others = [content, saved(photograph((48, 64)), "PNG") if content == PICTURE else numbered(2)]
        ids = [await ada.sent(group, "a", each) for each in others]
        assert len({await tag(ada, path.format(id)) for id in ids}) == 2

    @pytest.mark.parametrize(
        ("name", "queries"),
        [
            ("image", ["", "crop=true", "quality=Low", "quality=High", "output_format=Png", "output_format=Webp"]),
            (
                "image thumbnail",
                ["", "shape=Rounded", "quality=Low", "output_format=Gif", "shape=Rounded&output_format=Png"],
            ),
            ("pdf", ["", "firstPage=2", "lastPage=2", "firstPage=2&lastPage=2", "firstPage=3"]),
            ("pdf thumbnail", ["", "shape=Rounded", "quality=Lowest", "output_format=Png", "output_format=Webp"]),
        ],
    )
    async def test_are_different_for_what_is_different(
        self, ada: Person, group: Room, name: str, queries: list[str]
    ) -> None:
        content, path, _ = OPERATIONS[name]
        path = path.format(await ada.sent(group, "a", content))
        answers = [await ada("GET", f"{path}?{query}") for query in queries]
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.headers["etag"] for answer in answers}) == len(queries)
        assert len({answer.content for answer in answers}) == len(queries)

    async def test_are_different_for_different_areas(self, ada: Person, group: Room) -> None:
        for content, path, _ in (OPERATIONS[name] for name in OPERATIONS if name != "pdf"):
            path = path.format(await ada.sent(group, "a", content))  # noqa: PLW2901 - of this file
            areas = ["40x20", "20x40", "0x20", "20x0", "20x20"]
            assert len({await tag(ada, re.sub(r"\d+x\d+", area, path)) for area in areas}) == len(areas)

    @pytest.mark.parametrize(
        ("name", "queries"),
        [
            (
                "image",
                [
                    *("", "quality=Medium", "quality=", "quality=mEDIUM&output_format=JPEG&crop=false", "crop=0"),
                    *("crop=", "crop=False", "crop=no", "crop=OFF", "x=y", "shape=Rounded", "firstPage=0"),
                ],
            ),
            ("image", ["crop=true", "crop=True", "crop=1", "crop=YES", "crop=on"]),
            ("image", ["output_format=Png", "output_format=png&quality=Low", "output_format=PNG&quality=Highest"]),
            ("image thumbnail", ["", "shape=Rectangular", "shape=rectangular", "shape=", "crop=true", "crop=no"]),
            ("image thumbnail", ["shape=Rounded", "shape=ROUNDED"]),
            ("pdf", ["", "firstPage=1", "first_page=1", "firstPage=01", "lastPage=0", "last_page=", "quality=Low"]),
            ("pdf", ["firstPage=2&lastPage=3", "first_page=2&last_page=3", "lastPage=03&firstPage=002"]),
            ("pdf thumbnail", ["", "shape=Rectangular&quality=MEDIUM&output_format=jpeg", "firstPage=2"]),
            ("pdf thumbnail", ["output_format=Gif", "output_format=gif&quality=High"]),
        ],
    )
    async def test_are_the_same_for_what_is_the_same(
        self, ada: Person, group: Room, name: str, queries: list[str]
    ) -> None:
        content, path, _ = OPERATIONS[name]
        path = path.format(await ada.sent(group, "a", content))
        assert len({await tag(ada, f"{path}?{query}") for query in queries}) == 1
        assert len({await tag(ada, path.replace("x20", end)) for end in ("x20", "x020", "x00020")}) == 1

    async def test_are_the_same_wherever_it_is_asked_for(self, ada: Person, ben: Person, path: str) -> None:
        asked = [(person, base + path + end) for person in (ada, ben) for base in BASES for end in ("", "/")]
        assert len({await tag(person, each) for person, each in asked}) == 1

    async def test_are_the_same_for_a_thumbnail_and_a_preview_that_is_cropped(self, ada: Person, group: Room) -> None:
        path = f"/preview/image/{await ada.sent(group, 'a', PICTURE)}/30x30"
        for query in ("quality=Low", "output_format=Png", "quality=High&output_format=Webp"):
            cropped = await ada("GET", f"{path}?crop=true&{query}")
            thumbnail = await ada("GET", f"{path}/thumbnail?{query}")
            assert (thumbnail.headers["etag"], thumbnail.content) == (cropped.headers["etag"], cropped.content)


class TestIfNoneMatch:
    async def test_of_what_it_is(self, ada: Person, path: str) -> None:
        known = await tag(ada, path)
        said = [known, f"W/{known}", "*", f' "a", {known}', f'{known}, "a"', f'"a",{known},"b"', f'W/"a" , W/{known}']
        for each in (*said, f" {known} ", f'"", {known}', f'"a,b", {known}', f", {known},", " * "):
            for method in ("GET", "HEAD"):
                answer = await ada(method, path, headers={"If-None-Match": each})
                assert (each, answer.status_code, answer.content) == (each, 304, b"")
                assert fields(answer) == {"etag": known, "cache-control": CACHE}

    async def test_of_something_else(self, ada: Person, path: str) -> None:
        known = await tag(ada, path)
        bare = known.strip('"')
        for said in ('"a"', 'W/"a", "b"', "", '"*"', '"', "W/", bare, f'"{bare}', f'"x{bare}"', f'"{bare[:-1]}"'):
            answer = await ada("GET", path, headers={"If-None-Match": said})
            assert (said, answer.status_code, answer.headers["etag"]) == (said, 200, known)
            assert answer.content

    async def test_in_two_fields(self, ada: Person, path: str) -> None:
        headers = [("If-None-Match", '"a"'), ("If-None-Match", await tag(ada, path))]
        assert (await ada("GET", path, headers=headers)).status_code == 304

    async def test_is_answered_without_making_anything(self, ada: Person, path: str, files: Files) -> None:
        known = await tag(ada, path)
        await forget(files)
        before = await files.kept()
        answer = await ada("GET", path, headers={"If-None-Match": f'"a", {known}'})
        assert (answer.status_code, answer.headers["etag"]) == (304, known)
        assert await files.database.fetchval("SELECT count(*) FROM preview") == 0
        assert await files.kept() == before

    async def test_of_any_needs_one_that_can_be_made(self, ada: Person, path: str, files: Files) -> None:
        assert (await ada("GET", path, headers={"If-None-Match": "*"})).status_code == 304
        assert await files.database.fetchval("SELECT count(*) FROM preview") == 1

    async def test_of_any_does_not_help_what_has_none(
        self, ada: Person, group: Room, operation: tuple[bytes, str, str]
    ) -> None:
        path = operation[1].format(await ada.sent(group, "a", b"neither"))
        assert_empty(await ada("GET", path, headers={"If-None-Match": "*"}), 400)
        if path.startswith("/preview/pdf") and "thumbnail" not in path:
            path = operation[1].format(await ada.sent(group, "a", PAPER))
            assert_empty(await ada("GET", f"{path}?firstPage=4", headers={"If-None-Match": "*"}), 400)

    async def test_is_nothing_to_one_who_may_not_see(
        self, client: httpx.AsyncClient, dora: Person, ada: Person, path: str
    ) -> None:
        for said in (await tag(ada, path), "*"):
            headers = {"If-None-Match": said}
            assert_empty(await dora("GET", path, headers=headers), 404)
            assert_empty(await client.get(path, headers=headers), 401)

    async def test_does_not_outlive_the_file(self, ada: Person, path: str) -> None:
        known = await tag(ada, path)
        assert_empty(await ada("DELETE", f"/attachments/{path.split('/')[3]}"), 204)
        for headers in ({}, {"If-None-Match": known}, {"If-None-Match": "*"}):
            assert_empty(await ada("GET", path, headers=headers), 404)
