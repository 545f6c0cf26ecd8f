"""The shares of the table as bars, with their spread and goals."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

import svg

from bench.report import Share

Shares = Mapping[str, tuple[Share, Share]]
"""By request: its share of the hello, and of pgbench."""

_STYLE = """
.ground { fill: #ffffff }
text { font: 13px system-ui, sans-serif; fill: #24292f }
.request { font-family: ui-monospace, monospace; text-anchor: end }
.figure { font-size: 12px; text-anchor: end }
.scale { text-anchor: middle; fill: #6e7781 }
.grid { stroke: #8c959f; stroke-opacity: .3 }
.hello { fill: #2f81f7 } .pgbench { fill: #d4822a }
.spread, .goal { stroke: #24292f }
.goal { stroke-width: 3 }
@media (prefers-color-scheme: dark) {
  .ground { fill: #0d1117 } text { fill: #e6edf3 } .scale { fill: #9198a1 } .spread, .goal { stroke: #e6edf3 }
}
"""
_LEFT, _TOP, _BAR, _ROW, _PERCENT, _SHOWN = 420, 56, 14, 44, 4.8, 100
_RIGHT = 66  # of the scale, for the figures


def drawn(shares: Shares) -> str:
    """Return an SVG, readable on light and on dark."""
    bottom = _TOP + _ROW * len(shares)
    width, height = int(_at(_SHOWN)) + _RIGHT, bottom + 30
    ground = svg.Rect(width=width, height=height, class_=["ground"])
    elements = [svg.Style(text=_STYLE), ground, *_legend(), *_scale(bottom)]
    for number, (request, pair) in enumerate(shares.items()):
        elements += _row(request, pair, _TOP + _ROW * number)
    whole = svg.SVG(width=width, height=height, viewBox=svg.ViewBoxSpec(0, 0, width, height), elements=elements)
    return str(whole)


def _at(percent: float) -> float:
    """Return where a share stands; the few beyond the scale stand at its end."""
    return round(_LEFT + _PERCENT * min(percent, _SHOWN), 1)


def _legend() -> Iterator[svg.Element]:
    yield svg.Text(x=_LEFT, y=20, text="Requests per second, in % of …")
    for x, kind, text in ((0, "hello", "the FastAPI hello"), (160, "pgbench", "pgbench")):
        yield svg.Rect(x=_LEFT + x, y=30, width=_BAR, height=_BAR, class_=[kind])
        yield svg.Text(x=_LEFT + x + 21, y=42, text=text)
    yield _line(_LEFT + 262, 29, _LEFT + 262, 45, "goal")
    yield svg.Text(x=_LEFT + 272, y=42, text="goal")


def _scale(bottom: int) -> Iterator[svg.Element]:
    for percent in range(0, _SHOWN + 1, 20):
        yield _line(_at(percent), _TOP, _at(percent), bottom, "grid")
        yield svg.Text(x=_at(percent), y=bottom + 20, text=f"{percent} %", class_=["scale"])


def _row(request: str, pair: Sequence[Share], top: int) -> Iterator[svg.Element]:
    yield svg.Text(x=_LEFT - 10, y=top + 26, text=escape(request), class_=["request"])
    for share, kind, y in zip(pair, ("hello", "pgbench"), (top + 6, top + 6 + _BAR + 2), strict=True):
        yield from _bar(share, kind, y)


def _bar(share: Share, kind: str, top: int) -> Iterator[svg.Element]:
    spread, middle = share.spread, top + _BAR / 2
    figure = f"{spread.median:.0f} %"
    yield svg.Text(x=int(_at(_SHOWN)) + _RIGHT - 6, y=top + 12, text=figure, class_=["figure"])
    yield svg.Rect(x=_LEFT, y=top, width=round(_at(spread.median) - _LEFT, 1), height=_BAR, class_=[kind])
    yield _line(_at(spread.least), middle, _at(spread.most), middle, "spread")
    for end in (spread.least, spread.most):
        yield _line(_at(end), middle - 3, _at(end), middle + 3, "spread")
    if share.goal is not None:
        yield _line(_at(share.goal), top - 2, _at(share.goal), top + _BAR + 2, "goal")


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> svg.Line:
    return svg.Line(x1=x1, y1=y1, x2=x2, y2=y2, class_=[kind])
