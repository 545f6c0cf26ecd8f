"""The tables. `docs/data-model.md` says what each is for and what is still to come."""

from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Interval,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def seconds(count: ColumnElement[int]) -> ColumnElement[Any]:
    """Return the interval of so many seconds."""
    return count * literal_column("interval '1 second'", Interval)


def _moment() -> DateTime:
    """Whole milliseconds: what is shown is what is stored and sorted by."""
    return TIMESTAMP(timezone=True, precision=3)


conference = Table(
    "conference",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("opened_by", Text, nullable=False),
    Column("name", Text),
    Column("description", Text),
    Column("type", Text, nullable=False),
    Column("auto_upgrade_participant_count", Integer),
    Column("max_participants", Integer, nullable=False),
    Column("token_ttl_seconds", Integer, nullable=False),
    Column("room_ttl_seconds", Integer, nullable=False),
    Column("endpoint_ttl_seconds", Integer, nullable=False),
    Column("expires_at", _moment()),
    Column("created_at", _moment(), nullable=False, server_default=func.now()),
    Column("modified_at", _moment(), nullable=False, server_default=func.now()),
    CheckConstraint("opened_by IN ('chats', 'hms', 'vcs')", "opened_by"),
    CheckConstraint("type IN ('mesh', 'sfu')", "type"),
    Index(None, "expires_at", postgresql_where=text("expires_at IS NOT NULL")),
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("api", Text, nullable=False),
    Column("secret_hash", LargeBinary, unique=True),
    Column("sealed_secret", LargeBinary),
    Column("demo", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", _moment(), nullable=False, server_default=func.now()),
    Column("last_used_at", _moment()),
    CheckConstraint("api IN ('hms', 'vcs')", "api"),
    CheckConstraint(
        "(api = 'vcs') = (secret_hash IS NOT NULL) AND (api = 'hms') = (sealed_secret IS NOT NULL)", "secret"
    ),
)

user_account = Table(
    "user_account",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("email", Text, nullable=False),
    Column("email_key", Text(collation="C"), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("created_at", _moment(), nullable=False, server_default=func.now()),
    CheckConstraint("type IN ('internal', 'guest')", "type"),
)

user_token = Table(
    "user_token",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("user_id", Uuid, ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("demo", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", _moment(), nullable=False, server_default=func.now()),
    Column("expires_at", _moment(), nullable=False, index=True),
)
