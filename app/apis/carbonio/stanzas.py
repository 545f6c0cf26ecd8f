"""Stanzas of XMPP that clients forward, read with care: section 8; RFC 6120, 11.1; XEP-0297."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from app.apis.carbonio.spellings import read_id
from app.domain.errors import AttachmentNotFound, NoStanza

_DEPTH: Final = 64
# What may come before a document's first element: before anything is read, since the parser would expand on.
_DOCTYPE: Final = re.compile(r"(?:\s++|<\?(?>.*?\?>)|<!--(?>.*?-->))*+<!DOCTYPE", re.DOTALL)
_MOST_FORWARDS: Final = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Stanza:
    """A message to forward: which file it brings, if any, and how often it will then have been forwarded."""

    text: str
    attachment_id: UUID | None
    forward_count: int


def read(original: str) -> Stanza:
    """Read a stanza, or plain text as the body of one. Raises NoStanza, AttachmentNotFound."""
    is_stanza = original.lstrip().startswith("<")
    text = original if is_stanza else f"<message><body>{escape(original)}</body></message>"
    message = _parsed(text)
    return Stanza(text=text, attachment_id=_attachment_id(message), forward_count=_count(message))


class _Builder(ET.TreeBuilder):
    """Builds no tree that is too deep."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> ET.Element:
        self._depth += 1
        if self._depth > _DEPTH:
            raise NoStanza
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ET.Element:
        self._depth -= 1
        return super().end(tag)


def _parsed(text: str) -> ET.Element:
    if _DOCTYPE.match(text):
        raise NoStanza
    parser = ET.XMLParser(target=_Builder())  # noqa: S314 - where no DOCTYPE is, nothing expands or is fetched
    try:
        parser.feed(text)
        message: ET.Element = parser.close()
    except (ET.ParseError, ValueError):
        raise NoStanza from None
    return message


def _attachment_id(message: ET.Element) -> UUID | None:
    """Return which file is announced: by the first `x`, as what happened to the room."""
    announced = message.find("{*}x")
    if announced is None or announced.findtext("{*}operation") != "attachmentAdded":
        return None
    named = announced.findtext("{*}attachment-id")
    if named is None:
        return None
    id = read_id(named.strip())
    if id is None:
        raise AttachmentNotFound
    return id


def _count(message: ET.Element) -> int:
    """Return how often it has been forwarded, and once more."""
    forwarded = message.find("{*}forwarded")
    if forwarded is None:
        return 1
    count = forwarded.get("count", "1")
    before = int(count) if count.isascii() and count.isdigit() and len(count) < len(str(_MOST_FORWARDS)) else 1
    return before + 1
