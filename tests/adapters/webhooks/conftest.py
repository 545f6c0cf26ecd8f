"""Whatever connects here is looked at: nothing leaves this machine."""

from collections.abc import AsyncIterator
from ipaddress import ip_address
from typing import Any

import httpcore
import pytest
from authorities import Authority

from app.adapters.webhooks.courier import Courier


@pytest.fixture(autouse=True)
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the addresses that are connected to, each of which must be one of this machine's own."""
    connected: list[str] = []
    connect = httpcore.AnyIOBackend.connect_tcp

    async def connect_tcp(self: httpcore.AnyIOBackend, host: str, *args: Any, **options: Any) -> Any:
        assert ip_address(host).is_loopback
        connected.append(host)
        return await connect(self, host, *args, **options)

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect_tcp)
    return connected


@pytest.fixture
async def courier() -> AsyncIterator[Courier]:
    """One that may reach this machine."""
    async with Courier(["127.0.0.0/8", "::1/128"]).open() as courier:
        yield courier


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(autouse=True)
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust this authority, and none of the system: reading those takes longer than all the rest."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    monkeypatch.setenv("SSL_CERT_DIR", "/nowhere")
