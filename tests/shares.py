"""How the suite is shared out among processes, each of which has a Postgres and servers of its own."""

from xdist.scheduler import LoadFileScheduling

#: Its files share four places, which take a second each to be made.
_COMMANDS = "tests/cli"


class Shares(LoadFileScheduling):
    """What stands in a file stays together, so that what its fixtures make is made once; and so do the commands."""

    def _split_scope(self, nodeid: str) -> str:
        return _COMMANDS if nodeid.startswith(f"{_COMMANDS}/") else super()._split_scope(nodeid)
