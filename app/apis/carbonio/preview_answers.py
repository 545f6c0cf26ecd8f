"""How a preview is sent: one that is kept beside its file, or one of a file that came along."""

import hashlib
from collections.abc import AsyncIterator
from typing import Any, Final, Self

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.apis.carbonio.downloads import NOSNIFF, TAG, first_read, header_field, is_known
from app.apis.carbonio.errors import refusals
from app.apis.carbonio.forms import OTHER_BYTES, FileForm
from app.apis.carbonio.uploads import at_most, judge_size
from app.apis.dependencies import Call
from app.apis.descriptions import Responses
from app.domain.blobs import Blob
from app.domain.errors import StorageFailed
from app.domain.previews import Preview, SeenFile
from app.domain.specifications import Specification

_BYTES: Final = {"schema": {"type": "string", "format": "binary"}}
_FOR_EVER: Final = "private, max-age=86400, immutable"
_AT_ONCE_ONLY: Final = "no-store"
PICTURES: Final = ("image/jpeg", "image/png", "image/gif", "image/webp")
DOCUMENTS: Final = ("application/pdf",)


def _cache_control(value: str) -> dict[str, Any]:
    return {"Cache-Control": header_field(value, value)}


def answers_kept(types: tuple[str, ...]) -> Responses:
    """Describe what an operation answers that sends a preview of these types."""
    validated = {**TAG, **_cache_control(_FOR_EVER)}
    return {
        200: {
            "description": "The preview",
            "content": dict.fromkeys(types, _BYTES),
            "headers": {**validated, **NOSNIFF},
        },
        304: {"description": "The preview is the one that the client has", "headers": validated},
        **refusals(400, 404, 424),
    }


def answers_of_forms(types: tuple[str, ...]) -> Responses:
    """Describe what an operation answers that sends a preview of a file that came along."""
    headers = {**_cache_control(_AT_ONCE_ONLY), **NOSNIFF}
    return {
        200: {"description": "The preview", "content": dict.fromkeys(types, _BYTES), "headers": headers},
        **refusals(400, 408, 413, 424),
    }


def _headers(specification: Specification, size: int, cache_control: str) -> dict[str, str]:
    return {
        "Content-Type": specification.mime_type,
        "Content-Length": str(size),
        "Cache-Control": cache_control,
        "X-Content-Type-Options": "nosniff",
    }


class KeptPreview(Response):
    """A preview of a file in a room; if none is kept it is made now, with no connection to the database meanwhile."""

    def __init__(self, call: Call, seen: SeenFile, specification: Specification, name: str) -> None:
        super().__init__()
        self._server = call.resources
        self._file = seen.file
        self._kept = seen.kept
        self._specification = specification
        self._tag = _tag(seen.file, name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer, or raise what `Previewer.preview` raises before any of it is sent."""
        answer = await self._answer(Request(scope))
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if is_known(self._tag, request.headers, exists=self._kept is not None):
            return self._known()
        preview = self._kept or await self._server.previewer.preview(
            self._file, self._specification, request.state.caller
        )
        if is_known(self._tag, request.headers, exists=True):
            return self._known()
        headers = {"ETag": self._tag, **_headers(self._specification, preview.size, _FOR_EVER)}
        if request.state.is_head:
            return Response(headers=headers)
        return StreamingResponse(await self._pieces(preview, request.state.caller), headers=headers)

    def _known(self) -> Response:
        return Response(status_code=304, headers={"ETag": self._tag, "Cache-Control": _FOR_EVER})

    async def _pieces(self, preview: Preview, asker: str) -> AsyncIterator[bytes]:
        try:
            return await self._read(preview)
        except StorageFailed:
            if not self._kept:
                raise
            # The store may have lost it, as after a restore from a backup without previews; or the file, too.
            return await self._read(
                await self._server.previewer.preview(self._file, self._specification, asker, preview)
            )

    async def _read(self, preview: Preview) -> AsyncIterator[bytes]:
        return await first_read(self._server.blobs.read(preview.id, 0, preview.size))


def _tag(file: Blob, name: str) -> str:
    return f'"{hashlib.sha256(file.sha256 + name.encode()).hexdigest()}"'


class PreviewOfForm(Response):
    """A preview of a file that comes in a form; when it is sent, nothing of either is left."""

    def __init__(self, call: Call, form: FileForm, specification: Specification) -> None:
        """Take in at most as many bytes as an attachment may have."""
        super().__init__()
        self._previewer = call.resources.previewer
        self._form = form
        self._specification = specification
        self._most_bytes = call.settings.chats.max_attachment_bytes

    @classmethod
    def begun(cls, call: Call, form: FileForm, declared_bytes: int, specification: Specification) -> Self:
        """Return the answer to who may send so much. Raises TooLarge."""
        judge_size(declared_bytes - OTHER_BYTES, call.settings.chats.max_attachment_bytes)
        return cls(call, form, specification)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer, or raise what `Previewer.converted` or reading raises before any of it is sent."""
        request = Request(scope, receive)
        pieces = at_most(self._form.file(request), self._most_bytes)
        async with self._previewer.converted(pieces, self._specification, request.state.caller) as made:
            headers = _headers(self._specification, made.size, _AT_ONCE_ONLY)
            await StreamingResponse(made.pieces, headers=headers)(scope, receive, send)
