"""`enfilade health`.

A container asks every few seconds, so nothing of the server is loaded: its settings alone take five times as long.
"""

import json
import os
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address
from typing import Any, Final, NoReturn

import click
from dotenv import dotenv_values

DEFAULTS: Final = {"ENFILADE_HOST": "127.0.0.1", "ENFILADE_PORT": "10000"}
_SECONDS = 5  # the server waits two for what it stands on


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
def health(*, as_json: bool) -> None:
    """Ask the server on HOST and PORT how it is. Exit status 1 when it cannot serve."""
    host, port = _address()
    body = _body(host, port)
    try:
        status, parts = _read(json.loads(body))
    except (ValueError, KeyError, TypeError):
        _refuse(f"what answers on {host}:{port} is no Enfilade")
    click.echo(body if as_json else "\n".join(f"{name}: {state}" for name, state in [("status", status), *parts]))
    if status == "error":
        away = ", ".join(name for name, state in parts if state != "ok")
        raise click.ClickException(f"the server cannot serve: no answer from {away}; its log says why")


def _address() -> tuple[str, int]:
    given = dict(DEFAULTS)
    try:
        for place in (dotenv_values(".env"), os.environ):
            given |= {name.upper(): value for name, value in place.items() if value}
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f".env cannot be read: {error}") from None
    host, port = (given[name] for name in DEFAULTS)
    if not (port.isascii() and port.isdecimal() and 1 <= int(port) <= 65535):
        raise click.ClickException("ENFILADE_PORT: must be a number from 1 to 65535")
    return _reachable(host), int(port)


def _reachable(host: str) -> str:
    """Return the address at which a server can be asked that listens on this one."""
    try:
        address = ip_address(host)
    except ValueError:  # a name
        return host
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "::1"
    return host


def _body(host: str, port: int) -> str:
    try:
        with closing(HTTPConnection(host, port, timeout=_SECONDS)) as connection:
            connection.request("GET", "/health", headers={"Connection": "close"})
            return connection.getresponse().read().decode()
    except TimeoutError:
        _refuse(f"no answer from {host}:{port} for {_SECONDS} seconds")
    except (OSError, HTTPException, UnicodeError) as error:
        _refuse(f"no answer from {host}:{port} ({getattr(error, 'strerror', None) or type(error).__name__})")


def _read(told: Any) -> tuple[str, list[tuple[str, str]]]:
    if told["status"] not in {"ok", "warn", "error"}:
        raise ValueError
    return told["status"], [(part["name"], "ok" if part["isHealthy"] else "away") for part in told["dependencies"]]


def _refuse(why: str) -> NoReturn:
    raise click.ClickException(f"{why}: start the server, or set ENFILADE_HOST and ENFILADE_PORT to where it is")
