"""Columns that several tables have, and what is said of time in all of them."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    Interval,
    Uuid,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP


def seconds(count: ColumnElement[int]) -> ColumnElement[Any]:
    """Return the interval of so many seconds."""
    return count * literal_column("interval '1 second'", Interval)


def moment() -> DateTime:
    """Whole milliseconds: what is shown is what is stored and sorted by."""
    return TIMESTAMP(timezone=True, precision=3)


def spelled(time: datetime) -> str:
    """Spell a time in UTC, as precise as it is stored (RFC 3339)."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def made_and_modified() -> list[Column[Any]]:
    """When a row was made and last changed, by the database's clock."""
    return [
        Column("created_at", moment(), nullable=False, server_default=func.now()),
        Column("modified_at", moment(), nullable=False, server_default=func.now()),
    ]


def picture() -> list[Column[Any]]:
    """The picture of a room or a user, and when it was set."""
    return [Column("picture_blob_id", Uuid, ForeignKey("blob.id")), Column("picture_changed_at", moment())]


def of_picture() -> tuple[CheckConstraint, Index]:
    """Both or neither; and by whom a blob is named is looked up."""
    return (
        CheckConstraint("(picture_blob_id IS NULL) = (picture_changed_at IS NULL)", "picture"),
        Index(None, "picture_blob_id", postgresql_where=text("picture_blob_id IS NOT NULL")),
    )
