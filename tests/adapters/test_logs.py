"""The lines of requests, several workers' on one pipe among them."""

import asyncio
from collections.abc import Mapping
from select import PIPE_BUF

import pytest

from app.adapters import logs


class Pieces:
    """A stream that keeps what it is given in one piece each."""

    def __init__(self) -> None:
        self.pieces: list[str] = []

    def write(self, piece: str) -> None:
        self.pieces.append(piece)


async def told(lines: int, fields: Mapping[str, object]) -> None:
    tell = logs.request_log("json")
    for _ in range(lines):
        tell(fields)
    await asyncio.sleep(0)


async def test_are_written_at_once_but_in_pieces_that_a_pipe_takes_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Pieces()
    monkeypatch.setattr("sys.stderr", stream)
    await told(100, {"operation": "GET /room", "status": 200})
    assert sum(piece.count("\n") for piece in stream.pieces) == 100
    assert 1 < len(stream.pieces) < 10
    assert all(piece.endswith("}\n") and len(piece) <= PIPE_BUF for piece in stream.pieces)


async def test_of_a_server_without_a_terminal_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", None)
    await told(1, {"status": 200})
