"""A server for the tests of a class, with an application that does what it is asked for, and clients of it."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from peers import Peer
from socket_servers import Application, Serving, serving

from app.adapters.connections import sockets


@pytest.fixture(scope="class")
def application() -> Application:
    return Application()


@pytest.fixture(scope="class")
def settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What another server than usual is started with: its class says so."""
    return getattr(request.cls, "settings", {})


@pytest.fixture(scope="class")
def served(application: Application, settings: dict[str, Any]) -> Iterator[Serving]:
    with serving(application, socket.create_server(("127.0.0.1", 0)), **settings) as served:
        yield served


@pytest.fixture(autouse=True)
def _afresh(application: Application, served: Serving) -> Iterator[None]:
    yield
    served.dismiss()
    application.forget()


@pytest.fixture
def peer(served: Serving) -> Peer:
    return served.peer()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have clients wait less for: they answer a close frame, and read our last words, in 0.3 s."""
    monkeypatch.setattr(sockets, "_CLOSING_SECONDS", 0.3)
    monkeypatch.setattr(sockets, "_LINGER_SECONDS", 0.3)
