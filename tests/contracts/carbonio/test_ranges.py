"""Downloads that are asked for on conditions and in part: `If-None-Match`, `Range`, `If-Range` (RFC 9110)."""

import httpx
import pytest
from downloads import CONTENT, ETAG, SIZE, Put, assert_whole, fields
from people import Person, Room
from transcripts import assert_empty


class TestIfNoneMatch:
    @pytest.mark.parametrize(
        "said",
        [
            *(
                ETAG,
                f"W/{ETAG}",
                "*",
                f'"a", {ETAG}',
                f'{ETAG}, "a"',
                f'"a",{ETAG},"b"',
                f'W/"a" , W/{ETAG}',
                f" {ETAG} ",
            ),
            *(f'"", {ETAG}', f'"a,b", {ETAG}', f", {ETAG},"),
        ],
    )
    async def test_of_these_bytes(self, ada: Person, path: str, said: str) -> None:
        for method in ("GET", "HEAD"):
            answer = await ada(method, path, headers={"If-None-Match": said})
            assert (answer.status_code, answer.content) == (304, b"")
            assert fields(answer).items() >= {"etag": ETAG, "cache-control": "private, no-cache"}.items()
            assert answer.headers.get("content-length", str(SIZE)) == str(SIZE)

    @pytest.mark.parametrize(
        "said",
        [
            *('"a"', 'W/"a", "b"', "", ETAG.strip('"'), f'"{ETAG}"', f'"x{ETAG[1:]}', ETAG.upper(), ETAG[:-2] + '"'),
            *('"*"', '"', "W/", f"w/{ETAG[:-1]}", f'"a, {ETAG[1:-1]}, b"', b"\xff"),
        ],
    )
    async def test_of_others_or_of_none(self, ada: Person, path: str, said: str | bytes) -> None:
        assert_whole(await ada("GET", path, headers={"If-None-Match": said}))

    async def test_in_two_fields(self, ada: Person, path: str) -> None:
        headers = [("If-None-Match", '"a"'), ("If-None-Match", ETAG)]
        assert (await ada("GET", path, headers=headers)).status_code == 304

    async def test_comes_before_a_range(self, ada: Person, path: str) -> None:
        for part in ("bytes=0-1", f"bytes={SIZE}-"):
            answer = await ada("GET", path, headers={"If-None-Match": ETAG, "Range": part})
            assert (answer.status_code, answer.content) == (304, b"")

    async def test_is_nothing_to_one_who_may_not_see(
        self, client: httpx.AsyncClient, dora: Person, ada: Person, group: Room
    ) -> None:
        path = f"/attachments/{await ada.sent(group)}/download"
        for headers in ({"If-None-Match": "*"}, {"Range": "bytes=0-0"}, {"Range": "bytes=999-"}):
            assert_empty(await dora("GET", path, headers=headers), 403)
            assert_empty(await client.get(path, headers=headers), 401)


RANGES = [
    *(("0-0", 0, 0), ("0-1", 0, 1), ("5-9", 5, 9), ("65535-65536", 65_535, 65_536), ("0-199999", 0, 199_999)),
    *(("0-", 0, SIZE - 1), ("5-", 5, SIZE - 1), (f"{SIZE - 1}-", SIZE - 1, SIZE - 1), (f"0-{SIZE - 1}", 0, SIZE - 1)),
    *(
        (f"5-{SIZE}", 5, SIZE - 1),
        ("5-" + "9" * 30, 5, SIZE - 1),
        ("00005-09", 5, 9),
        ("131071-262145", 131_071, 262_145),
    ),
    *(("-1", SIZE - 1, SIZE - 1), ("-5", SIZE - 5, SIZE - 1), (f"-{SIZE}", 0, SIZE - 1), (f"-{SIZE + 1}", 0, SIZE - 1)),
    *(("-" + "9" * 30, 0, SIZE - 1), (f"{SIZE - 5}-{SIZE - 1}", SIZE - 5, SIZE - 1)),
]


class TestRange:
    @pytest.mark.parametrize(("said", "first", "last"), RANGES)
    async def test_of_bytes_that_there_are(self, ada: Person, path: str, said: str, first: int, last: int) -> None:
        answer = await ada("GET", path, headers={"Range": f"bytes={said}"})
        assert (answer.status_code, answer.content) == (206, CONTENT[first : last + 1])
        length = str(last + 1 - first)
        whole = fields(await ada("GET", path))
        assert fields(answer) == whole | {"content-length": length, "content-range": f"bytes {first}-{last}/{SIZE}"}

    async def test_with_more_zeros_than_python_would_read(self, ada: Person, path: str) -> None:
        zeros = "0" * 5000
        for said, first, last in ((f"{zeros}5-{zeros}9", 5, 9), (f"-{zeros}1", SIZE - 1, SIZE - 1)):
            answer = await ada("GET", path, headers={"Range": f"bytes={said}"})
            assert (answer.status_code, answer.content) == (206, CONTENT[first : last + 1])

    @pytest.mark.parametrize("said", [f"{SIZE}-", f"{SIZE}-{SIZE + 1}", "9" * 30 + "-", "-0", f"{10**12}-{10**13}"])
    async def test_of_bytes_that_there_are_not(self, ada: Person, path: str, said: str) -> None:
        answer = await ada("GET", path, headers={"Range": f"bytes={said}"})
        assert_empty(answer, 416)
        assert answer.headers["content-range"] == f"bytes */{SIZE}"

    @pytest.mark.parametrize(
        "said",
        [
            *(
                "",
                "bytes",
                "bytes=",
                "bytes=-",
                "bytes=--1",
                "bytes=a-b",
                "bytes=1-a",
                "bytes=9-5",
                "bytes=1--2",
                "=0-1",
            ),
            *(
                "bytes=0-1,5-6",
                "bytes=-1,0-0",
                "bytes=0-1,x",
                "bytes=+1-2",
                "bytes=1_0-20",
                "bytes=0x1-2",
                "bytes=1.0-2",
            ),
            *("items=0-1", "0-1", "bytes:0-1", "bytes 0-1/5", "bytes=0-1-2", "bytes=*", "bytes=0-1;a", "bytess=0-1"),
            *(b"bytes=\xb2-\xb3", b"bytes=\xff", "bytes=1e1-2e1", "bytes=bytes=0-1"),
        ],
    )
    async def test_that_is_none_is_ignored(self, ada: Person, path: str, said: str | bytes) -> None:
        assert_whole(await ada("GET", path, headers={"Range": said}))

    async def test_of_thousands_of_digits_harms_nothing(self, ada: Person, path: str) -> None:
        for said in ("9" * 5000 + "-", "-" + "9" * 5000, "0-" + "9" * 5000):
            answer = await ada("GET", path, headers={"Range": f"bytes={said}"})
            assert answer.status_code in {200, 206, 416}
            assert answer.content == (b"" if answer.status_code == 416 else CONTENT)

    async def test_if_it_is_of_these_bytes(self, ada: Person, path: str) -> None:
        answer = await ada("GET", path, headers={"Range": "bytes=5-9", "If-Range": ETAG})
        assert (answer.status_code, answer.content) == (206, CONTENT[5:10])

    @pytest.mark.parametrize(
        "said", ["", "*", '"a"', f"W/{ETAG}", ETAG.strip('"'), f'{ETAG}, "a"', "Sat, 24 Aug 2019 14:15:22 GMT", b"\xff"]
    )
    async def test_if_it_is_of_others(self, ada: Person, path: str, said: str | bytes) -> None:
        for part in ("bytes=5-9", f"bytes={SIZE}-"):
            assert_whole(await ada("GET", path, headers={"Range": part, "If-Range": said}))

    async def test_if_without_a_range_is_nothing(self, ada: Person, path: str) -> None:
        assert_whole(await ada("GET", path, headers={"If-Range": ETAG}))

    async def test_of_what_was_put_meanwhile(self, ada: Person, put: Put) -> None:
        await put()
        path = await put(content=b"others")
        answer = await ada("GET", path, headers={"Range": "bytes=0-1", "If-Range": ETAG})
        assert_whole(answer, b"others")
