"""The ground: conferences, keys, users and their tokens."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_22_ground"
down_revision = None
branch_labels = None
depends_on = None


def _moment() -> postgresql.TIMESTAMP:
    return postgresql.TIMESTAMP(timezone=True, precision=3)


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("api", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=True),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", _moment(), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_used_at", _moment(), nullable=True),
        sa.CheckConstraint(
            "(api = 'vcs') = (secret_hash IS NOT NULL) AND (api = 'hms') = (sealed_secret IS NOT NULL)",
            name=op.f("ck_api_key_secret"),
        ),
        sa.CheckConstraint("api IN ('hms', 'vcs')", name=op.f("ck_api_key_api")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_key_secret_hash")),
    )
    op.create_table(
        "conference",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("auto_upgrade_participant_count", sa.Integer(), nullable=True),
        sa.Column("max_participants", sa.Integer(), nullable=False),
        sa.Column("token_ttl_seconds", sa.Integer(), nullable=False),
        sa.Column("room_ttl_seconds", sa.Integer(), nullable=False),
        sa.Column("endpoint_ttl_seconds", sa.Integer(), nullable=False),
        sa.Column("expires_at", _moment(), nullable=True),
        sa.Column("created_at", _moment(), server_default=sa.text("now()"), nullable=False),
        sa.Column("modified_at", _moment(), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("opened_by IN ('chats', 'hms', 'vcs')", name=op.f("ck_conference_opened_by")),
        sa.CheckConstraint("type IN ('mesh', 'sfu')", name=op.f("ck_conference_type")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conference")),
    )
    op.create_index(
        op.f("ix_conference_expires_at"),
        "conference",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("created_at", _moment(), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("type IN ('internal', 'guest')", name=op.f("ck_user_account_type")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("email_key", name=op.f("uq_user_account_email_key")),
    )
    op.create_table(
        "user_token",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", _moment(), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", _moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_user_token_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_user_token")),
    )
    op.create_index(op.f("ix_user_token_expires_at"), "user_token", ["expires_at"], unique=False)
    op.create_index(op.f("ix_user_token_user_id"), "user_token", ["user_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_user_token_user_id"), table_name="user_token")
    op.drop_index(op.f("ix_user_token_expires_at"), table_name="user_token")
    op.drop_table("user_token")
    op.drop_table("user_account")
    op.drop_index(
        op.f("ix_conference_expires_at"),
        table_name="conference",
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )
    op.drop_table("conference")
    op.drop_table("api_key")
