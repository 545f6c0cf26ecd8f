"""A file in a form (multipart/form-data, RFC 7578), as newer clients send it: its bytes go on as they arrive."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.exceptions import HTTPException
from starlette.requests import Request

from app.apis.carbonio.files import SentFile
from app.apis.carbonio.uploads import arriving

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_FILE: Final = "file"
_NAME_OF_FILE: Final = "fileName"
_TYPE_OF_FILE: Final = "mimeType"
_WORDS: Final = ("description", "messageId", "replyId", "area")
_BOUNDARY_BYTES: Final = 70
OTHER_BYTES: Final = 64 * 1024
"""What a form may have besides the file's bytes."""

_SAID: Final[dict[str, Any]] = SentFile.model_json_schema()["properties"]


def _without_title(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: said for name, said in schema.items() if name != "title"}


def _form(properties: dict[str, Any]) -> dict[str, Any]:
    """Describe a form of these parts, of which the file is needed."""
    schema = {"type": "object", "required": [_FILE], "properties": properties}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


_BYTES: Final = {"type": "string", "format": "binary"}
FORM_BODY: Final = _form(
    {
        _FILE: {**_BYTES, "description": "Its part says its name, which may be escaped as in `POST`, and its type."},
        **{name: _without_title(_SAID[name]) for name in _WORDS},
        "contentLength": {"type": "string", "default": "", "description": "Nobody looks at it."},
    }
)
"""The description of a form with a file, and what is said of it."""
FILE_ALONE: Final = _form({_FILE: _BYTES})
"""The description of a form in which only the bytes of the file matter."""


class FileForm:
    """A form that is being read: the bytes of its part `file`, and afterwards what its parts say.

    The name of the file and its type are said by its part's own header fields. Parts of other names are left out.
    """

    def __init__(self, content_type: str) -> None:
        """Raise RequestValidationError for another type, or without a boundary that can be one (RFC 2046, 5.1.1)."""
        type, options = parse_options_header(content_type)
        self._boundary = options.get(b"boundary", b"")
        if type != b"multipart/form-data" or not 0 < len(self._boundary) <= _BOUNDARY_BYTES:
            raise _refusal("must be multipart/form-data")
        self._said: dict[str, bytearray] = {}
        self._header = _Header()
        self._part = ""
        self._arrived: list[bytes] = []
        self._other_bytes = 0
        self._has_ended = False

    @property
    def fields(self) -> dict[str, str]:
        """What the parts say; empty ones say nothing. Raises RequestValidationError."""
        try:
            return {name: text.decode() for name, text in self._said.items() if text or name == _TYPE_OF_FILE}
        except UnicodeDecodeError:
            raise _refusal("is no UTF-8") from None

    async def file(self, request: Request) -> AsyncIterator[bytes]:
        """Yield the bytes of the file. Raises RequestValidationError, or HTTPException(413) for a flood of words."""
        parser = self._parser()
        async for chunk in arriving(request):
            self._read(parser, chunk)
            for piece in self._arrived:
                yield piece
            self._arrived.clear()
        if not self._has_ended or _NAME_OF_FILE not in self._said:
            raise _refusal("ends too early, or has no file")

    def _parser(self) -> MultipartParser:
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._begin_part,
            "on_header_field": self._header.add_name,
            "on_header_value": self._header.add_value,
            "on_header_end": self._header.end,
            "on_headers_finished": self._enter_part,
            "on_part_data": self._add,
            "on_end": self._end,
        }
        return MultipartParser(self._boundary, callbacks)

    def _read(self, parser: MultipartParser, chunk: bytes) -> None:
        taken = len(chunk)
        try:
            parser.write(chunk)
        except FormParserError:
            raise _refusal("is no form") from None
        self._other_bytes += taken - sum(map(len, self._arrived))
        if self._other_bytes > OTHER_BYTES:
            raise HTTPException(413)

    def _begin_part(self) -> None:
        self._header.clear()

    def _enter_part(self) -> None:
        _, options = parse_options_header(bytes(self._header.fields.get("content-disposition", b"")))
        self._part = options.get(b"name", b"").decode("latin-1")
        if self._part in self._said or (self._part == _FILE and _NAME_OF_FILE in self._said):
            raise _refusal(f"has {self._part} twice")
        if self._part == _FILE:
            self._said[_NAME_OF_FILE] = bytearray(options.get(b"filename", b""))
            self._said[_TYPE_OF_FILE] = self._header.fields.get("content-type", bytearray())
        elif self._part in _WORDS:
            self._said[self._part] = bytearray()

    def _add(self, data: bytes, start: int, end: int) -> None:
        if self._part == _FILE:
            self._arrived.append(data[start:end])
        elif self._part in _WORDS:
            self._said[self._part] += data[start:end]

    def _end(self) -> None:
        self._has_ended = True


def _sent_form(request: Request) -> FileForm:
    return FileForm(request.headers.get("content-type", ""))


SentForm = Annotated[FileForm, Depends(_sent_form)]
"""The form that is about to arrive."""


class _Header:
    """The header fields of the part that is being read."""

    def __init__(self) -> None:
        self.fields: dict[str, bytearray] = {}
        self.clear()

    def clear(self) -> None:
        self.fields.clear()
        self._begin()

    def add_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def add_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def end(self) -> None:
        self.fields[self._name.decode("latin-1").lower()] = self._value
        self._begin()

    def _begin(self) -> None:
        self._name, self._value = bytearray(), bytearray()


def _refusal(sentence: str) -> RequestValidationError:
    return RequestValidationError([{"type": "form", "loc": ("body",), "msg": sentence}])
