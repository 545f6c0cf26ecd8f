"""The rest of `/v2`: codes that open conferences, and keys of streams into them."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_24_the_control_plane"
down_revision = "2026_11_23_the_meetings"
branch_labels = None
depends_on = None
# It works as before: it knows of no codes and no keys.
oldest_program = "2026_11_23_the_events"


_PERMISSIONS = (
    *("endRoom", "removeOthers", "mute", "unmute", "changeRole"),
    *("rtmpStreaming", "hlsStreaming", "browserRecording", "sendRoomState", "pollRead", "pollWrite"),
)


def upgrade() -> None:
    _spell_the_default_template()
    op.create_table(
        "room_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        *_of_conference("room_code"),
        sa.Column("role", sa.Text(), nullable=False),
        *_state(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_code")),
        sa.UniqueConstraint("code", name=op.f("uq_room_code_code")),
    )
    op.create_index(op.f("ix_room_code_conference_id_id"), "room_code", ["conference_id", "id"], unique=False)
    op.create_table(
        "stream_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        *_of_conference("stream_key"),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        *_state(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stream_key")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_stream_key_key_hash")),
    )
    op.create_index(op.f("ix_stream_key_conference_id_id"), "stream_key", ["conference_id", "id"], unique=False)
    op.create_index(
        "uq_stream_key_conference_id",
        "stream_key",
        ["conference_id"],
        unique=True,
        postgresql_where=sa.text("enabled"),
    )


def _spell_the_default_template() -> None:
    """Have the roles that the second migration made say what `/v2` shows of all others, in the same order."""
    templates = sa.table("template", sa.column("id", sa.Uuid()), sa.column("roles", sa.JSON()))
    for id, roles in op.get_bind().execute(sa.select(templates.c.id, templates.c.roles)).all():
        for role in roles.values():
            permissions = {"sendRoomState": False, **role["permissions"]}
            role["permissions"] = {name: permissions[name] for name in _PERMISSIONS if name in permissions}
        op.execute(sa.update(templates).where(templates.c.id == id).values(roles=roles))


def _of_conference(table: str) -> "tuple[sa.Column[Any], sa.ForeignKeyConstraint]":
    name = op.f(f"fk_{table}_conference_id_conference")
    return (
        sa.Column("conference_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["conference_id"], ["conference.id"], name=name, ondelete="CASCADE"),
    )


def _state() -> "list[sa.Column[Any]]":
    moment = postgresql.TIMESTAMP(timezone=True, precision=3)
    return [
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        *(
            sa.Column(name, moment, server_default=sa.text("now()"), nullable=False)
            for name in ("created_at", "modified_at")
        ),
    ]


def downgrade() -> None:
    op.drop_table("stream_key")
    op.drop_table("room_code")
