"""docs/tour.md, typed line by line against the containers, with the `enfilade` that it gives for them."""

import re

from compose.stack import Stack

ADDRESS = "http://127.0.0.1:10000"
#: What the tour shows to be refused: a room that was deleted. Of its last refusal it asks curl for the status itself.
REFUSED = ["400"]
_SHELL = """
set -u -o pipefail
curl() { command curl --silent --show-error --write-out '%{stderr}%{http_code}\\n' "$@" 2>>statuses; }
"""


def taken(stack: Stack) -> str:
    """Run every line of it, all of which must end well, and say how many requests were answered."""
    text = (stack.folder / "docs/tour.md").read_text()
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in re.findall(r"^\$ ((?:.*\\\n)*.*)", block, re.MULTILINE)]
    typed = "\n".join(f"{{ {_in_containers(line)}\n}} || exit 1" for line in lines).replace(ADDRESS, stack.url)
    said = stack.run("bash", "-c", _SHELL + typed)
    statuses = (stack.folder / "statuses").read_text().split()
    assert [status for status in statuses if not status.startswith("2")] == REFUSED, statuses
    assert said.rstrip().splitlines()[-1].startswith('{"isLive":true,"status":"ok"'), said
    for picture, magic in {"thumbnail.png": b"\x89PNG", "preview.jpg": b"\xff\xd8\xff"}.items():
        assert (stack.folder / picture).read_bytes().startswith(magic), picture
    return f"{len(lines)} lines, {len(statuses)} requests"


def _in_containers(line: str) -> str:
    return re.sub(r".*# in containers: (.*)", r"\1", line)
