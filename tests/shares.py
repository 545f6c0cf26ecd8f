"""How the suite is shared out among processes, each of which has a Postgres and servers of its own."""

import pytest
from xdist.scheduler import LoadFileScheduling

#: Its files share four places, which take a second each to be made.
_COMMANDS = "tests/cli"
#: Where a file takes longest; small ones come at the end, so that no process is left alone with a long one.
_FIRST = (_COMMANDS, "tests/fuzz", "tests/plans", "tests/server", "tests/operating", "tests/clients")


class Shares(LoadFileScheduling):
    """What stands in a file stays together, so that what its fixtures make is made once; and so do the commands."""

    def _split_scope(self, nodeid: str) -> str:
        return _COMMANDS if nodeid.startswith(f"{_COMMANDS}/") else super()._split_scope(nodeid)


def longest_first(items: list[pytest.Item]) -> None:
    """Put the tests in the order in which they are to be shared out."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    folders = (turn for turn, folder in enumerate(_FIRST) if item.nodeid.startswith(f"{folder}/"))
    return next(folders, len(_FIRST))
