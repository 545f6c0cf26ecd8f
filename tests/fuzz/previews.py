"""Previews: the pictures and papers that they are made of, what is asked of them, and what they must be then."""

import io
import itertools
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

import schemathesis
from fuzz.fuzzer import LARGEST
from papers import Page, paper, protected
from pictures import animated, colours_in_turn, quadrants, saved, turned
from PIL import Image
from pypdfium2 import PdfDocument
from requests import Session
from schemathesis import Case, CheckContext, Response

Json = dict[str, Any]


class Source(NamedTuple):
    """A file, and how large it is shown: in pixels, or in points of its first page."""

    content: bytes
    kind: str = ""
    size: tuple[int, int] = (0, 0)


_PAPER = paper(Page(width=60, height=40), Page(), Page(width=9, height=90))
_PICTURES = (
    Source(turned(quadrants(), 6), "image", (16, 8)),
    Source(saved(quadrants((9, 20), [(90, 0, 0, 99)] * 4)), "image", (9, 20)),
    Source(animated(colours_in_turn()), "image", (12, 8)),
    Source(saved(quadrants(), "WEBP"), "image", (16, 8)),
)
_PAPERS = (Source(_PAPER, "pdf", (60, 40)), Source(protected(_PAPER), "pdf", (60, 40)))
#: Empty, cut off, locked, of no kind, as large as can be, and larger.
_OTHERS = tuple(
    map(
        Source,
        (b"", saved(quadrants())[:-20], protected(_PAPER, user="a"), b"x", bytes(LARGEST), bytes(LARGEST + 1)),
    )
)
_SOURCES = {"image": _PICTURES, "pdf": _PAPERS}
_AREAS = ("0x0", "20x30", "0x5", "1x1", "5x0", "0007x06")
_PAGES: Sequence[Json] = ({}, {"firstPage": "2"}, {"first_page": "3", "last_page": "0"}, {"lastPage": "1"})
_KNOWN = 5  # one of so many
_LARGE = 10**6  # pixels, which nobody waits for so often
_AREA = re.compile("([0-9]+)x([0-9]+)")

#: What has been sent, by the ids of the files.
_sent: dict[str, Source] = {}
#: Each operation has its own turns: it hears of everything, however the others are mixed.
_turns: defaultdict[str, Iterator[int]] = defaultdict(partial(itertools.count, 0))


def next_file(name: str) -> bytes:
    """Return what an operation sends next: what it can show, and between them something else."""
    turn, fitting = next(_turns[name]), _SOURCES.get(kind_of(name), (*_PICTURES, *_PAPERS))
    files = fitting if turn % 2 else _OTHERS
    return files[turn // 2 % len(files)].content


def remember(id: str, sent: bytes | None) -> None:
    """Learn which of the files is in what has been sent."""
    for source in _sources_in(sent or b""):
        _sent[id] = source


def _sources_in(sent: bytes) -> list[Source]:
    return [source for source in (*_PICTURES, *_PAPERS) if source.content in sent]


def shown_as(kind: str, ids: Sequence[str]) -> list[str]:
    """Return those of the files that can be shown as this."""
    return [id for id in ids if kind and id in _sent and _sent[id].kind == kind]


def kind_of(name: str) -> str:
    """Return what an operation shows: `image`, `pdf`, or nothing."""
    return next((kind for kind in _SOURCES if re.fullmatch(f"(get|post)_{kind}_(preview|thumbnail)", name)), "")


def make_small(ids: Json) -> None:
    """Take care that nothing large is asked for, as most of what a generator asks for is."""
    asked = _AREA.fullmatch(str(ids.get("area", "")))
    if asked and int(asked[1]) * int(asked[2]) > _LARGE:
        ids["area"] = f"{asked[1]}x{int(asked[2]) % 100}"


def lead(case: Case, turn: int) -> None:
    """Ask for a little of what can be shown; of a file that is known already, now and then."""
    if "area" in (case.path_parameters or {}):
        case.path_parameters["area"] = _AREAS[turn % len(_AREAS)]
    else:
        case.query = _PAGES[turn % len(_PAGES)]
    if case.method == "GET" and next(_turns[case.operation.path]) % _KNOWN == 0:
        case.headers = {**(case.headers or {}), "If-None-Match": "*"}


def _is_preview(case: Case, response: Response) -> bool:
    return bool(kind_of(case.operation.definition.raw["operationId"])) and response.status_code == 200


@schemathesis.check
def previews_are_what_was_asked_for(ctx: CheckContext, response: Response, case: Case) -> None:
    """Its type is what the bytes are, and its size the area that was asked for; and it tells nothing else."""
    if not _is_preview(case, response):
        return
    [type] = response.headers["content-type"]
    if type == "application/pdf":
        with PdfDocument(response.content) as document:
            assert len(document) > 0
        return
    with Image.open(io.BytesIO(response.content)) as shown:
        shown.load()
        assert shown.get_format_mimetype() == type == f"image/{_asked(response, 'output_format') or 'jpeg'}"
        assert not shown.getexif()
        assert all(side == of for side, of in zip(shown.size, _sides(response), strict=True) if of), shown.size


def _asked(response: Response, name: str) -> str:
    return dict(parse_qsl(urlsplit(str(response.request.url)).query)).get(name, "").lower()


def _sides(response: Response) -> tuple[int, ...]:
    """Return the width and the height that were asked for; 0: nobody knows."""
    [area] = _AREA.findall(unquote(urlsplit(str(response.request.url)).path))[-1:]
    return tuple(int(asked) or of for asked, of in zip(area, _source(response).size, strict=True))


def _source(response: Response) -> Source:
    parts = urlsplit(str(response.request.url)).path.split("/")
    told = response.request.body or b""
    return next(iter([_sent[part] for part in parts if part in _sent] or _sources_in(told)), Source(b""))


@schemathesis.check
def a_preview_that_is_known_is_not_sent(ctx: CheckContext, response: Response, case: Case) -> None:
    """With its tag, a preview of a file in a room is not sent again."""
    if not _is_preview(case, response) or case.method != "GET":
        return
    request = response.request.copy()
    [tag] = response.headers["etag"]
    request.headers["If-None-Match"] = tag
    with Session() as session:
        again = session.send(request)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
