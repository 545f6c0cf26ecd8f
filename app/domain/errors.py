"""What can go wrong, as facts. Each dialect, and the command line, finds its own words for them.

DomainError
├── NotFound
│   ├── ConferenceNotFound
│   ├── KeyNotFound
│   ├── TokenNotFound
│   └── UserNotFound
├── EmailTaken
├── LargeRoomNeeded
├── NameTaken
├── UnknownTemplate
├── UserIdTaken
├── Refused
│   ├── InvalidJoinToken
│   └── InvalidKey
└── SecretKeyMismatch
"""


class DomainError(Exception):
    """A fact that keeps a call from being done."""


class NotFound(DomainError):
    """There is no such thing, or not any more."""


class ConferenceNotFound(NotFound):
    """No conference has this id."""


class KeyNotFound(NotFound):
    """No key has this id."""


class TokenNotFound(NotFound):
    """No user's token reads like this."""


class UserNotFound(NotFound):
    """No user has this id or email."""


class EmailTaken(DomainError):
    """A user has this email already, in whatever case."""


class LargeRoomNeeded(DomainError):
    """So many participants go into a large room only."""


class NameTaken(DomainError):
    """Another conference has this name, in whatever case."""


class UnknownTemplate(DomainError):
    """A conference cannot have a template that there is not."""


class UserIdTaken(DomainError):
    """A user has this id already."""


class Refused(DomainError):
    """A credential that opens nothing. What was presented is no part of its message: it may be a mistyped secret."""

    def __init__(self, presented: str) -> None:
        super().__init__()
        self.presented = presented


class InvalidKey(Refused):
    """No key reads like this."""


class InvalidJoinToken(Refused):
    """The token opens no conference, or not any more."""


class SecretKeyMismatch(DomainError):
    """It was sealed under another SECRET_KEY."""
