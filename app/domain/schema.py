"""The tables. `docs/data-model.md` says what each is for and what is still to come."""

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKey,
    FromClause,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    or_,
    select,
    text,
)

from app.domain.columns import made_and_modified, moment, of_picture, picture

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

LARGEST_ORDINARY_SIZE = 2500
"""More participants go into a large room only."""

deployment = Table(
    "deployment",
    metadata,
    Column("id", SmallInteger, primary_key=True, server_default=text("1")),
    Column("customer_id", Uuid, nullable=False),
    Column("app_id", Uuid, nullable=False),
    Column("sealed_webhook", LargeBinary),
    *made_and_modified(),
    CheckConstraint("id = 1", "single"),
)

template = Table(
    "template",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text(collation="C"), nullable=False, unique=True),
    Column("is_default", Boolean, nullable=False, server_default=text("false")),
    Column("region", Text, nullable=False),
    Column("recording", JSON),
    Column("sealed_recording", LargeBinary),
    Column("settings", JSON, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("destinations", JSON, nullable=False, server_default=text("'{}'")),
    Column("recordings", JSON, nullable=False, server_default=text("'[]'")),
    Column("plugins", JSON),
    *made_and_modified(),
    CheckConstraint("region IN ('auto', 'eu', 'in', 'us')", "region"),
    Index("uq_template_is_default", "is_default", unique=True, postgresql_where=text("is_default")),
)

conference = Table(
    "conference",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("opened_by", Text, nullable=False),
    Column("name", Text),
    Column("name_key", Text(collation="C")),
    Column("description", Text),
    Column("enabled", Boolean, nullable=False, server_default=text("true")),
    Column("type", Text, nullable=False),
    Column("auto_upgrade_participant_count", Integer),
    Column("max_participants", Integer, nullable=False),
    Column("token_ttl_seconds", Integer, nullable=False),
    Column("room_ttl_seconds", Integer, nullable=False),
    Column("endpoint_ttl_seconds", Integer, nullable=False),
    Column("template_id", Uuid, ForeignKey("template.id"), nullable=False),
    Column("region", Text),
    Column("large_room", Boolean, nullable=False, server_default=text("false")),
    Column("size", Integer),
    Column("max_duration_seconds", Integer),
    Column("recording", JSON),
    Column("sealed_recording", LargeBinary),
    Column("sealed_webhook", LargeBinary),
    Column("poll_ids", ARRAY(Uuid)),
    Column("room_id", Uuid, ForeignKey("room.id", ondelete="CASCADE")),
    Column("meeting_type", Text),
    Column("meeting_expires_at", moment()),
    Column("started_at", moment()),
    Column("started_by", Uuid),
    Column("expires_at", moment()),
    *made_and_modified(),
    CheckConstraint("opened_by IN ('chats', 'hms', 'vcs')", "opened_by"),
    CheckConstraint("type IN ('mesh', 'sfu')", "type"),
    CheckConstraint("region IN ('eu', 'in', 'us')", "region"),
    CheckConstraint("meeting_type IN ('permanent', 'scheduled')", "meeting_type"),
    CheckConstraint(
        "(opened_by = 'chats') = (room_id IS NOT NULL) AND (opened_by = 'chats') = (meeting_type IS NOT NULL)",
        "meeting",
    ),
    CheckConstraint(f"large_room OR size <= {LARGEST_ORDINARY_SIZE}", "size_of_its_kind"),
    Index("uq_conference_room_id", "room_id", unique=True, postgresql_where=text("room_id IS NOT NULL")),
    Index("uq_conference_name_key", "name_key", unique=True, postgresql_where=text("name_key IS NOT NULL")),
    Index(None, "expires_at", postgresql_where=text("expires_at IS NOT NULL")),
    Index(None, "started_at", postgresql_where=text("started_at IS NOT NULL")),
    Index(None, "enabled", "id"),
    Index(None, "template_id", "id"),
)

alive = or_(conference.c.expires_at.is_(None), conference.c.expires_at > func.now())
"""A conference whose time is over is gone for every statement, swept or not."""

room_code = Table(
    "room_code",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("code", Text(collation="C"), nullable=False, unique=True),
    Column("conference_id", Uuid, ForeignKey("conference.id", ondelete="CASCADE"), nullable=False),
    Column("role", Text, nullable=False),
    Column("enabled", Boolean, nullable=False, server_default=text("true")),
    *made_and_modified(),
    Index(None, "conference_id", "id"),
)

stream_key = Table(
    "stream_key",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("conference_id", Uuid, ForeignKey("conference.id", ondelete="CASCADE"), nullable=False),
    Column("key_hash", LargeBinary, nullable=False, unique=True),
    Column("sealed_key", LargeBinary, nullable=False),
    Column("enabled", Boolean, nullable=False, server_default=text("true")),
    *made_and_modified(),
    Index("uq_stream_key_conference_id", "conference_id", unique=True, postgresql_where=text("enabled")),
    Index(None, "conference_id", "id"),
)

poll = Table(
    "poll",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("title", Text, nullable=False),
    Column("duration", Integer, nullable=False),
    Column("anonymous", Boolean, nullable=False),
    Column("mode", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("start", Text, nullable=False),
    Column("questions", JSON, nullable=False),
    *made_and_modified(),
    CheckConstraint("mode IN ('peerid', 'userid')", "mode"),
    CheckConstraint("type IN ('poll', 'quiz')", "type"),
    CheckConstraint("start IN ('auto', 'manual')", "start"),
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("api", Text, nullable=False),
    Column("secret_hash", LargeBinary, unique=True),
    Column("sealed_secret", LargeBinary),
    Column("demo", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", moment(), nullable=False, server_default=func.now()),
    Column("last_used_at", moment()),
    CheckConstraint("api IN ('hms', 'vcs')", "api"),
    CheckConstraint(
        "(api = 'vcs') = (secret_hash IS NOT NULL) AND (api = 'hms') = (sealed_secret IS NOT NULL)", "secret"
    ),
)

user_account = Table(
    "user_account",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("email", Text, nullable=False),
    Column("email_key", Text(collation="C"), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    *picture(),
    Column("created_at", moment(), nullable=False, server_default=func.now()),
    CheckConstraint("type IN ('internal', 'guest')", "type"),
    *of_picture(),
)

user_token = Table(
    "user_token",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("user_id", Uuid, ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("demo", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", moment(), nullable=False, server_default=func.now()),
    Column("expires_at", moment(), nullable=False, index=True),
)

room = Table(
    "room",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("type", Text, nullable=False),
    Column("name", Text),
    Column("description", Text),
    Column("parent_id", Uuid, ForeignKey("room.id", ondelete="CASCADE")),
    Column("rank", Integer),
    Column("pair_low", Uuid),
    Column("pair_high", Uuid),
    *picture(),
    *made_and_modified(),
    CheckConstraint("type IN ('channel', 'group', 'one_to_one', 'temporary', 'workspace')", "type"),
    CheckConstraint(
        "(type = 'channel') = (parent_id IS NOT NULL) AND (type = 'channel') = (rank IS NOT NULL)", "channel"
    ),
    CheckConstraint(
        "(type = 'one_to_one') = (pair_low IS NOT NULL) AND (type = 'one_to_one') = (pair_high IS NOT NULL)"
        " AND pair_low < pair_high",
        "pair",
    ),
    *of_picture(),
    Index(
        "uq_room_pair_low_pair_high",
        "pair_low",
        "pair_high",
        unique=True,
        postgresql_where=text("pair_low IS NOT NULL"),
    ),
    Index("uq_room_parent_id_rank", "parent_id", "rank", unique=True, postgresql_where=text("parent_id IS NOT NULL")),
)

member = Table(
    "member",
    metadata,
    Column("room_id", Uuid, ForeignKey("room.id", ondelete="CASCADE")),
    Column("user_id", Uuid, ForeignKey("user_account.id", ondelete="CASCADE")),
    Column("owner", Boolean, nullable=False, server_default=text("false")),
    Column("rank", Integer),
    Column("position", BigInteger, Identity(always=True)),
    # With all that a list of members shows, so that it is read from the index alone.
    PrimaryKeyConstraint("room_id", "user_id", postgresql_include=["owner", "position"]),
    Index(None, "user_id", "room_id"),
    Index("uq_member_user_id_rank", "user_id", "rank", unique=True, postgresql_where=text("rank IS NOT NULL")),
)

room_setting = Table(
    "room_setting",
    metadata,
    Column("room_id", Uuid, ForeignKey("room.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", Uuid, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
    Column("muted", Boolean, nullable=False, server_default=text("false")),
    Column("cleared_at", moment()),
    Index(None, "user_id", "room_id"),
)

blob = Table(
    "blob",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("mime_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("created_at", moment(), nullable=False, server_default=func.now()),
)

stray_blob = Table(
    "stray_blob",
    metadata,
    Column("blob_id", Uuid, primary_key=True),
    Column("due_at", moment(), nullable=False, index=True),
    Column("given_up", Boolean, nullable=False, server_default=text("false")),
)

preview = Table(
    "preview",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("blob_id", Uuid, ForeignKey("blob.id", ondelete="CASCADE"), nullable=False),
    Column("specification", Text(collation="C"), nullable=False),
    Column("size", BigInteger),
    Column("used_at", moment(), nullable=False, server_default=func.now(), index=True),
    UniqueConstraint("blob_id", "specification"),
)

attachment = Table(
    "attachment",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("room_id", Uuid, ForeignKey("room.id", ondelete="CASCADE"), nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("blob_id", Uuid, ForeignKey("blob.id"), nullable=False, index=True),
    Column("area", Text),
    Column("created_at", moment(), nullable=False, server_default=func.now()),
    Index(None, "room_id", "created_at", "id"),
)

message = Table(
    "message",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("room_id", Uuid, ForeignKey("room.id", ondelete="CASCADE"), nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("stanza_id", Text),
    Column("reply_id", Text),
    Column("body", Text),
    Column("attachment_id", Uuid, ForeignKey("attachment.id", ondelete="SET NULL")),
    Column("original", Text),
    Column("original_sent_at", moment()),
    Column("forward_count", Integer),
    Column("created_at", moment(), nullable=False, server_default=func.now()),
    Index(None, "room_id", "id"),
    Index(None, "attachment_id", postgresql_where=text("attachment_id IS NOT NULL")),
)

server_process = Table(
    "server_process",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("seen_at", moment(), nullable=False, server_default=func.now()),
)

connection = Table(
    "connection",
    metadata,
    Column("queue_id", Uuid, primary_key=True),
    Column("user_id", Uuid, ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("process_id", Uuid, ForeignKey("server_process.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", moment(), nullable=False, server_default=func.now()),
)

# What is over stays when the conference goes: its id is no reference.
session = Table(
    "session",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("conference_id", Uuid, nullable=False),
    *made_and_modified(),
    Column("ended_at", moment()),
    Index("uq_session_conference_id", "conference_id", unique=True, postgresql_where=text("ended_at IS NULL")),
    Index(None, "conference_id", "id"),
    Index(None, "id", postgresql_where=text("ended_at IS NULL")),
)

peer = Table(
    "peer",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("session_id", Uuid, ForeignKey("session.id", ondelete="CASCADE"), nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("queue_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("metadata", Text, nullable=False, server_default=text("''")),
    Column("audio_enabled", Boolean, nullable=False, server_default=text("false")),
    Column("video_enabled", Boolean, nullable=False, server_default=text("false")),
    Column("screen_enabled", Boolean, nullable=False, server_default=text("false")),
    Column("joined_at", moment(), nullable=False, server_default=func.now()),
    Column("left_at", moment()),
    Index("uq_peer_session_id_user_id", "session_id", "user_id", unique=True, postgresql_where=text("left_at IS NULL")),
    Index(None, "session_id", "id"),
    Index(None, "queue_id", postgresql_where=text("left_at IS NULL")),
)

event = Table(
    "event",
    metadata,
    Column("number", BigInteger, Identity(always=True), primary_key=True),
    Column("type", Text, nullable=False),
    Column("audience", ARRAY(Uuid), nullable=False),
    Column("queue_id", Uuid),
    Column("body", JSON, nullable=False),
    # Not now(): a transaction may have waited for others, whose events come first.
    Column("created_at", moment(), nullable=False, server_default=func.clock_timestamp()),
)

# What they speak of may be gone: they have plain ids.
analytics_event = Table(
    "analytics_event",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("conference_id", Uuid),
    Column("session_id", Uuid),
    Column("peer_id", Uuid),
    Column("user_id", Uuid),
    Column("type", Text, nullable=False),
    Column("data", JSON, nullable=False),
    Column("created_at", moment(), nullable=False),
    Index(None, "conference_id", "id"),
)

webhook_replay = Table(
    "webhook_replay",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("asked", Text(collation="C"), nullable=False),
    Column("filters", JSON, nullable=False),
    Column("created_at", moment(), nullable=False, server_default=func.now()),
    Index(None, "asked", "id"),
)

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", BigInteger, Identity(always=True), nullable=False),
    Column("group_id", Uuid, nullable=False),
    Column(
        "analytics_event_id", Uuid, ForeignKey("analytics_event.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("replay_id", Uuid, ForeignKey("webhook_replay.id", ondelete="CASCADE")),
    Column("sealed_target", LargeBinary),
    Column("status", Text, nullable=False, server_default=text("'pending'")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("response_status", Integer),
    Column("error", Text),
    Column("created_at", moment(), nullable=False),
    Column("finished_at", moment()),
    CheckConstraint("status IN ('failed', 'pending', 'success')", "status"),
    CheckConstraint("(status = 'pending') = (finished_at IS NULL)", "finished"),
    Index(None, "group_id", "number", postgresql_where=text("status = 'pending'")),
    Index(None, "group_id", "id"),
    Index(None, "replay_id", postgresql_where=text("replay_id IS NOT NULL")),
)

webhook_queue = Table(
    "webhook_queue",
    metadata,
    Column("group_id", Uuid, primary_key=True),
    Column("sealed_target", LargeBinary),
    Column("due_at", moment(), nullable=False, server_default=func.now(), index=True),
    Column("generation", BigInteger, nullable=False, server_default=text("1")),
)


def name_of(source: FromClause) -> ColumnElement[str | None]:
    """Return its name; a meeting without one of its own has its chat room's."""
    of_room = select(func.nullif(room.c.name, "")).where(room.c.id == source.c.room_id).correlate(source)
    return func.coalesce(source.c.name, of_room.scalar_subquery(), type_=Text)
