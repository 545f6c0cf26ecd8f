"""One id, three spellings: a UUIDv7 of which 96 bits mean something.

The 96 bits are 48 of milliseconds since 1970 and 48 of chance; the version, the variant and the last 26 bits of the
UUID never change. So the UUID and the 12 bytes (the 24 hex digits of `/v2`) say the same, and sort the same.
"""

import re
import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from secrets import randbits
from threading import Lock
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_FIXED = 0x7 << 76 | 0b10 << 62
_CHANCE_BITS = 48
_LOW_BITS = 36  # of the 48 bits of chance, those that stand behind the variant
_LOW_MASK = (1 << _LOW_BITS) - 1
_UNUSED_BITS = 26
_HEX = re.compile("[0-9a-fA-F]{24}")


class _Sequence:
    """Hands out rising numbers even when the clock stands still or is set back."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = Lock()

    def next(self) -> int:
        fresh = time.time_ns() // 1_000_000 << _CHANCE_BITS | randbits(_CHANCE_BITS)
        with self._lock:
            self._last = max(fresh, self._last + 1 + randbits(_LOW_BITS - 4))
            return self._last


_sequence = _Sequence()


def new_id() -> UUID:
    """Return an id that sorts behind every id this process made before."""
    return from_bytes(_sequence.next().to_bytes(12, "big"))


def moment(identifier: UUID) -> datetime:
    """Return when the id was made, to the millisecond."""
    return _EPOCH + timedelta(milliseconds=identifier.int >> 80)


def first_from(moment: datetime) -> UUID:
    """Return the least id that can be made at this moment or later."""
    return _first_of(-((_EPOCH - moment) // _MILLISECOND))  # rounded up


def first_past(moment: datetime) -> UUID:
    """Return the least id that can be made in the milliseconds after this moment's."""
    return _first_of((moment - _EPOCH) // _MILLISECOND + 1)


def _first_of(milliseconds: int) -> UUID:
    return from_bytes((max(milliseconds, 0) << _CHANCE_BITS).to_bytes(12, "big"))


def to_bytes(identifier: UUID) -> bytes:
    """Return the 12 bytes that mean something; `from_bytes` undoes it."""
    return bytes.fromhex(to_hex(identifier))


@lru_cache(4096)  # an answer names the same few of them again and again
def to_hex(identifier: UUID) -> str:
    """Return the 24 digits by which `/v2` names it."""
    digits = identifier.hex  # the first 15 that mean something stand there, but for the version's one
    return f"{digits[:12]}{digits[13:16]}{identifier.int >> _UNUSED_BITS & _LOW_MASK:09x}"


def from_hex(digits: str) -> UUID | None:
    """Return the id of 24 hex digits, in either case; None for anything else."""
    return from_bytes(bytes.fromhex(digits)) if _HEX.fullmatch(digits) else None


def from_bytes(meaning: bytes) -> UUID:
    """Return the id of 12 bytes."""
    number = int.from_bytes(meaning, "big")
    rest, chance_low = number >> _LOW_BITS, number & _LOW_MASK
    milliseconds, chance_high = rest >> 12, rest & 0xFFF
    return UUID(int=milliseconds << 80 | chance_high << 64 | chance_low << _UNUSED_BITS | _FIXED)
