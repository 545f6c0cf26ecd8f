"""Plugins of templates, as `/v2` reads and shows them."""

from typing import Annotated

from pydantic import ConfigDict

from app.apis.hms.bounds import OneOf
from app.apis.hms.spellings import RoleName
from app.apis.hms.template_parts import Few, Part


class WhiteboardPermissions(Part):
    """Which roles open and close whiteboards, which draw on them, which see them."""

    admin: Few[RoleName] | None = None
    writer: Few[RoleName] | None = None
    reader: Few[RoleName] | None = None


class Whiteboard(Part):
    """`whiteboard` of the plugins."""

    permissions: WhiteboardPermissions | None = None


class CaptionPermissions(Part):
    """Which roles switch captions on and off."""

    admin: Few[RoleName] | None = None


class Captions(Part):
    """`transcriptions` of the plugins."""

    permissions: CaptionPermissions | None = None
    mode: Annotated[str, OneOf("caption")] | None = None


class Plugins(Part):
    """What a body says of a template's plugins."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"whiteboard": {"permissions": {"admin": ["host"], "writer": ["host"], "reader": ["guest"]}}}]
        }
    )

    whiteboard: Whiteboard | None = None
    transcriptions: Captions | None = None
