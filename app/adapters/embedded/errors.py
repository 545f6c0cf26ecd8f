"""What the embedded Postgres says when it cannot run."""


class EmbeddedPostgresError(Exception):
    """One line for the operator: what is wrong, which setting decides it, and the way out."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))
