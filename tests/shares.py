"""How the suite is shared out among processes, each of which has a Postgres and servers of its own."""

import pytest
from xdist.scheduler import LoadFileScheduling

_COMMANDS = "tests/cli"
#: Files of these folders share places or servers, which take seconds to be made.
_TOGETHER = (_COMMANDS, "tests/contracts/carbonio/events")
#: Where a file takes longest; small ones come at the end, so that no process is left alone with a long one.
_FIRST = (*_TOGETHER, "tests/fuzz", "tests/plans", "tests/server", "tests/operating", "tests/clients")


class Shares(LoadFileScheduling):
    """What stands in a file stays together, so that what its fixtures make is made once; and so do some folders."""

    def _split_scope(self, nodeid: str) -> str:
        folders = (folder for folder in _TOGETHER if nodeid.startswith(f"{folder}/"))
        return next(folders, super()._split_scope(nodeid))


def longest_first(items: list[pytest.Item]) -> None:
    """Put the tests in the order in which they are to be shared out."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    folders = (turn for turn, folder in enumerate(_FIRST) if item.nodeid.startswith(f"{folder}/"))
    return next(folders, len(_FIRST))
