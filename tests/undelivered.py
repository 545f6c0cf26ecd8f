"""Tries to deliver a webhook that fail."""

import pytest

from app.adapters.webhooks.courier import Courier, Undelivered

BODY = b'{"type":"room.create.success"}'
SECRETS = {"X-Secret": "hunter2", "Authorization": "Bearer hunter2"}
OWN = {"webhook-id": "7"}
BROKEN_OFF = "it broke the connection off without an answer"


async def refused(courier: Courier, url: str, headers: dict[str, str] | None = None) -> Undelivered:
    """Return why it was not delivered; that says nothing of what is secret, or of what was received."""
    with pytest.raises(Undelivered) as raised:
        await courier.deliver(url, SECRETS if headers is None else headers, OWN, BODY)
    reason = str(raised.value)
    for hidden in ("hunter2", "X-Secret", "hook", "ada", "?", "As It Is", "\n"):
        assert hidden not in reason
    return raised.value


def outcome(undelivered: Undelivered) -> tuple[str, int | None, bool]:
    return (undelivered.reason, undelivered.status, undelivered.unreachable)
