"""Where a URL leads, read by the same rules by which it was judged when it was set."""

import base64
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import unquote_to_bytes, urljoin

import httpcore
from pydantic import AnyHttpUrl, ValidationError

from app.adapters.webhooks.errors import Undelivered

_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Destination:
    """An http or https URL in its parts; `host` is a name in ASCII or an address in its usual spelling."""

    scheme: str
    host: str
    port: int
    path: str = field(repr=False)
    """With the query."""
    authorization: str | None = field(repr=False)
    """What user and password of the URL are as a header field."""

    @classmethod
    def of(cls, url: str) -> Self:
        """Raise Undelivered when it is none."""
        try:
            parts = AnyHttpUrl(url)
        except ValidationError:
            raise Undelivered("its URL is no http or https URL") from None
        if not parts.host or not parts.port:
            raise Undelivered("its URL has no host, or port 0")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query is not None else "")
        authorization = _basic(parts.username or "", parts.password or "")
        return cls(parts.scheme, parts.host.strip("[]"), parts.port, path, authorization)

    def redirected(self, location: str) -> Self:
        """Return where a redirect leads. Raises Undelivered."""
        try:
            redirected = self.of(urljoin(f"{self.origin}{self.path}", location))
        except (Undelivered, ValueError):
            raise Undelivered("redirected to what is no http or https URL") from None
        if self.scheme == "https" and redirected.scheme == "http":
            raise Undelivered("redirected from https to http, where others could read it")
        return redirected

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self._bracketed_host}:{self.port}"

    @property
    def host_field(self) -> str:
        """What the header field Host says."""
        return self._bracketed_host if self.port == _PORTS[self.scheme] else f"{self._bracketed_host}:{self.port}"

    @property
    def url(self) -> httpcore.URL:
        return httpcore.URL(scheme=self.scheme, host=self.host, port=self.port, target=self.path)

    @property
    def _bracketed_host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def _basic(user: str, password: str) -> str | None:
    if not user and not password:
        return None
    pair = unquote_to_bytes(user) + b":" + unquote_to_bytes(password)
    return f"Basic {base64.b64encode(pair).decode()}"
