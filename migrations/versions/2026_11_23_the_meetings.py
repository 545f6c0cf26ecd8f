"""Meetings: who is in one, over which socket, and what is left of it."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_23_the_meetings"
down_revision = "2026_11_23_the_events"
branch_labels = None
depends_on = None
# It works as before: nobody joins a meeting over its sockets, and what is for one socket it tells all of that user.
oldest_program = "2026_11_23_the_events"


def _moment() -> postgresql.TIMESTAMP:
    return postgresql.TIMESTAMP(timezone=True, precision=3)


def _made_at(name: str) -> "sa.Column[Any]":
    return sa.Column(name, _moment(), server_default=sa.text("now()"), nullable=False)


def _flag(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.Boolean(), server_default=sa.text("false"), nullable=False)


def upgrade() -> None:
    _add_connections()
    _add_sessions()
    op.add_column("event", sa.Column("queue_id", sa.Uuid(), nullable=True))
    op.create_index(
        op.f("ix_conference_started_at"),
        "conference",
        ["started_at"],
        unique=False,
        postgresql_where=sa.text("started_at IS NOT NULL"),
    )


def _add_connections() -> None:
    op.create_table(
        "server_process",
        sa.Column("id", sa.Uuid(), nullable=False),
        _made_at("seen_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_server_process")),
    )
    op.create_table(
        "connection",
        sa.Column("queue_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("process_id", sa.Uuid(), nullable=False),
        _made_at("created_at"),
        sa.ForeignKeyConstraint(
            ["process_id"],
            ["server_process.id"],
            name=op.f("fk_connection_process_id_server_process"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_connection_user_id_user_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("queue_id", name=op.f("pk_connection")),
    )
    op.create_index(op.f("ix_connection_process_id"), "connection", ["process_id"], unique=False)
    op.create_index(op.f("ix_connection_user_id"), "connection", ["user_id"], unique=False)


def _add_sessions() -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conference_id", sa.Uuid(), nullable=False),
        _made_at("created_at"),
        _made_at("modified_at"),
        sa.Column("ended_at", _moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_conference_id_id"), "session", ["conference_id", "id"], unique=False)
    op.create_index(
        op.f("ix_session_id"), "session", ["id"], unique=False, postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_index(
        "uq_session_conference_id",
        "session",
        ["conference_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "peer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("queue_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("metadata", sa.Text(), server_default=sa.text("''"), nullable=False),
        _flag("audio_enabled"),
        _flag("video_enabled"),
        _flag("screen_enabled"),
        _made_at("joined_at"),
        sa.Column("left_at", _moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_peer_session_id_session"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer")),
    )
    op.create_index(
        op.f("ix_peer_queue_id"), "peer", ["queue_id"], unique=False, postgresql_where=sa.text("left_at IS NULL")
    )
    op.create_index(op.f("ix_peer_session_id_id"), "peer", ["session_id", "id"], unique=False)
    op.create_index(
        "uq_peer_session_id_user_id",
        "peer",
        ["session_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("left_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_conference_started_at"), table_name="conference")
    op.drop_column("event", "queue_id")
    op.drop_table("peer")
    op.drop_table("session")
    op.drop_table("connection")
    op.drop_table("server_process")
