"""Wrong credentials, counted by the address that shows them: whoever guesses, or hammers, is soon not heard."""

import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

_log = logging.getLogger("enfilade")
_SECONDS: Final = 60
_REMEMBERED: Final = 10_000
_HOST_BITS: Final = 64


@dataclass(slots=True)
class _Minute:
    """What an address has shown since its first wrong credential."""

    ends_at: float
    failures: int = 0


class Failures:
    """Counts for one process, and remembers no more than some thousand addresses.

    Past the limit an address is refused before anything is looked up, but for credentials that were good a moment ago:
    behind the same address, or a proxy's that nobody has declared, others are at work.
    """

    def __init__(self, most_a_minute: int, name_of_limit: str) -> None:
        """Take how many are let pass, 0 for any number, and how the operator knows that limit."""
        self._most = most_a_minute
        self._name = name_of_limit
        self._minutes = OrderedDict[str, _Minute]()  # the oldest first
        self._refuses_until = 0.0
        self._good: set[int] = set()
        self._good_before: set[int] = set()

    def judge(self, connection: HTTPConnection, credential: str) -> None:
        """Raise HTTPException(429) when too many from there were wrong, and this one is not known to be right."""
        now = time.monotonic()
        if now >= self._refuses_until:
            return
        minute = self._minutes.get(origin(connection))
        if minute and minute.failures >= self._most and now < minute.ends_at and not self._is_good(credential):
            raise HTTPException(429, headers={"Retry-After": str(int(minute.ends_at - now) + 1)})

    def count(self, connection: HTTPConnection, credential: str) -> None:
        """Note that it was wrong, or is not right any more."""
        if not self._most:
            return
        for good in (self._good, self._good_before):
            good.discard(hash(credential))
        address, now = origin(connection), time.monotonic()
        minute = self._minutes.get(address)
        if minute is None or now >= minute.ends_at:
            minute = self._begin(address, now)
        minute.failures += 1
        if minute.failures == self._most:
            self._refuses_until = max(self._refuses_until, minute.ends_at)
            _log.warning("%d wrong credentials in a minute from %s: no more (%s)", self._most, address, self._name)

    def remember(self, credential: str) -> None:
        """Note that it was right; only its hash is kept, which nobody is admitted by."""
        if len(self._good) >= _REMEMBERED:
            self._good_before, self._good = self._good, set()
        self._good.add(hash(credential))

    def _is_good(self, credential: str) -> bool:
        hashed = hash(credential)
        return hashed in self._good or hashed in self._good_before

    def _begin(self, address: str, now: float) -> _Minute:
        self._minutes.pop(address, None)
        while len(self._minutes) >= _REMEMBERED:
            self._minutes.popitem(last=False)
        return self._minutes.setdefault(address, _Minute(now + _SECONDS))


def origin(connection: HTTPConnection) -> str:
    """Return the address from which somebody calls; of IPv6 the network that one customer has."""
    text = connection.client.host if connection.client else ""
    try:
        address = ip_address(text)
    except ValueError:  # a proxy may say anything
        return text[:64]
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:  # so proxies that listen for both spell the older ones
            return str(address.ipv4_mapped)
        return str(IPv6Address(int(address) >> _HOST_BITS << _HOST_BITS)) + "/64"
    return text
