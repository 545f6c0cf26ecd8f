"""Why a webhook was not delivered."""


class Undelivered(Exception):
    """A try that failed: one line of ours that says why.

    Nothing of the URL, of header fields or of what the receiver sent is in it. `status` is there when there was an
    answer; `unreachable` when the origin did not answer at all: its name, connecting, TLS, time, or broken off before;
    `ours` when it was not even asked, for a reason of ours.
    """

    def __init__(
        self, reason: str, *, status: int | None = None, unreachable: bool = False, ours: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.unreachable = unreachable
        self.ours = ours
