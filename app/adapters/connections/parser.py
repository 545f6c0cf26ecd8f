"""httptools' parser, which can go on behind a header that offers another protocol."""

from typing import Any, Protocol

import httptools


class Hearer(Protocol):
    """Whom the parser tells what it reads, besides what httptools itself calls."""

    def ignores_offer(self) -> bool:
        """Tell whether the parser stops behind this header for a protocol that we do not speak."""
        ...

    def read_again(self, rest: bytes) -> None:
        """Read the request as if nothing had been offered; `rest` is what came behind its header."""
        ...


class Parser(httptools.HttpRequestParser):
    """Lets its protocol ignore an offer of another protocol that it does not speak."""

    behind = b""
    """What came behind the header by which another protocol is taken up."""

    def __init__(self, protocol: Hearer) -> None:
        super().__init__(protocol)
        self.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's own
        self._protocol = protocol

    def feed_data(self, data: Any) -> None:
        try:
            super().feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            rest = data[offer.args[0] :]
            if not self._protocol.ignores_offer():
                self.behind = rest
                raise
            self._protocol.read_again(rest)
