"""Polls; and what has happened, with the webhooks that tell of it."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_25_polls_and_webhooks"
down_revision = "2026_11_24_the_control_plane"
branch_labels = None
depends_on = None
# It works as before: nothing is told of what it does.
oldest_program = "2026_11_23_the_events"


def _moment() -> postgresql.TIMESTAMP:
    return postgresql.TIMESTAMP(timezone=True, precision=3)


def _of_now(name: str) -> "sa.Column[Any]":
    return sa.Column(name, _moment(), server_default=sa.text("now()"), nullable=False)


def upgrade() -> None:
    op.add_column("deployment", sa.Column("sealed_webhook", sa.LargeBinary(), nullable=True))
    _add_polls()
    _add_analytics()
    _add_replays()
    _add_deliveries()
    _add_queue()


def _add_polls() -> None:
    op.create_table(
        "poll",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("duration", sa.Integer(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("start", sa.Text(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        _of_now("created_at"),
        _of_now("modified_at"),
        sa.CheckConstraint("mode IN ('peerid', 'userid')", name=op.f("ck_poll_mode")),
        sa.CheckConstraint("type IN ('poll', 'quiz')", name=op.f("ck_poll_type")),
        sa.CheckConstraint("start IN ('auto', 'manual')", name=op.f("ck_poll_start")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll")),
    )


def _add_analytics() -> None:
    op.create_table(
        "analytics_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conference_id", sa.Uuid(), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("peer_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("created_at", _moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analytics_event")),
    )
    op.create_index(op.f("ix_analytics_event_conference_id_id"), "analytics_event", ["conference_id", "id"])


def _add_replays() -> None:
    op.create_table(
        "webhook_replay",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asked", sa.Text(collation="C"), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        _of_now("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_replay")),
    )
    op.create_index(op.f("ix_webhook_replay_asked_id"), "webhook_replay", ["asked", "id"])


def _add_deliveries() -> None:
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("analytics_event_id", sa.Uuid(), nullable=False),
        sa.Column("replay_id", sa.Uuid(), nullable=True),
        sa.Column("sealed_target", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("response_status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", _moment(), nullable=False),
        sa.Column("finished_at", _moment(), nullable=True),
        sa.CheckConstraint("status IN ('failed', 'pending', 'success')", name=op.f("ck_webhook_delivery_status")),
        sa.CheckConstraint("(status = 'pending') = (finished_at IS NULL)", name=op.f("ck_webhook_delivery_finished")),
        _reference("analytics_event_id", "analytics_event"),
        _reference("replay_id", "webhook_replay"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
    )
    _index_deliveries("group_id", "number", where="status = 'pending'")
    _index_deliveries("group_id", "id")
    _index_deliveries("analytics_event_id")
    _index_deliveries("replay_id", where="replay_id IS NOT NULL")


def _reference(column: str, table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_webhook_delivery_{column}_{table}")
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=name, ondelete="CASCADE")


def _index_deliveries(*columns: str, where: str | None = None) -> None:
    name = op.f(f"ix_webhook_delivery_{'_'.join(columns)}")
    op.create_index(name, "webhook_delivery", list(columns), postgresql_where=sa.text(where) if where else None)


def _add_queue() -> None:
    op.create_table(
        "webhook_queue",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_target", sa.LargeBinary(), nullable=True),
        _of_now("due_at"),
        sa.Column("generation", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("group_id", name=op.f("pk_webhook_queue")),
    )
    op.create_index(op.f("ix_webhook_queue_due_at"), "webhook_queue", ["due_at"])


def downgrade() -> None:
    op.drop_table("webhook_queue")
    op.drop_table("webhook_delivery")
    op.drop_table("webhook_replay")
    op.drop_table("analytics_event")
    op.drop_table("poll")
    op.drop_column("deployment", "sealed_webhook")
