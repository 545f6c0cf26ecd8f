"""Servers behind the real proxies, set up as docs/operating/ has them, but without TLS and on ports of the test."""

import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from manual import OPERATING
from ports import free_ports
from processes import Begin, Server, eventually
from sharing import Sharer
from traffic import flowing

# Each restart lasts as long as a proxy needs to see it; test_page.py has them read their files.
pytestmark = pytest.mark.long

FILES = OPERATING.with_suffix("")

Proxy = Callable[[Path, list[str]], list[str]]


def nginx(folder: Path, ports: list[str]) -> list[str]:
    """Write its configuration and return the command that runs it."""
    listening, one, two, other = ports
    text = (FILES / "nginx.conf").read_text().replace("10001", one).replace("10002", two)
    text = re.sub(r"listen 443 .*?;", f"listen 127.0.0.1:{listening};", text).replace("80;", f"127.0.0.1:{other};")
    text = re.sub(r"\n *ssl_certificate.*", "", text)
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    own = f"daemon off; pid {folder}/pid; error_log stderr; events {{}} http {{ access_log off; {places}\n{text}\n}}\n"
    (folder / "nginx.conf").write_text(own)
    return ["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)]


def haproxy(folder: Path, ports: list[str]) -> list[str]:
    listening, one, two, _ = ports
    text = (FILES / "haproxy.cfg").read_text().replace("10001", one).replace("10002", two)
    (folder / "haproxy.cfg").write_text(re.sub(r"bind :443 .*", f"bind 127.0.0.1:{listening}", text))
    return ["haproxy", "-f", str(folder / "haproxy.cfg")]


@contextmanager
def running(proxy: Proxy, folder: Path, ports: list[str]) -> Iterator[None]:
    """Run a proxy that listens on the first of the ports, for servers on the next two."""
    folder.mkdir()
    command = proxy(folder, ports)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        assert eventually(lambda: process.poll() is not None or _listens(int(ports[0])))
        assert process.poll() is None, (folder / "log").read_text()
        yield
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def begun(begin: Begin, settings: dict[str, str], port: str) -> Server:
    return begin(**settings, ENFILADE_PORT=port, ENFILADE_DRAIN_SECONDS="5", ENFILADE_TRUSTED_PROXIES="127.0.0.1")


@pytest.mark.parametrize("proxy", [nginx, haproxy])
def test_two_servers_are_restarted_without_a_failed_request(
    begin: Begin, sharer: Sharer, tmp_path: Path, proxy: Proxy
) -> None:
    if not shutil.which(proxy.__name__):
        pytest.skip(f"{proxy.__name__} is not installed")
    ports = [str(port) for port in free_ports(4)]
    servers = {port: begun(begin, sharer.settings, port) for port in ports[1:3]}
    key = servers[ports[1]].create_key()
    with (
        running(proxy, tmp_path / "proxy", ports),
        flowing(sharer, key, lambda: (int(ports[0]), 0)) as traffic,
    ):
        for port, server in servers.items():
            traffic.go_on()
            assert server.end(signal.SIGTERM) == 0
            begun(begin, sharer.settings, port)
            traffic.go_on(500)  # until the proxy has found it, and gives it some
    traffic.assert_whole()
