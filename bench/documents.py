"""docs/performance.md and its picture, as far as they are measured."""

import re
from pathlib import Path

_DOCS = Path(__file__).parents[1] / "docs"
PAGE, PICTURE = _DOCS / "performance.md", _DOCS / "performance.svg"


def put(block: str, text: str) -> None:
    """Replace what stands between a block's markers in the page."""
    page = PAGE.read_text()
    between = re.compile(rf"(<!-- {block} -->\n).*(<!-- end of {block} -->)", re.DOTALL)
    replaced, count = between.subn(lambda found: f"{found[1]}\n{text}\n\n{found[2]}", page)
    assert count == 1, f"{PAGE} has no markers of {block}"
    PAGE.write_text(replaced)
