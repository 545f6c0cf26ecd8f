"""An ordinary conference takes 2,500 participants at most: judged by the database, whatever an update has changed."""

from alembic import op

revision = "2026_11_22_size_of_its_kind"
down_revision = "2026_11_22_rooms_of_v2"
branch_labels = None
depends_on = None

_NAME = "ck_conference_size_of_its_kind"


def upgrade() -> None:
    op.create_check_constraint(op.f(_NAME), "conference", "large_room OR size <= 2500")


def downgrade() -> None:
    op.drop_constraint(op.f(_NAME), "conference", type_="check")
