"""docs/webhooks.md: its bodies are what this server sends; its receivers believe what is signed, and nothing else."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from ports import free_port
from processes import eventually

from app.adapters.webhooks.courier import Courier, Undelivered
from app.apis.hms.occurrence_names import NAMES
from app.apis.hms.occurrences import document
from app.domain import ids
from app.domain.analytics import AnalyticsEvent
from app.domain.deployments import Deployment
from app.domain.secrets import SecretKey

PAGE = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text()


def uuid(digits: str) -> UUID:
    return ids.from_bytes(bytes.fromhex(digits))


ACCOUNT = Deployment(customer_id=uuid("01a211b7fdc477b6718f49ea"), app_id=uuid("01a211b7fdc46bd21971fbf2"))
ROOM, MEETING, SESSION, PEER, USER, TEMPLATE = map(
    uuid,
    [
        "01a2120a6238da1a4af65307",
        "01a21227d8e05cb3ebffa912",
        "01a216a76b4854dfa99b8694",
        "01a216a76b514dbf56150d18",
        "01a21224a14870f6a6b406b0",
        "01a211b7fdd3386a55854ec3",
    ],
)
OF_ROOM = {"name": "daily-standup", "template_id": str(TEMPLATE), "template_name": "webinar", "enabled": True}
OF_SESSION = OF_ROOM | {"name": "Gardeners", "session_started_at": "2026-11-26T07:00:00.456+00:00"}
OF_PEER = OF_SESSION | {
    "user_name": "Flora",
    "role": "host",
    "metadata": "",
    "joined_at": "2026-11-26T07:00:00.465+00:00",
}
ENDED = "2026-11-26T07:31:02.12+00:00"
OF_TEMPLATE = {"template_id": str(TEMPLATE), "template_name": "webinar"}
IN_MEETING = {"conference_id": MEETING, "session_id": SESSION}
IN_ROOM = {**IN_MEETING, "peer_id": PEER, "user_id": USER}
PUT_OUT = {**OF_PEER, "left_at": ENDED, "reason": "ended", "message": "Time is up"}
#: What has happened, in the order of the page.
HAPPENED: list[tuple[str, str, dict[str, UUID], dict[str, Any]]] = [
    ("ConferenceCreated", "01a2120a624273d8e21c55f0", {"conference_id": ROOM}, OF_ROOM),
    ("ConferenceUpdated", "01a2120b7cf401bb6a9e14c7", {"conference_id": ROOM}, OF_ROOM),
    ("ConferenceLocked", "01a213dd59e52f77b0d58a61", {"conference_id": ROOM}, OF_ROOM | {"enabled": False}),
    ("SessionOpened", "01a216a76b5404e86c1aa3d2", IN_MEETING, OF_SESSION),
    ("PeerJoined", "01a216a76b541935f0be2761", IN_ROOM, OF_PEER),
    ("PeerLeft", "01a216c3d36b0d6ff28a9c51", IN_ROOM, PUT_OUT),
    ("SessionClosed", "01a216c3d36b2ae47d05b3c8", IN_MEETING, OF_SESSION | {"session_ended_at": ENDED}),
    ("TemplateCreated", "01a211b7fdd74c5d90f7ab12", {}, OF_TEMPLATE),
    ("TemplateUpdated", "01a216e9cd3419a3be64d02c", {}, OF_TEMPLATE),
]


def sent(type: Any, id: UUID, about: dict[str, UUID], data: dict[str, Any]) -> str:
    """Return what is sent of it, to the order of its members."""
    nobody: dict[str, Any] = dict.fromkeys(["conference_id", "session_id", "peer_id", "user_id"])
    of = nobody | about
    return json.dumps(
        document(AnalyticsEvent(id=id, type=type, data=json.dumps(data), created_at=ids.moment(id), **of), ACCOUNT)
    )


def written(language: str) -> list[str]:
    """Return what the page has in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_each_event_is_shown_as_it_is_sent() -> None:
    assert {type for type, *_ in HAPPENED} == NAMES.keys()
    shown = [json.dumps(json.loads(body)) for body in written("json")]
    assert shown == [sent(type, uuid(id), about, data) for type, id, about, data in HAPPENED]


KEY, BODY = SecretKey("a key of the page", "another"), '{"type":"naïve 🔑","data":{}}'.encode()


def told(*, seconds_ago: int = 0, key: SecretKey = KEY, **headers: str) -> dict[str, str]:
    """Return the header fields of a webhook with this body."""
    sent = int(time.time()) - seconds_ago
    signature = key.webhook_signatures("0193-a", sent, BODY)
    own = {"webhook-id": "0193-a", "webhook-timestamp": str(sent), "webhook-signature": signature}
    return own | {name.replace("_", "-"): value for name, value in headers.items()}


def heard() -> list[tuple[dict[str, str], bool]]:
    """Return what a receiver hears just now, and of each whether it is to believe it."""
    return [
        (told(), True),
        (told(key=SecretKey("another", "a key of the page")), True),
        (told(seconds_ago=200), True),
        (told(seconds_ago=400), False),
        (told(seconds_ago=-400), False),
        (told(key=SecretKey("of somebody else")), False),
        (told(webhook_id="0193-b"), False),
        (told(webhook_timestamp=str(int(time.time()) + 10)), False),
        (told(webhook_signature="v1,é  v1,"), False),
        ({}, False),
    ]


@contextmanager
def receiving(program: Path, *command: str) -> Iterator[str]:
    """Run a program of the page as the page says, until the block is over; give the URL at which it listens."""
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    port, settings = free_port(), {"WEBHOOK_SECRET": KEY.webhook_secret, "PYTHONIOENCODING": "utf-8"}
    with (
        program.with_suffix(".out").open("wb") as out,
        subprocess.Popen([*command, program, port], env=os.environ | settings, stdout=out, stderr=out) as process,
    ):
        try:
            assert eventually(lambda: is_open(port) or process.poll() is not None)
            yield f"http://127.0.0.1:{port}/hook"
        finally:
            process.kill()


def is_open(port: str) -> bool:
    with socket.socket() as asking:
        return not asking.connect_ex(("127.0.0.1", int(port)))


async def answered(courier: Courier, url: str, headers: dict[str, str], body: bytes = BODY) -> int | None:
    """Return with what status a webhook is answered."""
    try:
        return await courier.deliver(url, {}, headers, body)
    except Undelivered as undelivered:
        return undelivered.status


@pytest.mark.parametrize(("language", "command"), [("python", sys.executable), ("js", "node")])
async def test_a_receiver_believes_what_is_signed(
    language: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")  # to read the authorities takes longer than all the rest
    [text] = written(language)
    program = tmp_path / f"receiver.{language}"
    program.write_text(text)
    with receiving(program, command) as url:
        async with Courier(["127.0.0.1/32"]).open() as courier:
            statuses = [await answered(courier, url, headers) for headers, _ in heard()]
            assert statuses == [204 if is_good else 401 for _, is_good in heard()]
            assert await answered(courier, url, told(), BODY + b" ") == 401
    said = program.with_suffix(".out").read_text()
    assert [line for line in said.splitlines() if "POST" not in line] == ["0193-a naïve 🔑 {}"] * 3
