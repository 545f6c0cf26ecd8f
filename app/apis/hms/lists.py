"""The envelope of every list."""

from collections.abc import Sequence
from typing import Generic, Self, TypeVar

from pydantic import Field

from app.apis.descriptions import Shown
from app.apis.hms.spellings import ShownId, ShownIdOrNone
from app.domain import ids


class Listed(Shown):
    """What stands in a list, in the order of its ids."""

    id: ShownId


Item = TypeVar("Item", bound=Listed)


class Page(Shown, Generic[Item]):
    """A page; `last` is where the next one starts, empty when this one is."""

    limit: int = Field(examples=[10])
    data: list[Item]
    last: ShownIdOrNone

    @classmethod
    def of(cls, data: Sequence[Item], *, limit: int) -> Self:
        """Return the page of these."""
        return cls(limit=limit, data=list(data), last=ids.to_hex(data[-1].id) if data else "")
