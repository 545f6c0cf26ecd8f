"""Events: what changed, for those who hear of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_23_the_events"
down_revision = "2026_11_23_previews"
branch_labels = None
depends_on = None
# It works as before, and records nothing: nobody hears of what is changed through it.
oldest_program = "2026_11_23_previews"


def upgrade() -> None:
    op.create_table(
        "event",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("audience", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True, precision=3),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_event")),
    )
    # A large room's is not packed: that would take eighteen times as long as to write it, while others wait.
    op.execute("ALTER TABLE event ALTER COLUMN audience SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.drop_table("event")
