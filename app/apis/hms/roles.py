"""Roles of templates, as `/v2` reads and completes them."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from operator import not_
from typing import Annotated, Any, Final

from pydantic import AfterValidator, ConfigDict, Field

from app.apis.dependencies import Whole
from app.apis.hms.bounds import LARGEST, Between, OneOf
from app.apis.hms.errors import fault
from app.apis.hms.spellings import RoleName
from app.apis.hms.template_parts import ByKey, Few, Part

_RIDS: Final = "fhq"

_FrameRate = Annotated[Whole, Between(1, 30)]
_Number = int | float


class AudioParams(Part):
    """`audio` of what a role publishes."""

    bit_rate: Annotated[Whole, Between(16, 128)] = Field(default=32, description="In kbit/s.")
    codec: Annotated[str, OneOf("opus")] = "opus"


class VideoParams(Part):
    """`video` of what a role publishes."""

    bit_rate: Annotated[Whole, Between(30, 2000)] = Field(default=256, description="In kbit/s.")
    codec: Annotated[str, OneOf("vp8")] = "vp8"
    frame_rate: _FrameRate = 25
    width: Annotated[Whole, Between(50, 1920)] = 320
    height: Annotated[Whole, Between(50, 1080)] = 180


class ScreenParams(Part):
    """`screen` of what a role publishes."""

    bit_rate: Annotated[Whole, Between(500, LARGEST)] = Field(default=1024, description="In kbit/s.")
    codec: Annotated[str, OneOf("vp8")] = "vp8"
    frame_rate: _FrameRate = 10
    width: Annotated[Whole, Between(480, 1920)] = 1280
    height: Annotated[Whole, Between(270, 1080)] = 720


class SimulcastLayer(Part):
    """One of the sizes in which a track is sent at once."""

    rid: Annotated[str, OneOf(*_RIDS)]
    scale_resolution_down_by: Annotated[_Number, Between(1.0, 12.0)]
    max_bitrate: Annotated[Whole, Between(0, 2000)] = Field(default=0, description="In kbit/s.")
    max_framerate: _FrameRate


def _descending(layers: list[SimulcastLayer]) -> list[SimulcastLayer]:
    """Judge the order of layers: each is smaller than the one before it, and the first is whole."""
    if layers and (layers[0].rid != _RIDS[0] or layers[0].scale_resolution_down_by != 1):
        raise fault("must begin with rid f and scaleResolutionDownBy 1.0")
    for before, after in pairwise(layers):
        if _RIDS.index(after.rid) <= _RIDS.index(before.rid):
            raise fault("must have each rid once, in the order f, h, q")
        if after.scale_resolution_down_by <= before.scale_resolution_down_by:
            raise fault("must have ascending values of scaleResolutionDownBy")
    return layers


class SimulcastLayers(Part):
    """`video` or `screen` of a simulcast."""

    layers: Annotated[list[SimulcastLayer], Field(fail_fast=True, max_length=3), AfterValidator(_descending)] | None = (
        Field(default=None, description="The first has rid `f` and is whole; each is smaller than the one before it.")
    )


class Simulcast(Part):
    """`simulcast` of what a role publishes."""

    video: SimulcastLayers | None = None
    screen: SimulcastLayers | None = None


class PublishParams(Part):
    """What a role publishes."""

    allowed: Few[Annotated[str, OneOf("audio", "video", "screen", "simulcast")]] = Field(
        default=["audio", "video", "screen"]
    )
    audio: AudioParams = AudioParams()
    video: VideoParams = VideoParams()
    screen: ScreenParams = ScreenParams()
    simulcast: Simulcast | None = None


class SubscribeDegradation(Part):
    """When a role sees less, for its connection is bad."""

    packet_loss_threshold: Annotated[Whole, Between(1, 100)] = 50
    degrade_grace_period_seconds: Annotated[Whole, Between(1, 10)] = 1
    recover_grace_period_seconds: Annotated[Whole, Between(1, 10)] = 4


class SubscribeParams(Part):
    """What a role sees and hears."""

    subscribe_to_roles: Few[RoleName] | None = Field(
        default=None, description="Names of roles; all of the template's where it is absent."
    )
    max_subs_bit_rate: Annotated[Whole, Between(0, LARGEST)] = Field(default=3200, description="In kbit/s.")
    subscribe_degradation: SubscribeDegradation = SubscribeDegradation()


_Granted = Annotated[bool, Field(exclude_if=not_)]


class Permissions(Part):
    """What a role may do. Those that are false by default are shown when they are true, but for `sendRoomState`."""

    end_room: _Granted = False
    remove_others: _Granted = False
    mute: _Granted = False
    unmute: _Granted = False
    change_role: _Granted = False
    rtmp_streaming: bool = True
    hls_streaming: bool = True
    browser_recording: bool = True
    send_room_state: bool = False
    poll_read: _Granted = False
    poll_write: _Granted = False


class RoleMembers(Part):
    """What a body says of a role, new or not."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"publishParams": {"allowed": ["audio"]}, "permissions": {"mute": True}}]}
    )

    name: RoleName | None = None
    publish_params: PublishParams = PublishParams()
    subscribe_params: SubscribeParams = SubscribeParams()
    permissions: Permissions = Permissions()
    priority: Annotated[Whole, Between(1, 10)] = 1
    max_peer_count: Annotated[Whole, Between(-1, LARGEST)] = Field(
        default=0, description="0: as many as come; -1: nobody."
    )

    @property
    def said(self) -> dict[str, Any]:
        """The members that the body has, each of them whole."""
        return self.model_dump(by_alias=True, exclude_none=True, include=self.model_fields_set)


Roles = Annotated[dict[str, RoleMembers], ByKey(RoleName)]
"""Roles by name."""


def completed(
    members: RoleMembers, *, name: str, roles: Sequence[str], kept: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the whole role: what a body says of it, else what was `kept`, else the defaults.

    `roles`: those of the template, to all of which it subscribes by default.
    """
    named = {"name": name}
    whole = named | RoleMembers().document | dict(kept or {}) | members.said | named
    subscribing = {"subscribeToRoles": list(roles)} | whole["subscribeParams"]
    return whole | {"subscribeParams": subscribing}


def all_completed(roles: Mapping[str, RoleMembers]) -> dict[str, Any]:
    """Return the roles of a template by name, each of them whole."""
    return {name: completed(members, name=name, roles=list(roles)) for name, members in roles.items()}
