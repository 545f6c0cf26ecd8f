"""Bodies that are no JSON, of another media type, or too large; judged in the order 415, 413, 400."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

ROOM = "/api/realtime/room"
TOKEN = "/api/realtime/token"
JSON = {"Content-Type": "application/json"}
MIB = 2**20
Check = Callable[..., None]


def padded(size: int) -> bytes:
    """Make a valid body of so many bytes: a room's name, and a member that nobody asked for."""
    start, end = b'{"name":"Room A","padding":"', b'"}'
    return start + b"x" * (size - len(start) - len(end)) + end


async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 65536):
        yield body[start : start + 65536]


@pytest.mark.parametrize("path", [ROOM, TOKEN])
class TestJson:
    """A body that is not JSON, or not an object: BASE-00014."""

    @pytest.mark.parametrize(
        "body",
        [
            b"{",
            b"}",
            b"name",
            b'{"name":}',
            b'{"name":"A"',
            b'{"name":"A',
            b'{"name":"A",}',
            b"{'name':'A'}",
            b'{name:"A"}',
            b'{"name":"A"} x',
            b'{"name":"A"}{}',
            b'{"name":"A"}\x00',
            b'{"name":"A"/**/}',
            b'{"name":"line\nbreak"}',
            b'{"name":"\x00"}',
            b'{"name":"\\x41"}',
            b'{"name":"\\ud8"}',
            b'{"name":NaN}',
            b'{"autoUpgradeParticipantCount":NaN}',
            b'{"autoUpgradeParticipantCount":Infinity}',
            b'{"autoUpgradeParticipantCount":-Infinity}',
            b'{"autoUpgradeParticipantCount":04}',
            b'{"autoUpgradeParticipantCount":+4}',
            b'{"autoUpgradeParticipantCount":0x4}',
            b'{"unknown":NaN}',
            b'{"unknown":[Infinity]}',
            # docs/choices.md: no parser at hand reads whole numbers without a bound
            pytest.param(b'{"autoUpgradeParticipantCount":' + b"9" * 5000 + b"}", id="5000 digits"),
            b'{"name":"\\ud800"}',
            b'{"token":"\\udfff"}',
            b'{"name":"a\\ud83d"}',
            b'{"name":"\\ude00\\ud83d"}',
            b'{"autoUpgradeParticipantCount":"\\ud800"}',
            b'{"unknown":"\\ud800"}',
            b"True",
            b"None",
            b"undefined",
            b" ",
            b"\n",
            b"\x00",
            b"name=A",
        ],
    )
    async def test_what_does_not_parse_is_invalid(
        self, vcs: httpx.AsyncClient, refused: Check, path: str, body: bytes
    ) -> None:
        refused(await vcs.post(path, content=body, headers=JSON), "BASE-00014")

    @pytest.mark.parametrize("body", [b"[]", b'[{"name":"A"}]', b'"A"', b'""', b"4", b"true", b"null", b" null "])
    async def test_what_is_no_object_is_invalid(
        self, vcs: httpx.AsyncClient, refused: Check, path: str, body: bytes
    ) -> None:
        refused(await vcs.post(path, content=body, headers=JSON), "BASE-00014")

    @pytest.mark.parametrize(
        "body",
        [
            b'{"name":"\xff"}',
            b'{"name":"\xc3"}',
            b'{"name":"\xc0\x80"}',
            b'{"name":"\xed\xa0\x80"}',
            b'{"name":"\xf4\x90\x80\x80"}',
            b'{"\xff":1}',
            b"\xff",
            '{"name":"Zoë"}'.encode("latin-1"),
            '{"name":"A"}'.encode("utf-16"),
            '{"name":"A"}'.encode("utf-16-le"),
            '{"name":"A"}'.encode("utf-32"),
        ],
        ids=[
            "no UTF-8 byte",
            "half a character",
            "overlong NUL",
            "encoded surrogate",
            "beyond Unicode",
            "in a name",
            "one byte",
            "Latin-1",
            "UTF-16 with its mark",
            "UTF-16 without",
            "UTF-32",
        ],
    )
    async def test_what_is_no_utf_8_is_invalid(
        self, vcs: httpx.AsyncClient, refused: Check, path: str, body: bytes
    ) -> None:
        refused(await vcs.post(path, content=body, headers=JSON), "BASE-00014")

    @pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"name":[', b'[{"a":'])
    async def test_200_000_open_brackets_are_invalid(
        self, vcs: httpx.AsyncClient, refused: Check, path: str, opening: bytes
    ) -> None:
        body = (opening * 200_000)[:1_000_000]
        refused(await vcs.post(path, content=body, headers=JSON), "BASE-00014")


class TestMediaType:
    """A body with another content type, or none: BASE-00017."""

    @pytest.mark.parametrize(
        "media_type",
        [
            "text/plain",
            "text/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/octet-stream",
            "application/jsonp",
            "application/json5",
            "application/ld+json",
            "application/merge-patch+json",
            "application",
            "json",
            "*/*",
            "text/plain; application/json",
            "; charset=utf-8",
            "",
        ],
    )
    @pytest.mark.parametrize("path", [ROOM, TOKEN])
    async def test_another_media_type_is_not_supported(
        self, vcs: httpx.AsyncClient, refused: Check, path: str, media_type: str
    ) -> None:
        answer = await vcs.post(path, content=b'{"name":"A"}', headers={"Content-Type": media_type})
        refused(answer, "BASE-00017")

    @pytest.mark.parametrize("path", [ROOM, TOKEN])
    async def test_a_body_without_a_media_type_is_not_supported(
        self, vcs: httpx.AsyncClient, refused: Check, path: str
    ) -> None:
        refused(await vcs.post(path, content=b"{}"), "BASE-00017")

    @pytest.mark.parametrize("body", [b"{", b" ", b"\xff", pytest.param(padded(MIB + 1), id="too large")])
    async def test_it_is_judged_before_size_and_content(
        self, vcs: httpx.AsyncClient, refused: Check, body: bytes
    ) -> None:
        answer = await vcs.post(ROOM, content=body, headers={"Content-Type": "text/plain"})
        refused(answer, "BASE-00017")

    @pytest.mark.parametrize("media_type", ["application/json", "Application/JSON; charset=utf-8"])
    async def test_a_body_in_pieces_is_judged_the_same_way(
        self, vcs: httpx.AsyncClient, refused: Check, media_type: str
    ) -> None:
        body = b'{"name":"A"}'
        known = await vcs.post(ROOM, content=in_pieces(body), headers={"Content-Type": media_type})
        assert known.json()["room"]["name"] == "A"
        other = await vcs.post(ROOM, content=in_pieces(body), headers={"Content-Type": "text/plain"})
        refused(other, "BASE-00017")

    async def test_an_empty_object_in_pieces_is_a_body(self, vcs: httpx.AsyncClient, refused: Check) -> None:
        answer = await vcs.post(ROOM, content=in_pieces(b"{}"), headers={"Content-Type": "text/plain"})
        refused(answer, "BASE-00017")

    async def test_an_empty_body_in_pieces_is_no_body(self, vcs: httpx.AsyncClient) -> None:
        for headers in ({}, {"Content-Type": "text/plain"}, JSON):
            answer = await vcs.post(ROOM, content=in_pieces(b""), headers=headers)
            assert answer.status_code == 200, answer.text


class TestSize:
    """A JSON body over 1 MiB: BASE-00413."""

    async def test_exactly_1_mib_is_accepted(self, vcs: httpx.AsyncClient) -> None:
        for content in (padded(MIB), in_pieces(padded(MIB))):
            answer = await vcs.post(ROOM, content=content, headers=JSON)
            assert answer.status_code == 200, answer.text
            assert answer.json()["room"]["name"] == "Room A"

    @pytest.mark.parametrize("path", [ROOM, TOKEN])
    @pytest.mark.parametrize("size", [MIB + 1, 10 * MIB])
    async def test_more_is_too_large(self, vcs: httpx.AsyncClient, refused: Check, path: str, size: int) -> None:
        refused(await vcs.post(path, content=padded(size), headers=JSON), "BASE-00413")
        refused(await vcs.post(path, content=in_pieces(padded(size)), headers=JSON), "BASE-00413")

    @pytest.mark.parametrize("filling", [b"[", b" ", b"\xff"])
    async def test_it_is_judged_before_the_content(
        self, vcs: httpx.AsyncClient, refused: Check, filling: bytes
    ) -> None:
        refused(await vcs.post(ROOM, content=filling * (MIB + 1), headers=JSON), "BASE-00413")

    async def test_a_refused_room_is_not_there(self, vcs: httpx.AsyncClient, same: Check) -> None:
        await vcs.post(ROOM, content=padded(MIB + 1), headers=JSON)
        same(await vcs.get(ROOM), {"data": []})

    @pytest.mark.parametrize("pieces", [False, True], ids=["with its length", "in pieces"])
    async def test_a_real_client_hears_the_refusal_and_goes_on_talking(
        self, real: httpx.AsyncClient, refused: Check, *, pieces: bool
    ) -> None:
        body = padded(10 * MIB)
        answer = await real.post(ROOM, content=in_pieces(body) if pieces else body, headers=JSON)
        refused(answer, "BASE-00413")
        assert (await real.get(ROOM)).status_code == 200
