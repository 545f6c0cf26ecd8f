"""The room object and its parts as `/api/realtime` spells them; ids, times and names convert here, by their types."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.apis.dependencies import WithoutNul, whole_number
from app.apis.descriptions import Shown, spelled
from app.domain import join_tokens
from app.domain.conferences import Conference, ConferenceType
from app.domain.errors import ConferenceNotFound
from app.domain.secrets import SecretKey

_ID = re.compile(r"(?:RO-)?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DEFAULT_RECORDS: Final = 25
_UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
ROOM_ID: Final = "RO-01a202b2-f1ce-781c-91e8-3127f4000000"
_JOIN_TOKEN: Final = "01a202b2f1ce81c47a0c49fd6b02bd2bdae1777301cd8e41548da5895ac853f2"  # noqa: S105 - an example


def _room_id(value: object) -> object:
    """Read `RO-<uuid>` or the bare UUID; what cannot be an id is an id that no room has."""
    if not isinstance(value, str):
        return value
    if not value:
        raise PydanticCustomError("missing", "an empty id counts as absent")
    found = _ID.fullmatch(value)
    if found is None:
        raise ConferenceNotFound
    return UUID(found[1])


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _conference_type(value: object) -> object:
    if value is None:
        return "mesh"
    return value.lower() if value in ("MESH", "SFU") and isinstance(value, str) else None


def _within(number: float, least: int, most: int) -> int:
    if not least <= number <= most or number != int(number):
        raise PydanticCustomError("number_size", "out of range", {"least": least, "most": most})
    return int(number)


def _participant_count(value: object) -> object:
    """Read a number, or the text of one as the published example sends it."""
    if value is None:
        return None
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("not_a_number", "no number")
    return _within(value, 2, 10_000)


def _number_of_records(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not value:
        return DEFAULT_RECORDS
    return _within(whole_number(value) or 0, 1, 100)


def _present(value: object) -> object:
    if value is None:
        raise PydanticCustomError("missing", "null counts as absent")
    return value


RoomId = Annotated[
    UUID,
    BeforeValidator(_room_id),
    PlainSerializer(lambda id: f"RO-{id}", return_type=str),
    spelled(f"(RO-)?{_UUID.replace('a-f', 'a-fA-F')}", ROOM_ID, "validation"),
    spelled(f"RO-{_UUID}", ROOM_ID, "serialization"),
]
EpochMilliseconds = Annotated[
    datetime, PlainSerializer(_milliseconds, return_type=int), Field(examples=[1795341611470])
]
Name = Annotated[str, Field(max_length=512, examples=["Room A"]), WithoutNul]
Description = Annotated[str, Field(max_length=4096, examples=["My room description"]), WithoutNul]
WantedType = Annotated[
    ConferenceType,
    BeforeValidator(_conference_type),
    WithJsonSchema({"enum": ["MESH", "SFU", None], "examples": ["MESH"], "description": "`MESH` if absent."}),
]
ParticipantCount = Annotated[
    int | None,
    BeforeValidator(_participant_count),
    WithJsonSchema(
        {
            "type": ["integer", "string", "null"],
            "minimum": 2,
            "maximum": 10_000,
            "pattern": "^([2-9]|[1-9][0-9]{1,3}|10000)$",
            "examples": [4, "4"],
            "description": "A number from 2 to 10000, or the text of one.",
        }
    ),
]
UppercaseType = Annotated[ConferenceType, PlainSerializer(str.upper, return_type=Literal["MESH", "SFU"])]
JoinToken = Annotated[str, spelled("[0-9a-f]{64}", _JOIN_TOKEN)]
PagingToken = Annotated[str, Field(examples=["01a202b2f1ce781c91e83127f4000000a81fe64192f55ab8b734cc32f8952e64"])]
NumberOfRecords = Annotated[
    int,
    BeforeValidator(_number_of_records),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 100}),
]


class NewRoom(BaseModel):
    """The body of "Create a room". What is null counts as absent."""

    model_config = ConfigDict(strict=True, frozen=True)

    name: Name | None = None
    description: Description | None = None
    conference_type: WantedType = Field(alias="conferenceType", default_factory=lambda: "mesh")
    auto_upgrade_participant_count: ParticipantCount = Field(alias="autoUpgradeParticipantCount", default=None)


class Room(Shown):
    """The room object; `name`, `description` and `autoUpgradeParticipantCount` are there when they are set.

    Times are milliseconds since 1970. With its `token` clients join the room.
    """

    id: RoomId
    name: str | None = Field(examples=["Room A"])
    description: str | None = Field(examples=["My room description"])
    creation_time: EpochMilliseconds = Field(serialization_alias="creationTime")
    conference_type: UppercaseType = Field(serialization_alias="conferenceType")
    auto_upgrade_participant_count: int | None = Field(serialization_alias="autoUpgradeParticipantCount", examples=[4])
    modification_time: EpochMilliseconds = Field(serialization_alias="modificationTime")
    max_participants: int = Field(serialization_alias="maxParticipants", examples=[10])
    room_token_ttl_seconds: int = Field(serialization_alias="roomTokenTTLSeconds", examples=[86400])
    room_ttl_seconds: int = Field(serialization_alias="roomTTLSeconds", examples=[86400])
    endpoint_ttl_seconds: int = Field(serialization_alias="endpointTTLSeconds", examples=[86400])
    token: JoinToken

    @classmethod
    def of(cls, conference: Conference, secret_key: SecretKey) -> Self:
        """Return the conference as a room, with the join token of this moment."""
        return cls(
            id=conference.id,
            name=conference.name,
            description=conference.description,
            creation_time=conference.created_at,
            conference_type=conference.type,
            auto_upgrade_participant_count=conference.auto_upgrade_participant_count,
            modification_time=conference.modified_at,
            max_participants=conference.max_participants if conference.size is None else conference.size,
            room_token_ttl_seconds=conference.token_ttl_seconds,
            room_ttl_seconds=conference.room_ttl_seconds,
            endpoint_ttl_seconds=conference.endpoint_ttl_seconds,
            token=join_tokens.of(conference, secret_key),
        )


class RoomAnswer(Shown):
    """What creating, deleting and verifying answer."""

    room: Room


class RoomPage(Shown):
    """What "Fetch rooms" answers; without `token` when the page is empty, which ends the list."""

    data: list[Room]
    token: PagingToken | None


class PresentedToken(BaseModel):
    """The body of the verification of a room token."""

    model_config = ConfigDict(strict=True)

    token: Annotated[JoinToken, BeforeValidator(_present)]
