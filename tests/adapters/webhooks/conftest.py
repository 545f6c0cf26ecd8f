"""Whatever connects here is looked at: nothing leaves this machine."""

from ipaddress import ip_address
from typing import Any

import httpcore
import pytest


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
