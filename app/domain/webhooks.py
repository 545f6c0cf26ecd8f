"""Webhooks: where it is told what has happened, for a conference or, where it has none, for the workspace."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import urlsplit

import sqlalchemy as sa

from app.domain.database import Statement, Transaction, value
from app.domain.errors import WebhookNotFound
from app.domain.schema import deployment
from app.domain.secrets import SecretKey

# One character, then any: two runs of the same characters would be tried in every way there is. No backslash: readers
# of URLs do not agree on what it is.
HTTP_URL: Final = r"[hH][tT][tT][pP][sS]?://[^\s\x00\\/?#][^\s\x00\\]*"
"""A pattern of absolute URLs with a host, which may still be none of HTTP: whoever reads one knows."""

HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HEADER_VALUE: Final = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")

NO_URL: Final = "the URL must be an http or https URL with a host"
"""What is said of one that is none."""

_LONGEST_URL: Final = 2048
_MOST_BYTES: Final = 16 * 1024
_SHOWN: Final = re.compile(r"([^:/?#]*://)(?:[^/?#]*@)?([^?#]*)")


@dataclass(frozen=True, slots=True)
class Target:
    """Where to, and with what header fields. Both hold secrets, so its `repr` shows neither."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of_json(cls, text: str) -> Self:
        """Return the target of a document as it is stored: other members of it are for whoever wrote it."""
        document = json.loads(text)
        return cls(document["url"], document.get("headers", {}))

    @property
    def json_text(self) -> str:
        """As it is stored, once sealed."""
        return json.dumps({"url": self.url, "headers": dict(self.headers)}, ensure_ascii=False)

    @property
    def shown_url(self) -> str:
        """The URL for everybody: without user, password, query and fragment."""
        shown = _SHOWN.match(self.url)
        return "".join(shown.groups()) if shown else ""


def fault(target: Target) -> str | None:
    """Return why an operator's target is none, in words that show nothing of it; None for one that can be."""
    if len(target.url) > _LONGEST_URL:
        return f"the URL must have at most {_LONGEST_URL:,} characters"
    if not _is_http(target.url):
        return NO_URL
    if not all(_is_field(name, value) for name, value in target.headers.items()):
        return "the header fields must be such as HTTP can carry"
    if len({name.lower() for name in target.headers}) < len(target.headers):
        return "each header field must be named once"
    if sum(len(name) + len(value.encode()) for name, value in target.headers.items()) > _MOST_BYTES:
        return "the header fields must not be larger than 16 KiB"
    return None


def _is_http(url: str) -> bool:
    if not re.fullmatch(HTTP_URL, url) or not url.isprintable():
        return False
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets, or a port, that cannot be
        return False


def _is_field(name: str, value: str) -> bool:
    return bool(HEADER_NAME.fullmatch(name) and HEADER_VALUE.fullmatch(value)) and _can_be_stored(value)


def _can_be_stored(text: str) -> bool:
    """Return whether it is Unicode: what was typed as other bytes is not."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


_GET = Statement(sa.select(deployment.c.sealed_webhook), value)
_SET = Statement(
    sa.update(deployment)
    .values(
        sealed_webhook=sa.bindparam("sealed"), modified_at=sa.func.greatest(sa.func.now(), deployment.c.modified_at)
    )
    .returning(deployment.c.id),
    value,
)
_CLEAR = Statement(
    sa.update(deployment)
    .where(deployment.c.sealed_webhook.is_not(None))
    .values(sealed_webhook=None, modified_at=sa.func.greatest(sa.func.now(), deployment.c.modified_at))
    .returning(deployment.c.id),
    value,
)


async def get(transaction: Transaction, secret_key: SecretKey) -> Target:
    """Return the workspace's webhook. Raises WebhookNotFound, SecretKeyMismatch."""
    return Target.of_json(secret_key.unseal(await transaction.one(_GET, WebhookNotFound)))


async def put(transaction: Transaction, secret_key: SecretKey, target: Target) -> None:
    """Give the workspace this webhook, which is kept sealed, in the place of what it had."""
    await transaction.one(_SET, sealed=secret_key.seal(target.json_text))


async def clear(transaction: Transaction) -> None:
    """Take the workspace's webhook away. Raises WebhookNotFound."""
    await transaction.one(_CLEAR, WebhookNotFound)
