"""Rooms of `/v2`: the deployment, templates with the default one, and what `/v2` sets of a conference."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.domain import ids

revision = "2026_11_22_rooms_of_v2"
down_revision = "2026_11_22_ground"
branch_labels = None
depends_on = None


def _moment() -> postgresql.TIMESTAMP:
    return postgresql.TIMESTAMP(timezone=True, precision=3)


def upgrade() -> None:
    _create_deployment()
    _create_template()
    _widen_conference()


def _create_deployment() -> None:
    deployment = op.create_table(
        "deployment",
        sa.Column("id", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", _moment(), server_default=sa.text("now()"), nullable=False),
        sa.Column("modified_at", _moment(), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_deployment_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployment")),
    )
    op.bulk_insert(deployment, [{"customer_id": ids.new_id(), "app_id": ids.new_id()}])


def _create_template() -> None:
    template = op.create_table(
        "template",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("recording", sa.JSON(), nullable=True),
        sa.Column("sealed_recording", sa.LargeBinary(), nullable=True),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("destinations", sa.JSON(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("recordings", sa.JSON(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("plugins", sa.JSON(), nullable=True),
        sa.Column("created_at", _moment(), server_default=sa.text("now()"), nullable=False),
        sa.Column("modified_at", _moment(), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("region IN ('auto', 'eu', 'in', 'us')", name=op.f("ck_template_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_template")),
        sa.UniqueConstraint("name", name=op.f("uq_template_name")),
    )
    op.create_index(
        "uq_template_is_default", "template", ["is_default"], unique=True, postgresql_where=sa.text("is_default")
    )
    op.bulk_insert(
        template,
        [
            {
                "id": ids.new_id(),
                "name": f"default_videoconf_{uuid4()}",
                "is_default": True,
                "region": "in",
                "settings": _SETTINGS,
                "roles": _ROLES,
            }
        ],
    )


def _role(name: str, priority: int, permissions: dict[str, bool]) -> dict[str, object]:
    """Return a role with the documented defaults (hms.md 1.3, the table of ranges)."""
    return {
        "name": name,
        "publishParams": {
            "allowed": ["audio", "video", "screen"],
            "audio": {"bitRate": 32, "codec": "opus"},
            "video": {"bitRate": 256, "codec": "vp8", "frameRate": 25, "width": 320, "height": 180},
            "screen": {"bitRate": 1024, "codec": "vp8", "frameRate": 10, "width": 1280, "height": 720},
        },
        "subscribeParams": {
            "subscribeToRoles": ["host", "guest"],
            "maxSubsBitRate": 3200,
            "subscribeDegradation": {
                "packetLossThreshold": 50,
                "degradeGracePeriodSeconds": 1,
                "recoverGracePeriodSeconds": 4,
            },
        },
        "permissions": permissions,
        "priority": priority,
        "maxPeerCount": 0,
    }


_EVERYBODY_MAY = {"browserRecording": True, "rtmpStreaming": True, "hlsStreaming": True}
_HOSTS_MAY = {"endRoom": True, "removeOthers": True, "mute": True, "unmute": True, "changeRole": True}
_ROLES = {"host": _role("host", 1, _HOSTS_MAY | _EVERYBODY_MAY), "guest": _role("guest", 2, _EVERYBODY_MAY)}
_SETTINGS = {"roomState": {"messageInterval": 5, "sendPeerList": False, "stopRoomStateOnJoin": True, "enabled": False}}


def _widen_conference() -> None:
    op.add_column("conference", sa.Column("name_key", sa.Text(collation="C"), nullable=True))
    op.add_column("conference", sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False))
    op.add_column("conference", sa.Column("template_id", sa.Uuid(), nullable=True))
    op.add_column("conference", sa.Column("region", sa.Text(), nullable=True))
    op.add_column("conference", sa.Column("large_room", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("conference", sa.Column("size", sa.Integer(), nullable=True))
    op.add_column("conference", sa.Column("max_duration_seconds", sa.Integer(), nullable=True))
    op.add_column("conference", sa.Column("recording", sa.JSON(), nullable=True))
    op.add_column("conference", sa.Column("sealed_recording", sa.LargeBinary(), nullable=True))
    op.add_column("conference", sa.Column("sealed_webhook", sa.LargeBinary(), nullable=True))
    op.add_column("conference", sa.Column("poll_ids", sa.ARRAY(sa.Uuid()), nullable=True))
    op.execute("UPDATE conference SET template_id = (SELECT id FROM template WHERE is_default)")
    # There are such only after a downgrade, which dropped their keys.
    op.execute("""UPDATE conference SET name_key = lower(name COLLATE "C") WHERE opened_by = 'hms'""")
    op.alter_column("conference", "template_id", nullable=False)
    op.create_foreign_key(op.f("fk_conference_template_id_template"), "conference", "template", ["template_id"], ["id"])
    op.create_check_constraint(op.f("ck_conference_region"), "conference", "region IN ('eu', 'in', 'us')")
    op.create_index(
        "uq_conference_name_key",
        "conference",
        ["name_key"],
        unique=True,
        postgresql_where=sa.text("name_key IS NOT NULL"),
    )
    op.create_index(op.f("ix_conference_enabled_id"), "conference", ["enabled", "id"], unique=False)
    op.create_index(op.f("ix_conference_template_id_id"), "conference", ["template_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_conference_template_id_id"), table_name="conference")
    op.drop_index(op.f("ix_conference_enabled_id"), table_name="conference")
    op.drop_index("uq_conference_name_key", table_name="conference")
    op.drop_constraint(op.f("ck_conference_region"), "conference")
    op.drop_constraint(op.f("fk_conference_template_id_template"), "conference")
    for column in (
        "poll_ids",
        "sealed_webhook",
        "sealed_recording",
        "recording",
        "max_duration_seconds",
        "size",
        "large_room",
        "region",
        "template_id",
        "enabled",
        "name_key",
    ):
        op.drop_column("conference", column)
    op.drop_table("template")
    op.drop_table("deployment")
