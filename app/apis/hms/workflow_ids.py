"""What a replay of webhooks is called in `/v2`. By itself: the command line begins replays, too."""

from typing import Final
from uuid import UUID

from app.domain import ids
from app.domain.deployments import Deployment

_NONE_SUCH: Final = UUID(int=0)


def workflow_id(replay_id: UUID, deployment: Deployment) -> str:
    """Return the name of a replay of this account."""
    return f"{_before_id(deployment)}-{ids.to_hex(replay_id)}"


def replay_id(workflow_id: str, deployment: Deployment) -> UUID:
    """Return the id of the replay that is called so; of none when nothing can be."""
    before, _, digits = workflow_id.rpartition("-")
    return (ids.from_hex(digits) if before == _before_id(deployment) else None) or _NONE_SUCH


def _before_id(deployment: Deployment) -> str:
    return f"webhook-replay-{ids.to_hex(deployment.customer_id)}"
