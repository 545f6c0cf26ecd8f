"""Whom Postgres runs as, and how a program is started in that name."""

import os
import pwd
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from app.adapters.embedded.errors import EmbeddedPostgresError

TETHER = Path(__file__).with_name("tether.py")


class Surroundings(TypedDict):
    """The part of Popen's arguments that every program of Postgres shares."""

    cwd: str
    env: dict[str, str]
    start_new_session: bool


@dataclass(frozen=True)
class Account:
    """A user that Postgres may run as: never root."""

    uid: int
    gid: int

    def command(self, program: Path, *arguments: str) -> list[str]:
        """Spell the command line that runs a program as this account while the calling thread lives."""
        who = [str(os.getpid()), str(self.uid), str(self.gid)]
        return [sys.executable, "-I", "-S", str(TETHER), *who, str(program), *arguments]


def surroundings() -> Surroundings:
    """Give a folder that every user may enter, no PG* variables, and no part in the terminal's Ctrl-C."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {"cwd": "/", "env": inherited | {"LC_ALL": "C"}, "start_new_session": True}


def account_for(data_dir: Path, cluster: Path) -> Account:
    """Choose ourselves; for root, which Postgres refuses, the owner of the data, and for new data `nobody`.

    The user of the system's own Postgres would be no better than `nobody`: that cluster and this one could
    then reach each other. A uid without a name will not do for new data: initdb looks the name up.
    """
    owner = cluster.stat().st_uid if cluster.exists() else None
    if os.geteuid() != 0:
        return _ourselves(cluster, owner)
    if owner == 0:
        raise EmbeddedPostgresError(
            f"{cluster} belongs to root, as whom Postgres never runs: give it back with"
            f" `chown -R nobody {cluster}`, or set ENFILADE_DATA_DIR to another folder"
        )
    return _named(data_dir.stat().st_uid) if owner is None else _numbered(owner)


def _ourselves(cluster: Path, owner: int | None) -> Account:
    ours = os.geteuid()
    if owner not in (None, ours):
        raise EmbeddedPostgresError(
            f"{cluster} belongs to uid {owner} and this is uid {ours}: start as root or as that user,"
            " or set ENFILADE_DATA_DIR to another folder"
        )
    if owner is None and ours not in {entry.pw_uid for entry in pwd.getpwall()}:
        raise EmbeddedPostgresError(
            f"uid {ours} has no name on this machine, and without one Postgres makes no database:"
            " start as a user with a name, or set ENFILADE_DATABASE_URL"
        )
    return Account(ours, os.getegid())


def _named(uid: int) -> Account:
    known = {entry.pw_uid for entry in pwd.getpwall()}
    entry = pwd.getpwuid(uid) if uid != 0 and uid in known else pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def _numbered(uid: int) -> Account:
    try:
        return Account(uid, pwd.getpwuid(uid).pw_gid)
    except KeyError:
        return Account(uid, uid)
