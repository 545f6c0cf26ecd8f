"""What a replay of webhooks is called in `/v2`. By itself: the command line begins replays, too."""

import re
from typing import Final
from uuid import UUID

from app.domain import ids

_WORKFLOW: Final = re.compile("webhook-replay-[0-9a-f]{24}-([0-9a-f]{24})")


def workflow_id(customer_id: UUID, replay_id: UUID) -> str:
    """Return the name of a replay of this account."""
    return f"webhook-replay-{ids.to_hex(customer_id)}-{ids.to_hex(replay_id)}"


def replay_of(workflow_id: str) -> UUID | None:
    """Return the replay of this name, or None for what cannot be one."""
    found = _WORKFLOW.fullmatch(workflow_id)
    return found and ids.from_hex(found[1])
