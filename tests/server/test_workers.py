"""Workers, and the parent that puts another in the place of one that is gone."""

import os
import signal

import pytest
from processes import Begin, Server, eventually


def lose_one(server: Server) -> None:
    """Kill one, and wait until there is another."""
    before = server.workers
    assert len(before) == 2
    lost = before.pop()
    os.kill(lost, signal.SIGKILL)
    assert eventually(lambda: lost not in server.workers and len(server.workers) == 2)


class TestOneThatIsKilled:
    @pytest.mark.long
    def test_is_replaced_by_one_with_the_same_settings_whatever_the_file_says_by_now(
        self, begin: Begin, foreign: dict[str, str]
    ) -> None:
        server = begin(**foreign, ENFILADE_WORKERS="2")
        (server.out.parent / ".env").write_text("ENFILADE_CHATS__DEVELOPER_MODE=true\nENFILADE_NO_SUCH=1\n")
        lose_one(server)
        assert eventually(lambda: server.get("/health/ready").status_code == 204)
        assert {server.get("/nowhere").content for _ in range(20)} == {b""}
        assert "Traceback" not in server.log
        assert server.log.count("is gone (-9): another takes its place") == 1, "it is told of"
