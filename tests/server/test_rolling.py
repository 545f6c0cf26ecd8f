"""Servers and workers are replaced under load, and nobody who asks notices."""

import contextlib
import signal
import socket
import time

import pytest
from ports import free_ports
from processes import Begin, Server, eventually
from sharing import Sharer
from traffic import Balancer, flowing


class TestTwoServersBehindABalancer:
    @pytest.mark.long
    def test_are_restarted_one_by_one_without_a_failed_request(self, begin: Begin, sharer: Sharer) -> None:
        settings = {**sharer.settings, "ENFILADE_DRAIN_SECONDS": "1"}
        ports = free_ports(2)
        servers = {port: begin(**settings, ENFILADE_PORT=str(port)) for port in ports}
        key = servers[ports[0]].create_key()
        with Balancer(ports).watching() as balancer:
            assert eventually(lambda: all(balancer.is_ready(port) for port in ports))
            with flowing(sharer, key, balancer.place) as traffic:
                for port, server in servers.items():
                    assert server.end(signal.SIGTERM) == 0
                    begin(**settings, ENFILADE_PORT=str(port))
                    assert eventually(lambda port=port: balancer.is_ready(port))
                    traffic.go_on()
        traffic.assert_whole()


class TestTwoWorkers:
    @pytest.fixture
    def server(self, begin: Begin, sharer: Sharer) -> Server:
        return begin(**sharer.settings, ENFILADE_WORKERS="2")

    def _replaced(self, server: Server, before: set[int]) -> set[int]:
        """Wait until each worker is another, and return them; there are never fewer than two."""
        seen = [server.workers]

        def are_replaced() -> bool:
            seen.append(server.workers)
            return len(seen[-1]) == 2 and not seen[-1] & before

        assert eventually(are_replaced)
        assert min(map(len, seen)) == 2
        return seen[-1]

    @pytest.mark.long
    def test_are_replaced_again_and_again_without_a_failed_request(self, server: Server, sharer: Sharer) -> None:
        place = (int(server.url.rpartition(":")[2]), 0)
        last = server.workers
        assert len(last) == 2
        with flowing(sharer, server.create_key(), lambda: place) as traffic:
            for _ in range(3):
                server.process.send_signal(signal.SIGUSR1)
                last = self._replaced(server, last)
                traffic.go_on()
        traffic.assert_whole()
        assert server.end() == 0
        assert "Traceback" not in server.log

    @pytest.mark.long
    def test_that_are_being_replaced_end_in_time_when_told_to(self, server: Server) -> None:
        first = server.workers
        server.process.send_signal(signal.SIGUSR1)
        assert eventually(lambda: server.workers - first)
        began = time.monotonic()
        assert server.end() == 0
        assert time.monotonic() - began < 15
        assert eventually(lambda: server.left() == {})


@pytest.mark.parametrize("number", ["1", pytest.param("2", marks=pytest.mark.long)])
@pytest.mark.usefixtures("anew")
def test_asked_for_before_there_are_workers_it_changes_nothing(
    launch: Begin, foreign: dict[str, str], number: str
) -> None:
    server = launch(**foreign, ENFILADE_WORKERS=number)
    address = ("127.0.0.1", int(server.url.rpartition(":")[2]))

    def is_beginning() -> bool:
        with contextlib.suppress(OSError), socket.create_connection(address, 1):
            return True
        return False

    assert eventually(is_beginning)
    server.process.send_signal(signal.SIGUSR1)
    assert server.ready().end() == 0
