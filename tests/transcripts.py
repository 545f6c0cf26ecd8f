"""Transcripts of a protocol: whole answers judged to the letter, and curl lines run as they are published."""

import asyncio
import json
import os
import re
from pathlib import Path
from typing import Any

import descriptions
import httpx

#: Hooks of a client, by which every answer that it hears is held against the API's description.
JUDGED = {"response": [descriptions.judge]}


def _members_once(members: list[tuple[str, object]]) -> dict[str, object]:
    named = dict(members)
    assert len(named) == len(members), f"a member is there twice: {members}"
    return named


def spelled(text: bytes | str) -> str:
    """Spell JSON with its white space alone evened out: order counts, and 4 is neither 4.0 nor "4"."""
    return json.dumps(json.loads(text, object_pairs_hook=_members_once), indent=1)


def assert_same(answer: httpx.Response, expected: dict[str, Any] | list[Any], status: int = 200) -> None:
    """Judge the whole body with the order of its members, the status, the content type."""
    assert spelled(answer.content) == spelled(json.dumps(expected))
    assert answer.status_code == status
    assert answer.headers.get_list("content-type") == ["application/json"]


def assert_empty(answer: httpx.Response, status: int) -> None:
    """Judge an answer without a body, as the chats refuse and agree: no type either, and a trace id."""
    assert (answer.status_code, answer.content) == (status, b""), answer.text
    assert "content-type" not in answer.headers
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-trace-id"])


def caller(application: object, **headers: str) -> httpx.AsyncClient:
    """Return somebody who talks with the application in this process."""
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=headers, event_hooks=JUDGED)


async def run_curl(line: str, folder: Path) -> httpx.Response:
    """Run a curl line in a shell, as a person does; `folder` holds curl's settings."""
    written = r'write-out = "\n%{http_code} %{content_type}"'
    (folder / ".curlrc").write_text(f'silent\nshow-error\nnoproxy = "*"\n{written}\n')
    environment = {"CURL_HOME": str(folder), "PATH": os.environ["PATH"]}
    process = await asyncio.create_subprocess_exec("bash", "-c", line, env=environment, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    content, _, written_out = output.rpartition(b"\n")
    status, _, media_type = written_out.decode().partition(" ")
    return httpx.Response(int(status), headers={"Content-Type": media_type}, content=content)
