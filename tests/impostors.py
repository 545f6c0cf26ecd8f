"""Something that answers as a Postgres does which is not what we need: it refuses, or is too old."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SSL_REQUEST = 80877103


def refusing(code: str, message: str) -> bytes:
    """Spell what refuses a session: an error of this SQLSTATE."""
    return _message(b"E", f"SFATAL\0VFATAL\0C{code}\0M{message}\0\0")


def of_version(version: str) -> bytes:
    """Spell what begins a session on a server of this version."""
    settings = {"server_version": version, "client_encoding": "UTF8"}
    told = b"".join(_message(b"S", f"{name}\0{value}\0") for name, value in settings.items())
    return _message(b"R", "\0\0\0\0") + told + _message(b"K", "\0\0\0\1\0\0\0\1") + _message(b"Z", "I")


def _message(kind: bytes, content: str) -> bytes:
    return kind + struct.pack("!I", len(content) + 4) + content.encode()


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """Listen for the time of a `with`, which is given the URL, and answer each session's first word with this."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_answer_all, args=(listener, answer), daemon=True).start()
        yield f"postgresql://ada:hunter2@127.0.0.1:{listener.getsockname()[1]}/enfilade"
        listener.shutdown(socket.SHUT_RDWR)


def _answer_all(listener: socket.socket, answer: bytes) -> None:
    sessions = []
    while True:
        try:
            sessions.append(listener.accept()[0])
        except OSError:  # it is over
            break
        if answer:
            _answer(sessions[-1], answer)
    for session in sessions:
        session.close()


def _answer(session: socket.socket, answer: bytes) -> None:
    _, first = struct.unpack("!II", session.recv(8))
    if first == _SSL_REQUEST:
        session.sendall(b"N")
        session.recv(8)
    session.recv(4096)
    session.sendall(answer)
