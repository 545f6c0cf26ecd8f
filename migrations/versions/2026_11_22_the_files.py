"""Files: the bytes' names, attachments of rooms, pictures of rooms and users; and the messages that files come with."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_the_files"
down_revision = "2026_11_22_the_chats"
branch_labels = None
depends_on = None

_WITH_PICTURES = ("room", "user_account")


def _moment() -> postgresql.TIMESTAMP:
    return postgresql.TIMESTAMP(timezone=True, precision=3)


def upgrade() -> None:
    _create_blob()
    _create_attachment()
    _create_message()
    for table in _WITH_PICTURES:
        _add_picture(table)


def _create_blob() -> None:
    op.create_table(
        "blob",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mime_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", _moment(), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blob")),
    )
    op.create_table(
        "stray_blob",
        sa.Column("blob_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", _moment(), nullable=False),
        sa.Column("given_up", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("blob_id", name=op.f("pk_stray_blob")),
    )
    op.create_index(op.f("ix_stray_blob_due_at"), "stray_blob", ["due_at"], unique=False)


def _create_attachment() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("blob_id", sa.Uuid(), nullable=False),
        sa.Column("area", sa.Text(), nullable=True),
        sa.Column("created_at", _moment(), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_attachment_room_id_room"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["blob_id"], ["blob.id"], name=op.f("fk_attachment_blob_id_blob")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index(op.f("ix_attachment_blob_id"), "attachment", ["blob_id"], unique=False)
    op.create_index(
        op.f("ix_attachment_room_id_created_at_id"), "attachment", ["room_id", "created_at", "id"], unique=False
    )


def _create_message() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("stanza_id", sa.Text(), nullable=True),
        sa.Column("reply_id", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("attachment_id", sa.Uuid(), nullable=True),
        sa.Column("original", sa.Text(), nullable=True),
        sa.Column("original_sent_at", _moment(), nullable=True),
        sa.Column("forward_count", sa.Integer(), nullable=True),
        sa.Column("created_at", _moment(), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_message_room_id_room"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_message_attachment_id_attachment"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index(op.f("ix_message_room_id_id"), "message", ["room_id", "id"], unique=False)
    op.create_index(
        op.f("ix_message_attachment_id"),
        "message",
        ["attachment_id"],
        unique=False,
        postgresql_where=sa.text("attachment_id IS NOT NULL"),
    )


def _add_picture(table: str) -> None:
    op.add_column(table, sa.Column("picture_blob_id", sa.Uuid(), nullable=True))
    op.add_column(table, sa.Column("picture_changed_at", _moment(), nullable=True))
    op.create_foreign_key(op.f(f"fk_{table}_picture_blob_id_blob"), table, "blob", ["picture_blob_id"], ["id"])
    op.create_check_constraint(
        op.f(f"ck_{table}_picture"), table, "(picture_blob_id IS NULL) = (picture_changed_at IS NULL)"
    )
    op.create_index(
        op.f(f"ix_{table}_picture_blob_id"),
        table,
        ["picture_blob_id"],
        unique=False,
        postgresql_where=sa.text("picture_blob_id IS NOT NULL"),
    )


def downgrade() -> None:
    for table in reversed(_WITH_PICTURES):
        op.drop_index(op.f(f"ix_{table}_picture_blob_id"), table_name=table)
        op.drop_constraint(op.f(f"ck_{table}_picture"), table, type_="check")
        op.drop_constraint(op.f(f"fk_{table}_picture_blob_id_blob"), table, type_="foreignkey")
        op.drop_column(table, "picture_changed_at")
        op.drop_column(table, "picture_blob_id")
    for table in ("message", "attachment", "stray_blob", "blob"):
        op.drop_table(table)
