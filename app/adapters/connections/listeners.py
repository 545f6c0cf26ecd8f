"""What the kernel does for a listener that is about to be closed: who is let in after the last `accept` is reset."""

import ctypes
import socket
import struct
from contextlib import suppress
from typing import Final

_SO_ATTACH_FILTER: Final = 26  # asm-generic/socket.h; the standard library has no name for it
_FLAGS_OFFSET: Final = 13  # into a TCP header: RFC 9293, section 3.1
_SYN: Final = 0x02
_ACK: Final = 0x10
# Instructions of a classic BPF program (linux/filter.h): what to do, how far to jump if so, if not, and a value.
_PASS_OVER_SYN: Final = b"".join(
    struct.pack("=HBBI", *instruction)
    for instruction in (
        (0x30, 0, 0, _FLAGS_OFFSET),  # load a byte
        (0x54, 0, 0, _SYN | _ACK),  # and
        (0x15, 0, 1, _SYN),  # is it that?
        (0x06, 0, 0, 0),  # then nothing of the packet is kept
        (0x06, 0, 0, 0xFFFFFFFF),  # else all of it
    )
)


def let_nobody_in(listener: socket.socket) -> None:
    """Have the kernel pass over every new request for a connection; what it has accepted before stays.

    Whoever asks will ask again within a second, and is refused by then. Any process that has this socket is meant.
    Where the kernel cannot do it, those are reset who come between the last `accept` and the closing.
    """
    program = ctypes.create_string_buffer(_PASS_OVER_SYN)
    described = struct.pack("@HP", len(_PASS_OVER_SYN) // 8, ctypes.addressof(program))
    with suppress(OSError):
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, described)
