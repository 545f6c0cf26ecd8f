"""Every setting, once: environment variables with the prefix ENFILADE_, or the same names in `.env`."""

import difflib
import json
import os
import re
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from uuid import UUID

from dotenv.parser import parse_stream
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.domain import ids
from app.domain.conferences import Limits
from app.domain.deployments import Deployment

PREFIX = "ENFILADE_"
_ENV_FILE = ".env"
_FOLDER_URL = re.compile("file://(?:localhost)?/[^?#]+")
_BUCKET_URL = re.compile("s3://[a-zA-Z0-9._-]+(?:/[^?#]*)?")
_EMBEDDED_CONNECTIONS = 90  # of its 100; the rest is for commands and for Postgres itself


class SettingsError(Exception):
    """A setting that is misspelt or cannot be, in one line that names it; never shows a secret."""


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _keys(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            raise ValueError('must be keys separated by commas, or a JSON list: ["…", "…"]') from None
    own = info.data.get("secret_key")
    if isinstance(value, str) and own and "," in own.get_secret_value():  # the next change would have it here, in two
        raise ValueError(f'must be a JSON list, ["…", "…"], when {PREFIX}SECRET_KEY has a comma')
    return _split(value)


def _postgres_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        understood = parts.scheme in {"postgres", "postgresql"} and (parts.port or True)
    except ValueError:
        understood = False
    if not understood:  # no word of what was found: it may be the password
        raise ValueError("must be like postgresql://user:password@host/database, user and password percent-encoded")
    return value


def _secret(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().strip():
        raise ValueError("must not be blank")
    return value


def _origin(value: str) -> str:
    parts = urlsplit(value)
    if value != "*" and (not parts.netloc or f"{parts.scheme}://{parts.netloc}" != value):
        raise ValueError("must be * or origins such as https://example.org, separated by commas")
    return value


def _network(value: str) -> str:
    return value if value == "*" else str(ip_network(value))


def _object_id(value: str) -> UUID:
    id = ids.from_hex(value)
    if id is None:
        raise ValueError("must be 24 hex digits")
    return id


def _blobs_url(value: str) -> str:
    is_folder = value.strip() != "" and "://" not in value and not value.startswith(("file:", "s3:"))
    if not is_folder and not _FOLDER_URL.fullmatch(value) and not _BUCKET_URL.fullmatch(value):
        raise ValueError("must be a folder or s3://bucket/prefix")
    return value


Count = Annotated[int, Field(ge=1, le=2**31 - 1)]
Seconds = Count
Minutes = Annotated[int, Field(ge=0, le=2**31 - 1)]
Port = Annotated[int, Field(ge=1, le=65535)]
ObjectId = Annotated[UUID, BeforeValidator(_object_id)]
PostgresUrl = Annotated[SecretStr, BeforeValidator(_postgres_url)]
Key = Annotated[SecretStr, AfterValidator(_secret)]
Keys = Annotated[tuple[Key, ...], NoDecode, BeforeValidator(_keys)]
Origins = Annotated[tuple[Annotated[str, BeforeValidator(_origin)], ...], NoDecode, BeforeValidator(_split)]
Networks = Annotated[tuple[Annotated[str, BeforeValidator(_network)], ...], NoDecode, BeforeValidator(_split)]


class VcsSettings(BaseModel):
    """`/api/realtime`: what a room gets when it is opened."""

    model_config = ConfigDict(frozen=True)

    max_participants: Count = 10
    room_ttl_seconds: Seconds = 86_400
    room_token_ttl_seconds: Seconds = 86_400
    endpoint_ttl_seconds: Seconds = 86_400

    @property
    def limits(self) -> Limits:
        """What a conference is opened with."""
        return Limits(
            max_participants=self.max_participants,
            token_ttl_seconds=self.room_token_ttl_seconds,
            room_ttl_seconds=self.room_ttl_seconds,
            endpoint_ttl_seconds=self.endpoint_ttl_seconds,
        )


class HmsSettings(BaseModel):
    """`/v2`: the one account that this deployment is."""

    model_config = ConfigDict(frozen=True)

    customer_id: ObjectId | None = None
    app_id: ObjectId | None = None

    def over(self, made: Deployment) -> Deployment:
        """Return the account that was made once, as far as the settings do not say it otherwise."""
        return replace(made, **self.model_dump(exclude_none=True))


class ChatsSettings(BaseModel):
    """The chats: their limits, and the capabilities that clients are told of."""

    model_config = ConfigDict(frozen=True)

    developer_mode: bool = False
    can_video_call: bool = True
    can_video_call_record: bool = True
    can_use_virtual_background: bool = True
    can_see_message_reads: bool = True
    can_see_users_presence: bool = True
    edit_message_time_limit_in_minutes: Minutes = 10
    delete_message_time_limit_in_minutes: Minutes = 10
    max_group_members: Annotated[Count, Field(ge=2)] = 128
    max_room_image_size_in_kb: Count = 512
    max_user_image_size_in_kb: Count = 512
    max_attachment_size_in_kb: Count = 100 * 1024

    @property
    def max_attachment_bytes(self) -> int:
        """The same in bytes, as files are counted."""
        return self.max_attachment_size_in_kb * 1024


class PreviewsSettings(BaseModel):
    """What makes previews, in each process of the server."""

    model_config = ConfigDict(frozen=True)

    workers: Annotated[int, Field(ge=1, le=64)] = 2
    seconds: Annotated[int, Field(ge=1, le=600)] = 20
    memory_in_mb: Annotated[int, Field(ge=128, le=2**20)] = 1024
    cache_in_mb: Count = 1024


class Settings(BaseSettings):
    """The whole list; the README's table says what each is for."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_file=_ENV_FILE,
        env_ignore_empty=True,
        extra="ignore",  # `.env` holds other programs' names too; ours are checked by `load`
        frozen=True,
    )

    host: str = "127.0.0.1"
    port: Port = 10_000
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    data_dir: Path = Path("data")
    database_url: PostgresUrl | None = None
    direct_database_url: PostgresUrl | None = None
    postgres_bin: Path | None = None
    pool_size: Annotated[int, Field(ge=1, le=1000)] = 10
    blobs_url: Annotated[str, BeforeValidator(_blobs_url)] | None = None
    secret_key: Key | None = None
    secret_key_fallbacks: Keys = ()  # after SECRET_KEY, with which it is judged
    log_format: Literal["text", "json"] = "text"
    cors_origins: Origins = ()
    token_lifetime_seconds: Seconds = 30 * 86_400
    trusted_proxies: Networks = ()
    shutdown_seconds: Seconds = 10
    drain_seconds: Annotated[int, Field(ge=0, le=3600)] = 0
    max_connections: Annotated[int, Field(ge=10, le=2**20)] = 4096
    max_failed_credentials: Annotated[int, Field(ge=0, le=2**31 - 1)] = 600
    metrics_port: Port | None = None
    webhook_private_networks: Networks = ()
    vcs: VcsSettings = VcsSettings()
    hms: HmsSettings = HmsSettings()
    chats: ChatsSettings = ChatsSettings()
    previews: PreviewsSettings = PreviewsSettings()

    @model_validator(mode="after")
    def _what_comes_with_a_database_is_there(self) -> Self:
        if self.database_url and not self.secret_key:
            raise SettingsError(f"{PREFIX}SECRET_KEY is required with {PREFIX}DATABASE_URL")
        if self.direct_database_url and not self.database_url:
            raise SettingsError(f"{PREFIX}DIRECT_DATABASE_URL goes with {PREFIX}DATABASE_URL: set that too")
        return self

    @model_validator(mode="after")
    def _embedded_postgres_has_room_for_every_pool(self) -> Self:
        if not self.database_url and self.workers * (self.pool_size + 1) > _EMBEDDED_CONNECTIONS:
            raise SettingsError(
                f"{PREFIX}WORKERS times ({PREFIX}POOL_SIZE + 1) is more than the {_EMBEDDED_CONNECTIONS} connections"
                f" that the embedded Postgres has for them: lower one, or set {PREFIX}DATABASE_URL"
            )
        return self


def load() -> Settings:
    """Return the settings of environment and `.env`, or raise SettingsError."""
    try:
        _refuse_unknown({*os.environ, *_in_env_file()})
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{_ENV_FILE} cannot be read: {error}") from None
    except ValidationError as error:
        first: Any = error.errors(include_url=False, include_input=False)[0]
        raise SettingsError(f"{_name(first['loc'])}: {first['msg'].removeprefix('Value error, ')}") from None


def aws() -> dict[str, str]:
    """Return the variables of environment and `.env` by which clients of S3 know where and who they are."""
    named = {**_in_env_file(), **os.environ}
    return {name: value for name, value in named.items() if name.startswith("AWS_") and value}


def _in_env_file() -> dict[str, str]:
    if not Path(_ENV_FILE).is_file():
        return {}
    with Path(_ENV_FILE).open(encoding="utf-8") as file:
        lines = list(parse_stream(file))
    for line in lines:
        if line.error or (line.key and line.value is None):
            raise SettingsError(f"{_ENV_FILE}, line {line.original.line}: must be like NAME=value")
    return {line.key: line.value for line in lines if line.key and line.value is not None}


def _refuse_unknown(names: set[str]) -> None:
    for name in sorted(names):
        if name.upper().startswith(PREFIX) and name.upper() not in _NAMES:
            near = difflib.get_close_matches(name.upper(), _NAMES, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise SettingsError(f"{name} is no setting of Enfilade{hint}")


def _name(location: tuple[str | int, ...]) -> str:
    return PREFIX + "__".join(str(part) for part in location if isinstance(part, str)).upper()


def names() -> frozenset[str]:
    """Return the closed list: every environment variable that is a setting."""
    found = set()
    for name, field in Settings.model_fields.items():
        group = field.annotation
        if isinstance(group, type) and issubclass(group, BaseModel):
            found |= {_name((name, inner)) for inner in group.model_fields}
        else:
            found.add(_name((name,)))
    return frozenset(found)


_NAMES = names()
