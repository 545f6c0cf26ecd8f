"""Connections on which a test says what no HTTP library would."""

import contextlib
from collections.abc import Iterator

import pytest
from processes import Server
from wire import Connect, Wire


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Open connections, which are closed at the test's end."""
    with contextlib.ExitStack() as stack:

        def connect(url: str) -> Wire:
            wire = Wire(url)
            stack.callback(wire.close)
            return wire

        yield connect


@pytest.fixture
def wire(connect: Connect, server: Server) -> Wire:
    """A connection to the server that all tests share."""
    return connect(server.url)
