"""Previews: the cache of those that were made."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_23_previews"
down_revision = "2026_11_22_the_files"
branch_labels = None
depends_on = None


def _moment() -> postgresql.TIMESTAMP:
    return postgresql.TIMESTAMP(timezone=True, precision=3)


def upgrade() -> None:
    op.create_table(
        "preview",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("blob_id", sa.Uuid(), nullable=False),
        sa.Column("specification", sa.Text(collation="C"), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("used_at", _moment(), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["blob_id"], ["blob.id"], name=op.f("fk_preview_blob_id_blob"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preview")),
        sa.UniqueConstraint("blob_id", "specification", name=op.f("uq_preview_blob_id_specification")),
    )
    op.create_index(op.f("ix_preview_used_at"), "preview", ["used_at"], unique=False)


def downgrade() -> None:
    op.drop_table("preview")
