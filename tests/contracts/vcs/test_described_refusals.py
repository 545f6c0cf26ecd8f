"""Each refusal that the description shows is what is heard, to the letter."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

import httpx
import pytest
from descriptions import description

PREFIX = "/api/realtime"
ROOM_ID = "RO-01a202b2-f1ce-781c-91e8-3127f4000000"
JSON = {"Content-Type": "application/json"}
Request = dict[str, Any]
Check = Callable[..., None]
Trouble = Callable[[], AbstractAsyncContextManager[None]]

#: A request of each operation with nothing wrong in its form.
REQUESTS: dict[str, Request] = {
    "create_room": {"method": "POST", "url": "/room"},
    "fetch_rooms": {"method": "GET", "url": "/room"},
    "fetch_room": {"method": "GET", "url": f"/room/{ROOM_ID}"},
    "delete_room": {"method": "DELETE", "url": f"/room?id={ROOM_ID}"},
    "verify_token": {"method": "POST", "url": "/token", "json": {"token": "{token}"}},
}
#: What brings each refusal about, by its code, or by the parameter that it names.
CAUSES: dict[str, Request] = {
    "BASE-00001": {"headers": {"x-vcs-token": ""}},
    "BASE-00014": {"json": None, "content": b"[]", "headers": JSON},
    "BASE-00017": {"json": None, "content": b"{}", "headers": {"Content-Type": "text/plain"}},
    "BASE-00413": {"json": None, "content": b" " * (2**20 + 1), "headers": JSON},
    "BASE-00429": {"headers": {"x-vcs-token": "0" * 64}},  # from somebody who is not heard any more
    "BASE-00431": {"headers": {"x-large": "x" * 2**15}},
    "BASE-00500": {},  # our own fault
    "REALTIME-00004": {},
    "REALTIME-00009": {"headers": {"x-vcs-token": "B53AF55E"}},
    "BASE-00012 [id]": {"url": "/room"},
    "BASE-00012 [token]": {"json": {}},
    "BASE-00013 [name]": {"json": {"name": "a" * 513}},
    "BASE-00013 [description]": {"json": {"description": "a" * 4097}},
    "BASE-00015 [autoUpgradeParticipantCount]": {"json": {"autoUpgradeParticipantCount": 1}},
    "BASE-00015 [numberOfRecords]": {"url": "/room?numberOfRecords=101"},
    "BASE-00016 [conferenceType]": {"json": {"conferenceType": "P2P"}},
    "BASE-00016 [token]": {"json": {"token": 1}},
}


def cause_of(refusal: Request) -> Request:
    code, sentence = refusal["code"], refusal["description"][0]
    named = (cause for name, cause in CAUSES.items() if name.startswith(f"{code} [") and name[len(code) :] in sentence)
    return CAUSES[code] if code in CAUSES else next(named)


@pytest.mark.parametrize("operation", REQUESTS)
async def test_is_heard(
    vcs: httpx.AsyncClient, unheard: httpx.AsyncClient, same: Check, failing_statements: Trouble, operation: str
) -> None:
    token = (await vcs.post(f"{PREFIX}/room")).json()["room"]["token"]
    told = (await description(PREFIX)).operations[operation]
    refusals = [refusal for status in told.statuses for refusal in told.examples(status)]
    assert len(refusals) >= 5
    for refusal in refusals:
        request = REQUESTS[operation] | cause_of(refusal)
        if request.get("json") == {"token": "{token}"}:
            request["json"] = {"token": token}
        client = unheard if refusal["code"] == "BASE-00429" else vcs
        async with failing_statements() if refusal["code"] == "BASE-00500" else nullcontext():
            same(await client.request(**request | {"url": PREFIX + request["url"]}), refusal)


async def test_every_operation_is_asked() -> None:
    assert (await description(PREFIX)).operations.keys() == REQUESTS.keys()
