"""Each refusal that the description shows is what is heard, to the letter."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

import httpx
import pytest
from descriptions import description

ROOMS = "/v2/rooms"
NOBODY = "0123456789abcdef01234567"
Request = dict[str, Any]
Check = Callable[..., None]
Mint = Callable[..., str]
Make = Callable[..., Awaitable[dict[str, Any]]]
Ask = Callable[[str, Request], Request]
Trouble = Callable[[], AbstractAsyncContextManager[None]]

#: A request of each operation with nothing wrong in its form.
REQUESTS: dict[str, Request] = {
    "create_room": {"method": "POST", "url": ROOMS},
    "list_rooms": {"method": "GET", "url": ROOMS},
    "retrieve_room": {"method": "GET", "url": f"{ROOMS}/{{id}}"},
    "update_room": {"method": "POST", "url": f"{ROOMS}/{{id}}"},
}
#: How the token differs from a good one, by the text of the refusal.
TOKENS: dict[str, Request] = {
    "token is malformed": {"version": 1},
    "signature is invalid": {"secret": "another secret of enough characters for any key"},
    "token is expired": {"exp": 1},
    "token is not valid yet": {"nbf": 2**40},
    "rate limit exceeded, retry after a minute": {},  # from somebody who is not heard any more
    "The API management token provided doesn't have enough permission": {"type": "app"},
}
#: What else brings a refusal about, by its text.
CAUSES: dict[str, Request] = {
    "not found": {"headers": {"Authorization": ""}},
    "header fields are larger than 32 KiB": {"headers": {"x-large": "x" * 2**15}},
    "internal error": {},  # our own fault
    "body is larger than 1 MiB": {"content": b" " * (2**20 + 1)},
    "Invalid query parameter: limit must be a whole number from 10 to 100": {"params": {"limit": 9}},
    "Invalid body param: body is not a JSON object": {"content": b"[]"},
    "Invalid body param: description must be a string": {"json": {"description": 1}},
    "Invalid body param: room size greater than 2500, set large_room flag as true": {"json": {"size": 2501}},
    "Invalid body param: name is taken by another room": {"json": {"name": "another"}},
    "Error: region not supported": {"json": {"region": "ap"}},
    "Error: template not found": {"json": {"template": "none"}},
    "Bucket location is missing": {"json": {"recording_info": {"upload_info": {"type": "s3"}}}},
    "Invalid upload configuration": {"json": {"recording_info": {"upload_info": {}}}},
}
MISSING: dict[str, Request] = {
    "create_room": {"json": {"name": "nobody", "active": False}},
    "retrieve_room": {"url": f"{ROOMS}/{NOBODY}"},
    "update_room": {"url": f"{ROOMS}/{NOBODY}"},
}


@pytest.fixture
async def request_for(mint: Mint, create: Make) -> Ask:
    """`request_for(operation, refusal)`: a request that is refused so, where there are two rooms."""
    room = await create(name="one")
    await create(name="another")

    def request_for(operation: str, refusal: Request) -> Request:
        text = refusal.get("details", [refusal["message"]])[0]
        if text in TOKENS:
            cause: Request = {"headers": {"Authorization": f"Bearer {mint(**TOKENS[text])}"}}
        else:
            cause = MISSING[operation] if text == "Error: Room not found" else CAUSES[text]
        request = REQUESTS[operation] | cause
        return request | {"url": request["url"].format(id=room["id"])}

    return request_for


@pytest.mark.parametrize("operation", REQUESTS)
async def test_is_heard(
    hms: httpx.AsyncClient,
    unheard: httpx.AsyncClient,
    same: Check,
    request_for: Ask,
    *,
    failing_statements: Trouble,
    operation: str,
) -> None:
    told = (await description("/v2")).operations[operation]
    refusals = [refusal for status in told.statuses for refusal in told.examples(status)]
    assert len(refusals) >= 9
    for refusal in refusals:
        client = unheard if refusal["code"] == 429 else hms
        async with failing_statements() if refusal["code"] == 500 else nullcontext():
            same(await client.request(**request_for(operation, refusal)), refusal, refusal["code"])


async def test_every_operation_is_asked() -> None:
    assert (await description("/v2")).operations.keys() == REQUESTS.keys()
