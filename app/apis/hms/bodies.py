"""What the bodies of many operations have in common."""

from pydantic import BaseModel, ConfigDict


class Said(BaseModel):
    """A body, or an object inside; what is absent or null says nothing."""

    model_config = ConfigDict(strict=True, frozen=True)
