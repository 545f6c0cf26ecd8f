"""Rooms of the chats, their members, what each user set for them; and a conference can be the meeting of a room."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_the_chats"
down_revision = "2026_11_22_size_of_its_kind"
branch_labels = None
depends_on = None

_OF_MEETINGS = ("room_id", "meeting_type", "meeting_expires_at", "started_at", "started_by")


def _moment() -> postgresql.TIMESTAMP:
    return postgresql.TIMESTAMP(timezone=True, precision=3)


def upgrade() -> None:
    _create_room()
    _create_member()
    _create_room_setting()
    _widen_conference()


def _create_room() -> None:
    op.create_table(
        "room",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("pair_low", sa.Uuid(), nullable=True),
        sa.Column("pair_high", sa.Uuid(), nullable=True),
        sa.Column("created_at", _moment(), server_default=sa.text("now()"), nullable=False),
        sa.Column("modified_at", _moment(), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "type IN ('channel', 'group', 'one_to_one', 'temporary', 'workspace')", name=op.f("ck_room_type")
        ),
        sa.CheckConstraint(
            "(type = 'channel') = (parent_id IS NOT NULL) AND (type = 'channel') = (rank IS NOT NULL)",
            name=op.f("ck_room_channel"),
        ),
        sa.CheckConstraint(
            "(type = 'one_to_one') = (pair_low IS NOT NULL) AND (type = 'one_to_one') = (pair_high IS NOT NULL)"
            " AND pair_low < pair_high",
            name=op.f("ck_room_pair"),
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["room.id"], name=op.f("fk_room_parent_id_room"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
    )
    op.create_index(
        "uq_room_pair_low_pair_high",
        "room",
        ["pair_low", "pair_high"],
        unique=True,
        postgresql_where=sa.text("pair_low IS NOT NULL"),
    )
    op.create_index(
        "uq_room_parent_id_rank",
        "room",
        ["parent_id", "rank"],
        unique=True,
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )


def _create_member() -> None:
    op.create_table(
        "member",
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_member_room_id_room"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_member_user_id_user_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("room_id", "user_id", name=op.f("pk_member"), postgresql_include=["owner", "position"]),
    )
    op.create_index(op.f("ix_member_user_id_room_id"), "member", ["user_id", "room_id"], unique=False)
    op.create_index(
        "uq_member_user_id_rank",
        "member",
        ["user_id", "rank"],
        unique=True,
        postgresql_where=sa.text("rank IS NOT NULL"),
    )


def _create_room_setting() -> None:
    op.create_table(
        "room_setting",
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("muted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("cleared_at", _moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["room_id"], ["room.id"], name=op.f("fk_room_setting_room_id_room"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_room_setting_user_id_user_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("room_id", "user_id", name=op.f("pk_room_setting")),
    )
    op.create_index(op.f("ix_room_setting_user_id_room_id"), "room_setting", ["user_id", "room_id"], unique=False)


def _widen_conference() -> None:
    op.add_column("conference", sa.Column("room_id", sa.Uuid(), nullable=True))
    op.add_column("conference", sa.Column("meeting_type", sa.Text(), nullable=True))
    op.add_column("conference", sa.Column("meeting_expires_at", _moment(), nullable=True))
    op.add_column("conference", sa.Column("started_at", _moment(), nullable=True))
    op.add_column("conference", sa.Column("started_by", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_conference_room_id_room"), "conference", "room", ["room_id"], ["id"], ondelete="CASCADE"
    )
    op.create_check_constraint(
        op.f("ck_conference_meeting_type"), "conference", "meeting_type IN ('permanent', 'scheduled')"
    )
    op.create_check_constraint(
        op.f("ck_conference_meeting"),
        "conference",
        "(opened_by = 'chats') = (room_id IS NOT NULL) AND (opened_by = 'chats') = (meeting_type IS NOT NULL)",
    )
    op.create_index(
        "uq_conference_room_id",
        "conference",
        ["room_id"],
        unique=True,
        postgresql_where=sa.text("room_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.execute("DELETE FROM conference WHERE opened_by = 'chats'")
    op.drop_index("uq_conference_room_id", table_name="conference")
    op.drop_constraint(op.f("ck_conference_meeting"), "conference", type_="check")
    op.drop_constraint(op.f("ck_conference_meeting_type"), "conference", type_="check")
    op.drop_constraint(op.f("fk_conference_room_id_room"), "conference", type_="foreignkey")
    for name in _OF_MEETINGS:
        op.drop_column("conference", name)
    op.drop_table("room_setting")
    op.drop_table("member")
    op.drop_table("room")
