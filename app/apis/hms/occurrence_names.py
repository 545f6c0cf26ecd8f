"""What the domain's occurrences are called in `/v2`. By itself: the command line prints these names, too."""

from collections.abc import Mapping
from typing import Final

NAMES: Final[Mapping[str, str]] = {
    "ConferenceCreated": "room.create.success",
    "ConferenceUpdated": "room.update.success",
    "ConferenceLocked": "room.disable.success",
    "SessionOpened": "session.open.success",
    "SessionClosed": "session.close.success",
    "PeerJoined": "peer.join.success",
    "PeerLeft": "peer.leave.success",
    "TemplateCreated": "template.create.success",
    "TemplateUpdated": "template.update.success",
}
"""By the type of an occurrence, which `analytics` records, the documented one."""
