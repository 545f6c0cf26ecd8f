"""Somebody who watches a conference through `/v2`: its room, its sessions, who is in it, each time by whole answers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from people import Person
from processes import PATIENCE
from transcripts import assert_same

from app.domain import ids

Body = dict[str, Any]
_LOOK = re.compile(r"(.+?), (enabled|disabled)(?:: (.+))?")
#: RFC 3339 in UTC, to the millisecond, without zeros at its end.
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,2}[1-9])?Z")


def _recent(time: str) -> str:
    assert abs(datetime.now(UTC) - _at(time)) < timedelta(seconds=PATIENCE), time
    return time


def _at(time: str) -> datetime:
    assert _TIME.fullmatch(time), time
    return datetime.fromisoformat(time)


@dataclass
class _Peer:
    """Somebody's presence, as it was first seen; `left_at` as it was first seen to be over."""

    id: str
    person: Person
    role: str
    joined_at: str
    left_at: str | None = None

    @property
    def is_in(self) -> bool:
        return self.left_at is None

    def of_session(self, session_id: str) -> Body:
        body = {"id": self.id, "session_id": session_id, "name": self.person.name, "role": self.role}
        body |= {"user_id": self.person.id, "user": self.person.id, "joined_at": self.joined_at}
        return body | ({} if self.is_in else {"left_at": self.left_at})

    @property
    def of_active_room(self) -> Body:
        body = {"id": self.id, "name": self.person.name, "user_id": self.person.id, "metadata": "", "role": self.role}
        return body | {"joined_at": self.joined_at}


@dataclass
class _Session:
    """A session as it was first seen, but for `updated_at`, which comes later each time that something changes."""

    id: str
    created_at: str
    updated_at: str
    active: bool = True
    peers: list[_Peer] = field(default_factory=list)

    @property
    def present(self) -> list[_Peer]:
        return [peer for peer in self.peers if peer.is_in]


@dataclass
class Watcher:
    """Sees what is told by the words `<name>, enabled|disabled[: <peers>]`, or `gone`, of a transcript's line.

    The peers are those of the session that runs, who are or were in it, in the order of joining: `-ada ben` if Ada has
    left. Without any no session runs. What has no id or time that can be known is taken as it is first seen, and must
    stay like that.
    """

    client: httpx.AsyncClient
    hosts: tuple[str, ...] = ()
    room: Body = field(default_factory=dict)
    sessions: list[_Session] = field(default_factory=list)

    async def sees(self, id: str, what: str, people: Mapping[str, Person]) -> None:
        if what == "gone":
            await self._sees_sessions(id, [], people)
            await self._sees_it_gone(id)
            return
        found = _LOOK.fullmatch(what)
        assert found, what
        name, state, peers = found.groups()
        await self._sees_room(id, name, enabled=state == "enabled")
        await self._sees_sessions(id, (peers or "").split(), people)
        await (self._sees_active(id) if peers else self._sees_nobody(id))

    async def _sees_room(self, id: str, name: str, *, enabled: bool) -> None:
        read = await self.client.get(f"/v2/rooms/{id}")
        seen = read.json()
        self.room = self.room or seen
        facts = {"id": id, "name": name, "enabled": enabled, "active": enabled, "updated_at": seen["updated_at"]}
        self.room |= facts | {"key": f"{seen['customer_id']}:{name}"}
        assert_same(read, self.room)
        assert _at(seen["updated_at"]) >= _at(seen["created_at"]) == _made(id)
        assert self.room in (await self.client.get("/v2/rooms", params={"limit": 100})).json()["data"]

    async def _sees_sessions(self, id: str, peers: list[str], people: Mapping[str, Person]) -> None:
        listed = await self.client.get("/v2/sessions", params={"room_id": id})
        self._learn(listed.json()["data"], peers, people)
        every = [self._body(session) for session in reversed(self.sessions)]
        assert_same(listed, _page(every))
        for active in (True, False):
            of_these = await self.client.get("/v2/sessions", params={"room_id": id, "active": str(active).lower()})
            assert_same(of_these, _page([each for each in every if each["active"] is active]))
        for each in every[:2]:
            assert_same(await self.client.get(f"/v2/sessions/{each['id']}"), each)

    def _learn(self, seen: list[Body], peers: list[str], people: Mapping[str, Person]) -> None:
        """Take what could not be known from the newest session that is seen."""
        if peers and not (self.sessions and self.sessions[-1].active):
            self.sessions.append(_Session(seen[0]["id"], _recent(seen[0]["created_at"]), seen[0]["created_at"]))
        if not self.sessions:
            return
        session = self.sessions[-1]
        names = peers or [f"-{peer.person.name.lower()}" for peer in session.peers]
        for index, name in enumerate(names):
            self._learn_peer(session, index, name, list(seen[0]["peers"].values())[index], people)
        session.active = bool(peers)
        assert _at(_recent(seen[0]["updated_at"])) >= _at(session.updated_at)
        session.updated_at = seen[0]["updated_at"]

    def _learn_peer(self, session: _Session, index: int, name: str, seen: Body, people: Mapping[str, Person]) -> None:
        person = people[name.removeprefix("-")]
        if index == len(session.peers):
            assert str(UUID(seen["id"])) == seen["id"]
            role = "host" if person.name.lower() in self.hosts else "guest"
            session.peers.append(_Peer(seen["id"], person, role, _recent(seen["joined_at"])))
        peer = session.peers[index]
        if name.startswith("-") and peer.is_in:
            peer.left_at = _recent(seen["left_at"])
            assert _at(peer.left_at) >= _at(peer.joined_at)

    def _body(self, session: _Session) -> Body:
        account = {name: self.room[name] for name in ("customer_id", "app_id")}
        peers = {peer.id: peer.of_session(session.id) for peer in session.peers}
        body = {"id": session.id, "room_id": self.room["id"], **account, "active": session.active, "peers": peers}
        return body | {"created_at": session.created_at, "updated_at": session.updated_at}

    async def _sees_active(self, id: str) -> None:
        session = self.sessions[-1]
        expected = {name: self.room[name] for name in ("id", "name", "customer_id")}
        expected["session"] = {"id": session.id, "created_at": session.created_at}
        expected["session"] |= {"peers": [peer.id for peer in session.present]}
        assert_same(await self.client.get(f"/v2/active-rooms/{id}"), expected)
        present = {peer.id: peer.of_active_room for peer in session.present}
        assert_same(await self.client.get(f"/v2/active-rooms/{id}/peers"), {"peers": present})
        for peer, body in present.items():
            answer = await self.client.get(f"/v2/active-rooms/{id}/peers/{peer}")
            assert_same(answer, body | {"tracks": {}})

    async def _sees_nobody(self, id: str) -> None:
        for path in ("", "/peers", *(f"/peers/{peer.id}" for session in self.sessions[-1:] for peer in session.peers)):
            answer = await self.client.get(f"/v2/active-rooms/{id}{path}")
            assert_same(answer, _missing("Session"), 404)

    async def _sees_it_gone(self, id: str) -> None:
        for path in (f"rooms/{id}", f"active-rooms/{id}", f"active-rooms/{id}/peers"):
            assert_same(await self.client.get(f"/v2/{path}"), _missing("Room"), 404)


def _made(id: str) -> datetime:
    known = ids.from_hex(id)
    assert known
    return ids.moment(known)


def _page(data: list[Body]) -> Body:
    return {"limit": 10, "data": data, "last": data[-1]["id"] if data else ""}


def _missing(kind: str) -> Body:
    text = f"Error: {kind} not found"
    return {"code": 404, "message": text, "data": {"description": text}}
