"""Codes of rooms, and what is exchanged for one, as `/v2` reads and shows them."""

from typing import Self

from pydantic import ConfigDict, Field

from app.apis.descriptions import Shown
from app.apis.hms.bodies import Said
from app.apis.hms.lists import Listed, Page
from app.apis.hms.spellings import Code, RequiredFlag, ShownCode, ShownId, ShownTime, SignedUserId
from app.apis.hms.tokens import AppToken
from app.domain import room_codes


class RoomCode(Listed):
    """A code that opens a room in a role. Its id is where a page begins, and shown there alone."""

    id: ShownId = Field(exclude=True)
    code: ShownCode = Field(repr=False)
    room_id: ShownId
    role: str = Field(examples=["host"])
    enabled: bool
    created_at: ShownTime
    updated_at: ShownTime

    @classmethod
    def of(cls, code: room_codes.RoomCode) -> Self:
        """Return the code as it is shown."""
        return cls(
            id=code.id,
            code=code.code,
            room_id=code.conference_id,
            role=code.role,
            enabled=code.enabled,
            created_at=code.created_at,
            updated_at=code.modified_at,
        )


class RoomCodePage(Page[RoomCode]):
    """A page of codes."""


class RoomCodes(Shown):
    """A code for each role."""

    data: list[RoomCode]


class RoomCodeChange(Said):
    """What a body says of a code, and nothing else."""

    model_config = ConfigDict(extra="forbid")

    code: Code = Field(repr=False)
    enabled: RequiredFlag


class PresentedCode(Said):
    """What a client shows who wants to join."""

    code: Code = Field(repr=False)
    user_id: SignedUserId | None = Field(default=None, description="Who it is, for the token to say so.")


class ClientToken(Shown):
    """What the client joins with: a JWT, signed with the newest key."""

    token: str = Field(repr=False, examples=["eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2lnbmVk"])
    expires_at: ShownTime

    @classmethod
    def of(cls, token: AppToken) -> Self:
        """Return the token as it is shown."""
        return cls(token=token.text, expires_at=token.expires_at)
