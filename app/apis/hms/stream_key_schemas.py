"""Keys of streams into rooms, as `/v2` shows them."""

from typing import Self

from pydantic import Field

from app.apis.hms.lists import Listed, Page
from app.apis.hms.spellings import ShownId, ShownTime
from app.domain import stream_keys
from app.domain.deployments import Deployment
from app.domain.errors import SecretKeyMismatch
from app.domain.secrets import SecretKey


class StreamKey(Listed):
    """A key by which to stream into a room; `url` is empty, since there is no media engine to stream to."""

    url: str = Field(examples=[""])
    key: str = Field(repr=False, examples=["Dnyg2W3DURQm0SZBvZPSpuxdBZxpSpcpSBJzGBgwf4k"])
    room_id: ShownId
    customer_id: ShownId
    app_id: ShownId
    enabled: bool
    created_at: ShownTime
    updated_at: ShownTime

    @classmethod
    def of(cls, key: stream_keys.StreamKey, deployment: Deployment, secret_key: SecretKey) -> Self:
        """Return the key as this account's."""
        return cls(
            id=key.id,
            url="",
            key=_opened(key.sealed_key, secret_key),
            room_id=key.conference_id,
            customer_id=deployment.customer_id,
            app_id=deployment.app_id,
            enabled=key.enabled,
            created_at=key.created_at,
            updated_at=key.modified_at,
        )


def _opened(sealed: bytes, secret_key: SecretKey) -> str:
    """Return the key; nothing where SECRET_KEY has changed, so that a list with such a key can still be read."""
    try:
        return secret_key.unseal(sealed)
    except SecretKeyMismatch:
        return ""


class StreamKeyPage(Page[StreamKey]):
    """A page of keys."""
