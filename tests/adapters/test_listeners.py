"""Whoever asks for a connection while the last ones are accepted is refused, not accepted and reset."""

import errno
import select
import socket
from collections.abc import Iterator

import pytest
from processes import PATIENCE

from app.adapters.connections.listeners import let_nobody_in


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def late() -> Iterator[socket.socket]:
    with socket.socket() as late:
        yield late


def test_who_was_accepted_before_is_answered_and_who_comes_later_is_refused(
    listener: socket.socket, late: socket.socket
) -> None:
    address = listener.getsockname()
    with socket.create_connection(address) as early:
        let_nobody_in(listener)
        late.settimeout(0.2)
        with pytest.raises(TimeoutError):
            late.connect(address)
        with listener.accept()[0] as accepted:
            early.sendall(b"?")
            assert accepted.recv(1) == b"?"
            listener.settimeout(0.1)
            with pytest.raises(TimeoutError):
                listener.accept()
            listener.close()
            select.select([], [late], [], PATIENCE)
            assert late.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNREFUSED
            accepted.sendall(b"!")
            assert early.recv(1) == b"!"


def test_any_process_that_has_the_socket_is_meant(listener: socket.socket, late: socket.socket) -> None:
    with listener.dup() as other:
        let_nobody_in(other)
    late.settimeout(0.2)
    with pytest.raises(TimeoutError):
        late.connect(listener.getsockname())


def test_where_the_kernel_cannot_nothing_is_said() -> None:
    with socket.socket() as closed:
        closed.close()
        let_nobody_in(closed)
