"""How a file is sent: whole, in part, or not at all because the client has it. RFC 9110, 13 and 14; RFC 6266."""

import re
from collections.abc import AsyncIterator
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.apis.carbonio.errors import refusal, refusals
from app.apis.carbonio.spellings import saturated
from app.apis.dependencies import resources
from app.apis.descriptions import Responses
from app.domain.blobs import Blob

_BYTES: Final = {"*/*": {"schema": {"type": "string", "format": "binary"}}}


def header_field(pattern: str, example: str) -> dict[str, Any]:
    """Describe a header field that every such answer has."""
    return {"required": True, "schema": {"type": "string", "pattern": f"^{pattern}$", "examples": [example]}}


TAG: Final = {"ETag": header_field('"[0-9a-f]{64}"', f'"{"0123456789abcdef" * 4}"')}
NOSNIFF: Final = {"X-Content-Type-Options": header_field("nosniff", "nosniff")}
_OF_ANY: Final = {**TAG, "Cache-Control": header_field("private, no-cache", "private, no-cache")}
_OF_BYTES: Final = {
    **_OF_ANY,
    "Accept-Ranges": header_field("bytes", "bytes"),
    "Content-Disposition": header_field(
        '(inline|attachment); filename="[ -~]*"(; .*)?', 'attachment; filename="plan.pdf"'
    ),
    **NOSNIFF,
}
_RANGE_OF_PART: Final = {"Content-Range": header_field("bytes [0-9]+-[0-9]+/[0-9]+", "bytes 0-99/1000")}
_RANGE_OF_NOTHING: Final = {"Content-Range": header_field(r"bytes \*/[0-9]+", "bytes */1000")}
_SENT: Final[Responses] = {
    200: {"description": "The file", "content": _BYTES, "headers": _OF_BYTES},
    206: {
        "description": "The part of the file that `Range` asks for",
        "content": _BYTES,
        "headers": {**_OF_BYTES, **_RANGE_OF_PART},
    },
    304: {"description": "The file is the one that the client has", "headers": _OF_ANY},
}


def downloads(*statuses: int) -> Responses:
    """Describe what an operation answers that sends a file, and what it refuses with: these statuses, too."""
    told = refusals(*statuses, 416, 424)
    return {**_SENT, **told, 416: {**told[416], "headers": _RANGE_OF_NOTHING}}


def _asked(name: str, about: str, example: str) -> dict[str, Any]:
    schema = {"type": "string", "examples": [example]}
    return {"name": name, "in": "header", "required": False, "description": about, "schema": schema}


_IF_NONE_MATCH: Final = _asked("If-None-Match", "The `ETag` of what the client has, or several.", '"0123"')
RANGE: Final = {
    "parameters": [
        _asked("Range", "One range of bytes; anything else asks for the whole file.", "bytes=0-99"),
        _asked("If-Range", "With a `Range`: the `ETag` of the file that it is a part of.", '"0123"'),
        _IF_NONE_MATCH,
    ]
}
"""The description of the header fields by which a client asks for less than the whole file."""
NEWS: Final = {"parameters": [_IF_NONE_MATCH]}
"""The description of the header field by which a client asks for what it does not have."""

_RASTER_IMAGES: Final = frozenset(f"image/{kind}" for kind in ("avif", "bmp", "gif", "jpeg", "png", "webp"))
_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_MEDIA_TYPE: Final = re.compile(rf"{_WORD}/{_WORD}(?:[ \t]*;[ \t]*{_WORD}=(?:{_WORD}|\"[ !#-\[\]-~]*\"))*")
_ANY_TYPE: Final = "application/octet-stream"
_RANGE: Final = re.compile(r"[bB][yY][tT][eE][sS]=[ \t]*(?:([0-9]+)-([0-9]*)|-([0-9]+))[ \t]*")
_TAGS: Final = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_PATH: Final = re.compile(r"[/\\\x00-\x1f\x7f-\x9f]")
_BEYOND_PLAIN: Final = re.compile(r"[^ !#$&'()+,\-.0-9;=@A-Z\[\]^_`a-z{|}~*]")


class _Span(NamedTuple):
    """Bytes of a file, up to but not including `end`."""

    start: int
    end: int


class Download(Response):
    """A file's bytes as a client may want them; sent once the connection to the database is back in the pool."""

    def __init__(self, file: Blob) -> None:
        super().__init__()
        self._file = file
        self._tag = f'"{file.sha256.hex()}"'

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer, or raise StorageFailed before any of it is sent."""
        request = Request(scope)
        answer = await self._answer(request)
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if is_known(self._tag, request.headers):
            return Response(status_code=304, headers=self._validated())
        whole = _Span(0, self._file.size)
        span = self._asked_for(request.headers)
        if span and span.start >= span.end:
            return self._unsatisfiable(request)
        return await self._bytes(request, 206 if span else 200, span or whole)

    async def _bytes(self, request: Request, status: int, span: _Span) -> Response:
        headers = self._described(span)
        if status == 206:
            headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{self._file.size}"
        if request.state.is_head:
            return Response(status_code=status, headers=headers)
        pieces = resources(request).blobs.read(self._file.id, span.start, span.end)
        return StreamingResponse(await first_read(pieces), status, headers)

    def _validated(self) -> dict[str, str]:
        return {"ETag": self._tag, "Cache-Control": "private, no-cache"}

    def _described(self, span: _Span) -> dict[str, str]:
        type = self._file.mime_type
        return {
            **self._validated(),
            "Content-Type": type if _MEDIA_TYPE.fullmatch(type) else _ANY_TYPE,
            "Content-Length": str(span.end - span.start),
            "Content-Disposition": content_disposition(self._file.name, type),
            "Accept-Ranges": "bytes",
            "X-Content-Type-Options": "nosniff",
        }

    def _unsatisfiable(self, request: Request) -> Response:
        answer = refusal(request, 416)
        answer.headers["Content-Range"] = f"bytes */{self._file.size}"
        return answer

    def _asked_for(self, headers: Headers) -> _Span | None:
        """Return the one range that is asked for, empty if there are no such bytes; None for the whole file."""
        asked = _RANGE.fullmatch(headers.get("range", ""))
        if not asked or headers.get("if-range", self._tag) != self._tag:
            return None
        first, last, suffix = (saturated(digits) if digits else None for digits in asked.groups())
        size = self._file.size
        if first is None:
            return _Span(max(size - (suffix or 0), 0), size)
        if last is not None and last < first:
            return None  # no range at all (14.1.1)
        return _Span(first, min(size, last + 1 if last is not None else size))


def is_known(tag: str, headers: Headers, *, exists: bool = True) -> bool:
    """Whether the client has what has this tag: tags are compared weakly; `*` is whatever there is (13.1.2)."""
    tags = ",".join(headers.getlist("if-none-match"))
    return tag in _TAGS.findall(tags) or (exists and tags.strip() == "*")


async def first_read(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Return the pieces, the first of which is there already: nothing is promised that the store does not have."""
    first = await anext(pieces, b"")

    async def all_pieces() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return all_pieces()


def content_disposition(name: str, type: str) -> str:
    """Return the header field that tells a browser what to do with a file of this name and type (RFC 6266)."""
    kind = "inline" if type.partition(";")[0].strip().lower() in _RASTER_IMAGES else "attachment"
    shown = _PATH.sub("_", name)
    plain = _BEYOND_PLAIN.sub("_", shown)
    extended = "" if plain == shown else f"; filename*=UTF-8''{quote(shown, safe='')}"
    return f'{kind}; filename="{plain}"{extended}'
