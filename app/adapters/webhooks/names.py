"""Names are looked up in threads of their own: one that hangs keeps no other waiting, nor the process from ending."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from ipaddress import ip_address
from threading import Thread
from typing import Final

from app.adapters.webhooks.errors import Undelivered

LookUp = Callable[[str], Sequence[str]]
_AT_ONCE: Final = 32
_TOO_MANY: Final = "too many names are being looked up"


def looked_up(host: str) -> list[str]:
    """Ask the system for the addresses of a name, in the order in which they are to be tried. Raises OSError."""
    found = socket.getaddrinfo(host.encode("ascii"), None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Names:
    """Looks each name up once, whoever asks for it meanwhile."""

    def __init__(self, look_up: LookUp) -> None:
        self._look_up = look_up
        self._underway: dict[str, Future[Sequence[str]]] = {}

    async def addresses(self, host: str) -> Sequence[str]:
        """Return the addresses of a name, or the one that it is. Raises what the look-up does, and Undelivered."""
        if _is_address(host):
            return [host]
        return await asyncio.wrap_future(self._underway.get(host) or self._begun(host))

    def _begun(self, host: str) -> Future[Sequence[str]]:
        if len(self._underway) >= _AT_ONCE:
            raise Undelivered(_TOO_MANY, ours=True)
        answer: Future[Sequence[str]] = Future()
        answer.set_running_or_notify_cancel()  # who stops waiting cannot cancel it for others
        self._underway[host] = answer
        try:
            Thread(target=self._ask, args=(host, answer), name="webhook names", daemon=True).start()
        except RuntimeError:  # the system has no thread to give
            del self._underway[host]
            raise Undelivered(_TOO_MANY, ours=True) from None
        return answer

    def _ask(self, host: str, answer: Future[Sequence[str]]) -> None:
        try:
            addresses = self._look_up(host)
        except Exception as error:  # noqa: BLE001 - whoever waits hears of it
            del self._underway[host]
            answer.set_exception(error)
        else:
            del self._underway[host]
            answer.set_result(addresses)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
