"""What is measured of docs/performance.md, its picture and docs/scaling.md."""

import re
from pathlib import Path

_DOCS = Path(__file__).parents[1] / "docs"
PICTURE = _DOCS / "performance.svg"
_PAGES = (_DOCS / "performance.md", _DOCS / "scaling.md")


def put(block: str, text: str) -> None:
    """Replace what stands between a block's markers, in the page that has them."""
    between = re.compile(rf"(<!-- {block} -->\n).*(<!-- end of {block} -->)", re.DOTALL)
    [page] = [page for page in _PAGES if between.search(page.read_text())]
    page.write_text(between.sub(lambda found: f"{found[1]}\n{text}\n\n{found[2]}", page.read_text()))
