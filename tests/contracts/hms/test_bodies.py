"""Bodies that are no JSON object, of any media type, too large; whichever call they come with."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

ROOMS = "/v2/rooms"
JSON = {"Content-Type": "application/json"}
NO_OBJECT = "body is not a JSON object"
TOO_LARGE = (413, "Payload Too Large", "body is larger than 1 MiB")
MIB = 2**20
Check = Callable[..., None]
Room = dict[str, Any]
Make = Callable[..., Awaitable[Room]]
NoObjects = Callable[..., Awaitable[None]]


@pytest.fixture
async def paths(create: Make) -> list[str]:
    """Where a body can be sent: to make a room, and to change the one that there is."""
    return [ROOMS, f"{ROOMS}/{(await create(name='room-a'))['id']}"]


@pytest.fixture
def no_objects(hms: httpx.AsyncClient, bad_body: Check, paths: list[str], subtests: pytest.Subtests) -> NoObjects:
    """Send each of these bodies everywhere: it is no JSON object, and nothing is done."""

    async def no_objects(*bodies: bytes) -> None:
        before = (await hms.get(ROOMS)).json()
        for body in bodies:
            with subtests.test(repr(body)[:60]):
                for path in paths:
                    bad_body(await hms.post(path, content=body, headers=JSON), NO_OBJECT)
                assert (await hms.get(ROOMS)).json() == before

    return no_objects


def padded(size: int) -> bytes:
    """Make a valid body of so many bytes: a description, and a member that nobody asked for."""
    start, end = b'{"description":"Mine","padding":"', b'"}'
    return start + b"x" * (size - len(start) - len(end)) + end


async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 65536):
        yield body[start : start + 65536]


class TestJson:
    """Row "bad body or query": malformed JSON, or JSON that is no object."""

    async def test_what_does_not_parse(self, no_objects: NoObjects) -> None:
        await no_objects(
            b"{",
            b"}",
            b"name",
            b'{"name":}',
            b'{"name":"b"',
            b'{"name":"b',
            b'{"name":"b",}',
            b"{'name':'b'}",
            b'{name:"b"}',
            b'{"name":"b"} x',
            b'{"name":"b"}{}',
            b'{"name":"b"}\x00',
            b'{"name":"b"/**/}',
            b'{"description":"line\nbreak"}',
            b'{"description":"\x00"}',
            b'{"description":"\\x41"}',
            b'{"description":"\\ud8"}',
            b'{"size":NaN}',
            b'{"size":Infinity}',
            b'{"size":-Infinity}',
            b'{"size":04}',
            b'{"size":+4}',
            b'{"size":0x4}',
            b'{"unknown":NaN}',
            b"True",
            b"undefined",
            b" ",
            b"\n",
            b"\x00",
            b"name=b",
            b"name=b&size=4",
        )

    async def test_what_is_no_object(self, no_objects: NoObjects) -> None:
        """Row "body `null`" too."""
        await no_objects(
            b"[]",
            b'[{"name":"b"}]',
            b'"b"',
            b'""',
            b"4",
            b"0",
            b"true",
            b"false",
            b"null",
            b" null ",
        )

    async def test_lone_surrogates(self, no_objects: NoObjects) -> None:
        await no_objects(
            b'{"name":"\\ud800"}',
            b'{"description":"\\udfff"}',
            b'{"description":"a\\ud83d"}',
            b'{"description":"\\ude00\\ud83d"}',
            b'{"unknown":"\\ud800"}',
            b'{"\\ud800":1}',
            b'{"recording_info":{"x":"\\ud800"}}',
            b'{"webhook":{"url":"https://a.example/\\ud800"}}',
        )

    async def test_what_is_no_utf_8(self, no_objects: NoObjects) -> None:
        await no_objects(
            b'{"description":"\xff"}',
            b'{"description":"\xc3"}',
            b'{"description":"\xc0\x80"}',
            b'{"description":"\xed\xa0\x80"}',
            b'{"\xff":1}',
            b"\xff",
            '{"description":"Zoë"}'.encode("latin-1"),
            '{"name":"b"}'.encode("utf-16"),
            '{"name":"b"}'.encode("utf-32"),
        )

    @pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"recording_info":[', b'[{"a":'])
    async def test_200_000_open_brackets(
        self, hms: httpx.AsyncClient, bad_body: Check, paths: list[str], opening: bytes
    ) -> None:
        for path in paths:
            bad_body(await hms.post(path, content=(opening * 200_000)[:1_000_000], headers=JSON), NO_OBJECT)

    @pytest.mark.parametrize("member", ["x", "recording_info", "webhook"])
    @pytest.mark.parametrize("depth", [100, 1_000, 50_000])
    async def test_depth_is_no_crash(self, hms: httpx.AsyncClient, paths: list[str], member: str, depth: int) -> None:
        for path in paths:
            deep = b"[" * depth + b"]" * depth
            answer = await hms.post(
                path, content=b'{"%s":{"url":"http://a","x":%s}}' % (member.encode(), deep), headers=JSON
            )
            assert answer.status_code in {200, 400}
            assert (await hms.get(ROOMS)).status_code == 200

    @pytest.mark.parametrize("number", [b"1e400", b"-1e400", b"9" * 4000, b"9" * 5000, b"1e-400", b"0.1" + b"0" * 5000])
    async def test_odd_numbers_are_no_crash(self, hms: httpx.AsyncClient, paths: list[str], number: bytes) -> None:
        for path in paths:
            for member in (b"size", b"max_duration_seconds", b"unknown", b"description"):
                answer = await hms.post(path, content=b'{"%s":%s}' % (member, number), headers=JSON)
                assert answer.status_code in ({200, 400} if member in {b"unknown", b"size"} else {400})
                assert list(answer.json()) == ["code", "message", "details"] or answer.status_code == 200
            assert (await hms.get(ROOMS)).status_code == 200


class TestMediaType:
    """Row "a request with `Content-Type` other than JSON but a JSON body"."""

    @pytest.mark.parametrize(
        "media_type",
        [
            None,
            "",
            "application/json",
            "APPLICATION/JSON; charset=utf-8",
            "text/plain",
            "text/plain;charset=UTF-8",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "multipart/form-data",
            "application/octet-stream",
            "application/xml",
            "nonsense",
            "; charset=utf-8",
            "application/json; charset=latin-1",
        ],
    )
    async def test_is_parsed_all_the_same(
        self, hms: httpx.AsyncClient, bad_body: Check, paths: list[str], media_type: str | None
    ) -> None:
        for path in paths:
            headers = {} if media_type is None else {"Content-Type": media_type}
            for content in ('{"description":"Zoë"}'.encode(), b"{}", b""):
                answer = await hms.post(path, content=content, headers=headers)
                assert answer.status_code == 200, answer.text
                if b"description" in content:
                    assert answer.json()["description"] == "Zoë"
            bad_body(await hms.post(path, content=b"name=b", headers=headers), NO_OBJECT)

    async def test_of_a_body_in_pieces(self, hms: httpx.AsyncClient, bad_body: Check) -> None:
        for headers in ({}, JSON, {"Content-Type": "text/plain"}):
            answer = await hms.post(ROOMS, content=in_pieces(b'{"description":"Mine"}'), headers=headers)
            assert answer.json()["description"] == "Mine"
            assert (await hms.post(ROOMS, content=in_pieces(b""), headers=headers)).status_code == 200
            bad_body(await hms.post(ROOMS, content=in_pieces(b"["), headers=headers), NO_OBJECT)


class TestSize:
    """A JSON body over 1 MiB: 413."""

    async def test_exactly_1_mib_is_accepted(self, hms: httpx.AsyncClient, paths: list[str]) -> None:
        for path in paths:
            for content in (padded(MIB), in_pieces(padded(MIB))):
                answer = await hms.post(path, content=content, headers=JSON)
                assert answer.status_code == 200, answer.text
                assert answer.json()["description"] == "Mine"

    @pytest.mark.parametrize("size", [MIB + 1, 5 * MIB])
    async def test_more_is_too_large(self, hms: httpx.AsyncClient, refused: Check, paths: list[str], size: int) -> None:
        for path in paths:
            before = (await hms.get(ROOMS)).json()
            for headers in (JSON, {"Content-Type": "text/plain"}):
                refused(await hms.post(path, content=padded(size), headers=headers), *TOO_LARGE)
                refused(await hms.post(path, content=in_pieces(padded(size)), headers=headers), *TOO_LARGE)
            assert (await hms.get(ROOMS)).json() == before

    @pytest.mark.parametrize("filling", [b"[", b" ", b"\xff"])
    async def test_it_is_judged_before_the_content(
        self, hms: httpx.AsyncClient, refused: Check, paths: list[str], filling: bytes
    ) -> None:
        for path in paths:
            refused(await hms.post(path, content=filling * (MIB + 1), headers=JSON), *TOO_LARGE)

    async def test_a_real_client_hears_the_refusal_and_goes_on_talking(
        self, real: httpx.AsyncClient, refused: Check
    ) -> None:
        for content in (padded(10 * MIB), in_pieces(padded(10 * MIB))):
            refused(await real.post(ROOMS, content=content, headers=JSON), *TOO_LARGE)
            assert (await real.get(ROOMS)).status_code == 200
