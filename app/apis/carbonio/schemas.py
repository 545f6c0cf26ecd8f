"""The objects of the chats API: what is sent, and what is answered."""

from base64 import b64decode
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Self
from uuid import UUID

from pydantic import (
    AliasGenerator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError, from_json

from app.apis.carbonio.spellings import AnyCase, Description, Id, Moment, Name, Original, SentId, SentMoment, read_id
from app.apis.dependencies import Whole, WithoutNul
from app.apis.descriptions import Shown
from app.domain.errors import UnknownWorkspace
from app.domain.invitations import Invited
from app.domain.members import Newcomer
from app.domain.ranks import Rank
from app.domain.standings import RoomType
from app.domain.users import UserType


class Sent(BaseModel):
    """A body. Members that nobody knows are ignored, null counts as absent."""

    model_config = ConfigDict(strict=True, frozen=True, alias_generator=to_camel)


class Answered(Shown):
    """An answer. What is not set is left out."""

    model_config = ConfigDict(alias_generator=AliasGenerator(serialization_alias=to_camel))


class FirstMember(Sent):
    """Somebody with whom a room is made, as newer clients name him."""

    user_id: SentId
    owner: bool | None = None

    @property
    def invited(self) -> Invited:
        return Invited(user_id=self.user_id, owner=bool(self.owner))


class NewRoom(Sent):
    """The fields that a room is created with.

    Groups and temporary rooms need a name, and none is empty; but what a one-to-one is called does not matter.
    """

    members_ids: list[SentId] | None = None
    members: list[FirstMember] | None = None
    name: Name | None = None
    description: Description | None = None
    type: Annotated[RoomType, AnyCase, Field(examples=["group"])]
    parent_id: Annotated[str, WithoutNul, Field(examples=["01a202b2-f1ce-7a3b-8c11-5be0c4000000"])] | None = None

    @property
    def others(self) -> Sequence[Invited]:
        """Who is named, in their order."""
        plain = [Invited(user_id=id) for id in self.members_ids or ()]
        return [*plain, *(member.invited for member in self.members or ())]

    @property
    def workspace_id(self) -> UUID:
        """The workspace of a channel; raises UnknownWorkspace."""
        id = read_id(self.parent_id or "")
        if id is None:
            raise UnknownWorkspace
        return id


class RoomChanges(Sent):
    """The fields of a room that can be changed."""

    name: Annotated[Name, Field(min_length=1)] | None = None
    description: Description | None = None


class RoomRank(Sent):
    """The place of a room in an order."""

    room_id: SentId
    rank: Whole

    @property
    def given(self) -> Rank:
        return Rank(room_id=self.room_id, rank=self.rank)


class OneOfSeveral(Sent):
    """Somebody who is added together with others."""

    user_id: SentId
    owner: bool | None = None
    history_cleared: bool | None = None

    @property
    def newcomer(self) -> Newcomer:
        return Newcomer(user_id=self.user_id, owner=bool(self.owner), history_cleared=bool(self.history_cleared))


class MemberToInsert(OneOfSeveral):
    """Somebody who is added. If `historyCleared`, he does not see what was before."""

    history_cleared: bool


KINDS_OF_BODY: Final = ("one", "several")
"""What a body is told apart by that is an object or an array; no client has heard of it."""


def _how_many(value: object) -> str:
    return KINDS_OF_BODY[isinstance(value, list)]


MembersToInsert = Annotated[
    Annotated[MemberToInsert, Tag("one")] | Annotated[list[OneOfSeveral], Tag("several")], Discriminator(_how_many)
]


class Member(Answered):
    """A member of a room."""

    user_id: Id
    owner: bool


class MemberInserted(Member):
    """A member who was added; `clearedAt` is there if he does not see what was before."""

    cleared_at: Moment | None

    @classmethod
    def of(cls, newcomer: Newcomer, cleared_at: datetime | None) -> Self:
        """Return who was added, at the moment when the histories were cleared of those who are not to see them."""
        seen_from = cleared_at if newcomer.history_cleared else None
        return cls(user_id=newcomer.user_id, owner=newcomer.owner, cleared_at=seen_from)


class RoomUserSettings(Answered):
    """What the caller has set for a room."""

    muted: bool
    cleared_at: Moment | None


class Room(Answered):
    """A room. Lists have no `membersIds`, and `members` and `userSettings` if asked for; children have no members.

    `rank` is that of a workspace for the caller, or that of a channel; `parentId` is a channel's, `children` are a
    workspace's.
    """

    members_ids: list[Id] | None
    name: str | None
    description: str | None
    type: RoomType
    parent_id: Id | None
    id: Id
    rank: int | None
    meeting_id: Id | None
    created_at: Moment
    updated_at: Moment
    picture_updated_at: Moment | None
    children: list["Room"] | None
    members: list[Member] | None
    user_settings: RoomUserSettings | None


class ClearedDate(Answered):
    """From when on the caller sees a room's history."""

    cleared_at: Moment


class User(Answered):
    """A user."""

    id: Id
    email: str
    name: str
    type: UserType
    picture_updated_at: Annotated[Moment | None, Field(validation_alias="picture_changed_at")]


class Capabilities(Answered):
    """What this deployment can do, and its limits: the same for all users."""

    can_see_message_reads: bool
    can_see_users_presence: bool
    can_video_call: bool
    can_video_call_record: bool
    can_use_virtual_background: bool
    edit_message_time_limit_in_minutes: int
    delete_message_time_limit_in_minutes: int
    max_group_members: int
    max_room_image_size_in_kb: int
    max_user_image_size_in_kb: int


class AttachmentId(Answered):
    """What a new attachment is called."""

    id: Id


class Attachment(Answered):
    """A file in a room."""

    id: Id
    name: str
    size: int
    mime_type: str
    user_id: Id
    room_id: Id
    created_at: Moment
    area: str | None


class AttachmentsPagination(Answered):
    """A page of attachments; `filter` asks for the next one, and is missing on the last."""

    filter: str | None
    attachments: list[Attachment]


class Place(Sent):
    """A place in the list of attachments: behind this one. Clients pass it on as they were given it."""

    id: SentId
    created_at: SentMoment


def _place(text: str) -> Place | None:
    """Read a place, which is JSON in Base64; in a query, a plus that is not escaped arrives as a space."""
    try:
        return Place.model_validate(from_json(b64decode(text.replace(" ", "+"), validate=True))) if text else None
    except ValueError:
        raise PydanticCustomError("filter", "must be a filter that a page gave") from None


# By its schema FastAPI would take it for several parameters.
Filter = Annotated[Any, PlainValidator(_place), WithJsonSchema({"type": "string"})]


class ForwardMessage(Sent):
    """A message to forward: a stanza of XMPP, or plain text."""

    original_message: Original
    original_message_sent_at: SentMoment | None = None
    description: Annotated[str, WithoutNul] | None = None


_MOST_MESSAGES: Final = 1000  # more than anybody selects, and few enough to be kept at once
Forwarded = Annotated[list[ForwardMessage], Field(max_length=_MOST_MESSAGES)]


class Token(Answered):
    """The token that was shown."""

    zm_token: str
