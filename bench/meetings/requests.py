"""Requests that are sent at once, each on a connection of its own."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit

import uvloop

from bench.measurement import BenchFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request with a body of JSON."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any] = field(default_factory=dict)

    def spelled(self, host: str) -> bytes:
        """Return it as HTTP."""
        body = json.dumps(self.body)
        own = {"host": host, "content-type": "application/json", "content-length": str(len(body))}
        lines = [
            f"{self.method} {self.path} HTTP/1.1",
            *(f"{name}: {said}" for name, said in (own | {**self.headers}).items()),
        ]
        return "\r\n".join([*lines, "", body]).encode()


@dataclass(frozen=True, slots=True)
class _Line:
    """A connection over which one request is sent."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def opened(cls, url: str) -> Self:
        where = urlsplit(url)
        return cls(*await asyncio.open_connection(where.hostname, where.port))

    async def answered(self) -> float:
        """Return when the answer came. Raises BenchFailed if it is a refusal."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        moment = time.monotonic()
        if b" 20" not in head[:13]:
            raise BenchFailed(f"refused: {head.decode()}")
        self.writer.close()
        return moment


def at_once(url: str, requests: Sequence[Request]) -> tuple[float, list[float]]:
    """Send them all, and return when the first was sent, and when each was answered."""
    return uvloop.run(_at_once(url, [request.spelled(urlsplit(url).netloc) for request in requests]))


async def _at_once(url: str, requests: Sequence[bytes]) -> tuple[float, list[float]]:
    lines = [await _Line.opened(url) for _ in requests]
    began = time.monotonic()
    for line, request in zip(lines, requests, strict=True):
        line.writer.write(request)
    return began, await asyncio.gather(*(line.answered() for line in lines))
