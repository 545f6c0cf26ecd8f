"""The server's processes and how they end: one on its port alone, or workers that a parent replaces."""

import asyncio
import gc
import logging
import os
import signal
import socket
import threading
import time
from contextlib import suppress
from types import FrameType
from typing import Any, Final

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess
from uvicorn.supervisors.multiprocess import SIGNALS, Process

from app.adapters.connections.listeners import let_nobody_in
from app.adapters.ending import DRAIN_SIGNAL, Ending

_log = logging.getLogger("enfilade")
_START_SECONDS: Final = 60
_PING_SECONDS: Final = 1
_HANGS_SECONDS: Final = 30
_LONGEST_PAUSE: Final = 30
_ROUND_TRIP_SECONDS: Final = 0.05
_CLOSING_SECONDS: Final = 15  # behind SHUTDOWN_SECONDS: the last words, Postgres, traces


class EndingServer(uvicorn.Server):
    """A server that loses no connection when it ends."""

    def __init__(self, config: uvicorn.Config, ending: Ending, drain_seconds: int = 0) -> None:
        super().__init__(config)
        self._ending = ending
        self._drain_seconds = drain_seconds

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending.begin()
        await self._drain()
        for listener in sockets or []:
            self._let_nobody_in(listener)
            await self._accept_what_waits(listener)
        await super().shutdown(sockets)

    def _let_nobody_in(self, listener: socket.socket) -> None:
        let_nobody_in(listener)

    async def _drain(self) -> None:
        """Go on as before for a while, or until Ctrl-C is pressed once more."""
        end = time.monotonic() + self._drain_seconds
        while time.monotonic() < end and not self.force_exit:
            await asyncio.sleep(0.1)
            await self.on_tick(0)  # else every answer has the `Date` of when this began

    async def _accept_what_waits(self, listener: socket.socket) -> None:
        """Take the connections that the kernel has accepted for us, or is about to: with the listener, it drops them.

        Whoever closes it as the last, of several processes, does so with nothing left that waits.
        """
        with listener.dup() as waiting:
            for server in self.servers:
                server.close()
            listener.close()
            await self._accept_from(waiting)
            await asyncio.sleep(_ROUND_TRIP_SECONDS)
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


class _ServerOfMany(EndingServer):
    """One that its parent tells to end."""

    def _let_nobody_in(self, listener: socket.socket) -> None:
        """Leave it to the parent: who is replaced ends alone, and the others go on."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End once: Ctrl-C is told to each process, and the parent says the same; whoever is told twice hurries."""
        super().handle_exit(signal.SIGTERM, frame)


class Worker(Process):
    """One of several processes, as their parent sees it and, in `target`, itself."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        self.began_at = time.monotonic()
        self._heard_at = self.began_at + _START_SECONDS - _HANGS_SECONDS

    def target(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve. Made when first asked for, by two threads, the server that runs may not be the one that is asked."""
        gc.freeze()  # what is loaded by now is never garbage: looking for it there takes long, at the end, too
        self._server = _ServerOfMany(self.config, Ending())  # its parent sees to the rest
        super().target(sockets)

    def hangs(self) -> bool:
        """Whether it has not answered for half a minute, or not yet for a whole one; asks it, for a second at most."""
        if self.ping(_PING_SECONDS):
            self._heard_at = time.monotonic()
        return time.monotonic() - self._heard_at > _HANGS_SECONDS


class Workers(Multiprocess):
    """Servers on one port, which this process holds for them: what none has accepted waits for the next one.

    SIGUSR1 replaces them, one by one: a new one serves before an old one ends.
    """

    processes: list[Worker]  # type: ignore[assignment]

    def __init__(self, config: uvicorn.Config, listener: socket.socket, drain_seconds: int) -> None:
        others = [number for number in SIGNALS if number not in {signal.SIGINT, signal.SIGTERM, signal.SIGUSR1}]
        kept = {number: signal.getsignal(number) for number in others}
        super().__init__(config, sockets=[listener])
        for number, handler in kept.items():  # at which uvicorn would add workers, or take some away
            signal.signal(number, handler)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._end)
        self._drain_seconds = drain_seconds
        self._hurry = threading.Event()
        self._pause = 0

    def init_processes(self) -> None:
        self.processes = [self._begun() for _ in range(self.processes_num)]

    def keep_subprocess_alive(self) -> None:
        """Put a new worker in the place of one that is gone or hangs; end when one could not even begin."""
        for place, worker in enumerate(self.processes):
            if self.should_exit.is_set():
                return
            if not worker.process.is_alive() or worker.hangs():
                self._put_another(place)

    def handle_usr1(self) -> None:
        """Replace each worker."""
        for place in range(len(self.processes)):
            if self.should_exit.is_set() or not self._replace(place):
                return

    def terminate_all(self) -> None:
        if self._drain_seconds:
            self._drain()
        for listener in self.sockets:
            let_nobody_in(listener)
            listener.close()  # so that the last worker is the last to have it
        super().terminate_all()

    def join_all(self) -> None:
        """Wait for the workers to end, and kill one that does not, though it has had its time: it hangs."""
        end = self._end_of_patience()
        for worker in self.processes:
            worker.process.join(max(0, end - time.monotonic()))
            if worker.process.is_alive():
                _kill(worker)
            worker.join()

    def _begun(self) -> Worker:
        worker = Worker(self.config, self.sockets)
        worker.start()
        return worker

    def _put_another(self, place: int) -> None:
        gone = self.processes[place]
        if gone.process.is_alive():
            _log.error("worker %d hangs: it is killed", gone.pid)
        gone.kill()
        gone.join()
        if gone.exitcode == STARTUP_FAILURE:
            self.should_exit.set()
            return
        _log.error("worker %d is gone (%s): another takes its place", gone.pid, gone.exitcode)
        if not self._must_not_begin_after(gone):
            self.processes[place] = self._begun()

    def _must_not_begin_after(self, gone: Worker) -> bool:
        """Wait, longer each time, where one after the other is gone as soon as it has begun; tell whether we end."""
        was_short = time.monotonic() - gone.began_at < _START_SECONDS
        self._pause = min(2 * self._pause + 1, _LONGEST_PAUSE) if was_short else 0
        return self.should_exit.wait(self._pause)

    def _replace(self, place: int) -> bool:
        """Have a new worker serve and then the old one end, and return whether the next may be replaced, too."""
        old, new = self.processes[place], self._begun()
        if not new.wait_until_ready(_START_SECONDS, self.should_exit):
            new.kill()
            new.join()
            if not self.should_exit.is_set():
                _log.error("a new worker did not begin to serve: those that do are not replaced")
            return False
        self.processes[place] = new
        old.terminate()
        return self._has_ended(old)

    def _has_ended(self, old: Worker) -> bool:
        end = self._end_of_patience()
        while old.process.is_alive():
            if self.should_exit.wait(0.1):
                self.processes.append(old)  # for the others do not wait for it
                return False
            if time.monotonic() > end:
                _kill(old)
                old.join()
        return True

    def _end_of_patience(self) -> float:
        return time.monotonic() + (self.config.timeout_graceful_shutdown or 0) + _CLOSING_SECONDS

    def _end(self, number: int, frame: FrameType | None) -> None:
        """End, also while workers are being replaced: uvicorn would hear of it only then. Asked again, do not drain.

        By a thread: this one may be interrupted where it holds the lock of such an event, and wait for itself.
        """
        asked = self._hurry if self.should_exit.is_set() else self.should_exit
        threading.Thread(target=asked.set).start()

    def _drain(self) -> None:
        for process in self.processes:
            if process.pid:
                with suppress(ProcessLookupError):
                    os.kill(process.pid, DRAIN_SIGNAL)
        self._hurry.wait(self._drain_seconds)


def _kill(worker: Worker) -> None:
    _log.error("worker %d does not end: it is killed", worker.pid)
    worker.kill()
