"""Sessions, and the peers in them, as `/v2` shows and reads them."""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, WithJsonSchema, model_validator

from app.apis.descriptions import Shown
from app.apis.hms.bodies import Said
from app.apis.hms.errors import sentence
from app.apis.hms.lists import Listed, Page
from app.apis.hms.spellings import (
    LargeText,
    LeavingReason,
    Message,
    MessageType,
    NamedPeerId,
    PeerName,
    ShownId,
    ShownTime,
    ShownUuid,
    Text,
)
from app.domain import ids, sessions
from app.domain.deployments import Deployment
from app.domain.sessions import Active

_Name = Annotated[str, Field(examples=["Ada"])]
_Role = Annotated[str, Field(examples=["host"])]
_NoTracks = Annotated[dict[str, str], WithJsonSchema({"type": "object", "maxProperties": 0, "examples": [{}]})]


class PeerOfSession(Shown):
    """Somebody who was in a session; `left_at` is missing while he is in it. `user` is the older word for `user_id`."""

    id: ShownUuid
    session_id: ShownId
    name: _Name
    role: _Role
    user_id: ShownUuid
    user: ShownUuid
    joined_at: ShownTime
    left_at: ShownTime | None


class Session(Listed):
    """A run of a room, with everybody who ever was in it, by id and in the order of joining."""

    room_id: ShownId
    customer_id: ShownId
    app_id: ShownId
    active: bool
    peers: dict[str, PeerOfSession]
    created_at: ShownTime
    updated_at: ShownTime

    @classmethod
    def of(cls, session: sessions.Session, deployment: Deployment) -> Self:
        """Return the session as this account's."""
        return cls(
            id=session.id,
            room_id=session.conference_id,
            customer_id=deployment.customer_id,
            app_id=deployment.app_id,
            active=session.is_active,
            peers={str(peer.id): _of_session(peer, session) for peer in session.peers},
            created_at=session.created_at,
            updated_at=session.modified_at,
        )


def _of_session(peer: sessions.Peer, session: sessions.Session) -> PeerOfSession:
    return PeerOfSession(
        id=peer.id,
        session_id=session.id,
        name=peer.name,
        role=peer.role,
        user_id=peer.user_id,
        user=peer.user_id,
        joined_at=peer.joined_at,
        left_at=peer.left_at,
    )


class SessionPage(Page[Session]):
    """A page of sessions."""


class SessionNow(Shown):
    """The session that runs in a room, and the ids of the peers who are in it."""

    id: ShownId
    created_at: ShownTime
    peers: list[ShownUuid]


class ActiveRoom(Shown):
    """A room in which a session runs."""

    id: ShownId
    name: str = Field(examples=["daily-standup"])
    customer_id: ShownId
    session: SessionNow

    @classmethod
    def of(cls, active: Active, deployment: Deployment) -> Self:
        """Return the room as this account's."""
        session = active.session
        now = SessionNow(id=session.id, created_at=session.created_at, peers=[peer.id for peer in session.peers])
        return cls(
            id=session.conference_id,
            name=active.name or ids.to_hex(session.conference_id),
            customer_id=deployment.customer_id,
            session=now,
        )


class Peer(Shown):
    """Somebody who is in a room."""

    id: ShownUuid
    name: _Name
    user_id: ShownUuid
    metadata: str = Field(examples=[""])
    role: _Role
    joined_at: ShownTime

    @classmethod
    def of(cls, peer: sessions.Peer) -> Self:
        """Return the peer, without what only a media engine knows."""
        return cls(
            id=peer.id,
            name=peer.name,
            user_id=peer.user_id,
            metadata=peer.metadata,
            role=peer.role,
            joined_at=peer.joined_at,
        )


class Peers(Shown):
    """Those who are in a room, by id and in the order of joining."""

    peers: dict[str, Peer]


class PeerWithTracks(Peer):
    """Somebody who is in a room; what he sends is known to a media engine only, so `tracks` is empty."""

    tracks: _NoTracks = Field(default_factory=dict)


class Done(Shown):
    """What was done, in words."""

    message: str


class PeerChanges(Said):
    """What a body says of somebody who is in a room. What is absent or null stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Ada", "role": "guest"}]})

    name: PeerName | None = None
    role: Text | None = Field(default=None, description="One of the roles of the room's template.")
    metadata: LargeText | None = Field(default=None, description="At most 16 KiB; nobody but the caller reads it.")


class NewMessage(Said):
    """A message to all peers who are in a room, to those in a `role`, or to one: `peer_id` counts before `role`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"message": "Five minutes left", "role": "host"}]})

    message: Message = Field(description="At most 16 KiB.")
    peer_id: NamedPeerId = None
    peer_id_of_sdk: NamedPeerId = Field(
        default=None, alias="peerId", description="As the Node SDK spells `peer_id`, which counts before it."
    )
    role: Text | None = Field(default=None, description="One that nobody has is no fault: nobody hears.")
    type: MessageType | None = Field(default=None, description="`chat` when it is missing.")


class Removal(Said):
    """Who is put out of a room: all in a `role`, or one: `peer_id` counts before `role`."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": [name], "properties": {name: {"type": "string", "minLength": 1}}}
                for name in ("peer_id", "role")
            ],
            "examples": [{"role": "guest", "reason": "The guests' part is over"}],
        }
    )

    peer_id: NamedPeerId = None
    role: Text | None = None
    reason: LeavingReason | None = Field(default=None, description="Webhooks tell it.")

    @model_validator(mode="after")
    def _somebody_is_meant(self) -> Self:
        if not (self.peer_id or self.role):
            raise sentence("peer_id or role is required")
        return self


class Ending(Said):
    """How a room's session is ended."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Time is up", "lock": True}]})

    reason: LeavingReason | None = Field(default=None, description="Webhooks tell it.")
    lock: bool | None = Field(default=None, description="Whether the room is disabled, too.")
