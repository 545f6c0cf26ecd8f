"""That this process is about to end, as whoever asks for its readiness is told."""

import signal
from typing import Final

DRAIN_SIGNAL: Final = signal.SIGUSR2
"""Has a worker say that it is not ready any more; its parent sends it, and SIGTERM only later."""


class Ending:
    """Whether the end has begun."""

    def __init__(self) -> None:
        self.has_begun = False

    def begin(self, *_: object) -> None:
        """Say that it has; also as the handler of a signal."""
        self.has_begun = True
