"""What the domain's occurrences are called in `/v2`. By itself: the command line prints these names, too."""

from collections.abc import Mapping, Sequence
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

_TYPES: Final = {name: type for type, name in NAMES.items()}


def types_of(names: Sequence[str]) -> list[str] | None:
    """Return the types of these names, but for those that nothing has; None, which is any, where none is given."""
    return [_TYPES[name] for name in names if name in _TYPES] if any(names) else None
