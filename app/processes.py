"""The server's processes and how they end: one on its port alone, or workers that a parent replaces."""

import asyncio
import os
import signal
import socket
import time
from contextlib import suppress
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess
from uvicorn.supervisors.multiprocess import SIGNALS

from app.adapters.ending import DRAIN_SIGNAL, Ending


class LoneServer(uvicorn.Server):
    """A server that is the only one on its port."""

    def __init__(self, config: uvicorn.Config, ending: Ending, drain_seconds: int) -> None:
        super().__init__(config)
        self._ending = ending
        self._drain_seconds = drain_seconds

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending.begin()
        await self._drain()
        await self._accept_what_waits(sockets or [])
        await super().shutdown(sockets)

    async def _drain(self) -> None:
        """Go on as before for a while, or until Ctrl-C is pressed once more."""
        end = time.monotonic() + self._drain_seconds
        while time.monotonic() < end and not self.force_exit:  # noqa: ASYNC110 - uvicorn's flag is no event
            await asyncio.sleep(0.1)

    async def _accept_what_waits(self, listeners: list[socket.socket]) -> None:
        """Take the connections that the kernel has accepted for us: with the listener closed, it would reset them."""
        for listener in listeners:
            with listener.dup() as waiting:
                for server in self.servers:
                    server.close()
                await self._accept_from(waiting)

    async def _accept_from(self, waiting: socket.socket) -> None:
        waiting.setblocking(False)  # noqa: FBT003 - its one parameter
        while True:
            try:
                connection, _ = waiting.accept()
            except OSError:  # none is left, or its client has gone
                return
            await asyncio.get_running_loop().connect_accepted_socket(self._connection, connection)

    def _connection(self) -> Any:
        return self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


class Workers(Multiprocess):
    """Servers on one port, which this process holds for them: what none has accepted waits for the next one.

    SIGUSR1 replaces them, one by one: a new one serves before an old one ends.
    """

    def __init__(self, config: uvicorn.Config, listener: socket.socket, drain_seconds: int) -> None:
        others = [number for number in SIGNALS if number not in {signal.SIGINT, signal.SIGTERM, signal.SIGUSR1}]
        kept = {number: signal.getsignal(number) for number in others}
        super().__init__(config, sockets=[listener])
        for number, handler in kept.items():  # at which uvicorn would add workers, or take some away
            signal.signal(number, handler)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._end)
        self._drain_seconds = drain_seconds

    def handle_usr1(self) -> None:
        """Replace each worker."""
        self.restart_all()

    def terminate_all(self) -> None:
        if self._drain_seconds:
            self._drain()
        super().terminate_all()

    def _end(self, number: int, frame: FrameType | None) -> None:
        """End, also while workers are being replaced: uvicorn would hear of it only then."""
        self.should_exit.set()

    def _drain(self) -> None:
        for process in self.processes:
            if process.pid:
                with suppress(ProcessLookupError):
                    os.kill(process.pid, DRAIN_SIGNAL)
        time.sleep(self._drain_seconds)
