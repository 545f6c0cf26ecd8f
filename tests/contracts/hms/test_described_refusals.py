"""Each refusal that the description shows is what is heard, to the letter."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, NamedTuple

import asyncpg
import httpx
import pytest
from descriptions import description
from gatherings import House

ROOMS = "/v2/rooms"
ACTIVE = "/v2/active-rooms"
TEMPLATE = "/v2/templates/{template}"
CODES, KEYS = "/v2/room-codes", "/v2/stream-keys/room"
NOBODY = "0123456789abcdef01234567"
NO_PEER = "6f1f0b1c-2f43-4f0e-9d56-0a4d2f1f7c11"
#: Codes that are there: of a room, of a disabled one, disabled itself, of a role that nobody has.
GOOD, CLOSED, DISABLED, GONE = "goo-dddd-ddd", "clo-sedd-ddd", "dis-able-ddd", "gon-eeee-eee"
Request = dict[str, Any]
Check = Callable[..., None]
Mint = Callable[..., str]
Make = Callable[..., Awaitable[dict[str, Any]]]
Ask = Callable[[str, Request], Request]
PutCodes = Callable[..., Awaitable[None]]
Trouble = Callable[[], AbstractAsyncContextManager[None]]

#: A request of each operation with nothing wrong in its form.
REQUESTS: dict[str, Request] = {
    "create_room": {"method": "POST", "url": ROOMS},
    "list_rooms": {"method": "GET", "url": ROOMS},
    "retrieve_room": {"method": "GET", "url": f"{ROOMS}/{{id}}"},
    "update_room": {"method": "POST", "url": f"{ROOMS}/{{id}}"},
    "create_template": {"method": "POST", "url": "/v2/templates"},
    "list_templates": {"method": "GET", "url": "/v2/templates"},
    "retrieve_template": {"method": "GET", "url": TEMPLATE},
    "update_template": {"method": "POST", "url": TEMPLATE, "json": {"roles": {}, "settings": {}}},
    "retrieve_role": {"method": "GET", "url": f"{TEMPLATE}/roles/{{role}}"},
    "write_role": {"method": "POST", "url": f"{TEMPLATE}/roles/{{role}}"},
    "delete_role": {"method": "DELETE", "url": f"{TEMPLATE}/roles/{{role}}"},
    "retrieve_settings": {"method": "GET", "url": f"{TEMPLATE}/settings"},
    "update_settings": {"method": "POST", "url": f"{TEMPLATE}/settings", "json": {"region": "eu"}},
    "retrieve_destinations": {"method": "GET", "url": f"{TEMPLATE}/destinations"},
    "update_destinations": {"method": "POST", "url": f"{TEMPLATE}/destinations"},
    "retrieve_recordings": {"method": "GET", "url": f"{TEMPLATE}/recordings"},
    "configure_recordings": {"method": "POST", "url": f"{TEMPLATE}/recordings", "json": []},
    "list_sessions": {"method": "GET", "url": "/v2/sessions"},
    "retrieve_session": {"method": "GET", "url": f"/v2/sessions/{NOBODY}"},
    "retrieve_active_room": {"method": "GET", "url": f"{ACTIVE}/{{active}}"},
    "list_peers": {"method": "GET", "url": f"{ACTIVE}/{{active}}/peers"},
    "retrieve_peer": {"method": "GET", "url": f"{ACTIVE}/{{active}}/peers/{{peer}}"},
    "update_peer": {"method": "POST", "url": f"{ACTIVE}/{{active}}/peers/{{peer}}"},
    "send_message": {"method": "POST", "url": f"{ACTIVE}/{{active}}/send-message", "json": {"message": "Hello"}},
    "remove_peers": {"method": "POST", "url": f"{ACTIVE}/{{active}}/remove-peers", "json": {"role": "guest"}},
    "end_room": {"method": "POST", "url": f"{ACTIVE}/{{active}}/end-room"},
    "create_room_codes": {"method": "POST", "url": f"{CODES}/room/{{id}}"},
    "create_room_code": {"method": "POST", "url": f"{CODES}/room/{{id}}/role/host"},
    "list_room_codes": {"method": "GET", "url": f"{CODES}/room/{{id}}"},
    "update_room_code": {"method": "POST", "url": f"{CODES}/code", "json": {"code": GOOD, "enabled": True}},
    "create_stream_key": {"method": "POST", "url": f"{KEYS}/{{id}}"},
    "list_stream_keys": {"method": "GET", "url": f"{KEYS}/{{id}}"},
    "disable_stream_key": {"method": "POST", "url": f"{KEYS}/{{id}}/disable"},
    "exchange_room_code": {"method": "POST", "url": "/v2/token", "json": {"code": GOOD}},
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
    "Invalid query parameter: role must not contain NUL": {"params": {"role": "\0"}},
    "Invalid body param: name must be a string": {"json": {"name": 1}},
    "Invalid body param: message is required": {"json": {}},
    "Invalid body param: peer_id or role is required": {"json": {}},
    "Invalid body param: lock must be a boolean": {"json": {"lock": "true"}},
    "Error: Role not found": {"json": {"role": "speaker"}},
    "Invalid body param: name is taken by another template": {"json": {"name": "another", "roles": {}, "settings": {}}},
    "Invalid body param: name is taken by another role": {"json": {"name": "guest"}},
    "Invalid body param: body is not a JSON array": {"content": b"{}"},
    "body is larger than 64 KiB": {"content": b" " * (2**16 + 1)},
    "Invalid body param: code is required": {"json": {}},
    "Invalid body param: enabled must be a boolean": {"json": {"code": GOOD, "enabled": 1}},
    "Invalid body param: body has a member that is unknown": {"json": {"code": GOOD, "enabled": True, "role": "host"}},
    "Error: Room code not found": {"json": {"code": "aaa-aaaa-aaa", "enabled": True}},
    "Room code is disabled": {"json": {"code": DISABLED}},
    "Role of the room code does not exist": {"json": {"code": GONE, "enabled": True}},
}
NO_LOCATION: Request = {"recording": {"upload": {"type": "s3"}}}
NO_UPLOAD: Request = {"recording": {"upload": {"location": "bucket"}}}
#: A role of some 26 kB: ten are too many.
LARGE: Request = {"subscribeParams": {"subscribeToRoles": ["x" * 255] * 100}}
MANY: Request = {f"role-{number}": LARGE for number in range(9)}
TOO_MANY: Request = {**MANY, "last": LARGE}
CROWD: Request = {f"role-{number}": {"subscribeParams": {"subscribeToRoles": []}} for number in range(100)}
#: So large are transcripts of two kinds.
WORDS: Request = {"transcriptions": {name: {"role": "host", "customVocabulary": ["x" * 2000] * 100} for name in "ab"}}
TOO_LARGE = "Invalid body param: roles and destinations must each not be larger than 256 KiB"
DEFAULT_NEEDED = "Invalid body param: default must stay true until another template is the default one"
#: The same, where the body of an operation is of another form.
OF_ITS_FORM: dict[tuple[str, str], Request] = {
    ("create_template", "Error: region not supported"): {"json": {"settings": {"region": "ap"}}},
    ("create_template", "Bucket location is missing"): {"json": {"settings": NO_LOCATION}},
    ("create_template", "Invalid upload configuration"): {"json": {"settings": NO_UPLOAD}},
    ("create_template", TOO_LARGE): {"json": {"roles": TOO_MANY}},
    ("create_template", DEFAULT_NEEDED): {"json": {"name": "one", "default": False}},
    ("update_template", "Error: region not supported"): {"json": {"roles": {}, "settings": {"region": "ap"}}},
    ("update_template", "Bucket location is missing"): {"json": {"roles": {}, "settings": NO_LOCATION}},
    ("update_template", "Invalid upload configuration"): {"json": {"roles": {}, "settings": NO_UPLOAD}},
    ("update_template", TOO_LARGE): {"json": {"roles": TOO_MANY, "settings": {}}},
    ("update_template", DEFAULT_NEEDED): {"json": {"roles": {}, "settings": {}, "default": False}},
    ("configure_recordings", "Invalid body param: body is not a JSON object"): {"content": b"["},
    ("write_role", TOO_LARGE): {"json": LARGE},
    ("update_destinations", TOO_LARGE): {"json": WORDS},
    ("update_settings", "Bucket location is missing"): {"json": NO_LOCATION},
    ("update_settings", "Invalid upload configuration"): {"json": NO_UPLOAD},
}
#: What else makes an operation miss something, where it is not a room or a session that its path names.
MISSING: dict[tuple[str, str], Request] = {
    ("create_room", "Error: Room not found"): {"json": {"name": "nobody", "active": False}},
    ("send_message", "Error: Peer not found"): {"json": {"message": "Hello", "peer_id": NO_PEER}},
    ("remove_peers", "Error: Peer not found"): {"json": {"peer_id": NO_PEER}},
    ("create_room_code", "Error: Role not found"): {"url": f"{CODES}/room/{{id}}/role/speaker"},
    ("list_room_codes", "Error: Role not found"): {"params": {"role": "speaker"}},
    ("exchange_room_code", "Room is disabled"): {"json": {"code": CLOSED}},
}


class Places(NamedTuple):
    """What is named in paths.

    A room that nobody is in, one that somebody is in, and him; one that is disabled, and one that has all codes and
    keys that it can have; a template, one that has all roles that it can have, and a role.
    """

    id: str
    active: str
    peer: str
    disabled: str
    full: str
    template: str
    crowded: str
    role: str = "host"

    def without(self, text: str) -> "Places":
        """Return what is named instead, to hear this text."""
        instead: dict[str, dict[str, str]] = {
            "Error: Room not found": {"id": NOBODY, "active": NOBODY},
            "Error: Session not found": {"active": self.id},
            "Error: Peer not found": {"peer": NO_PEER},
            "Error: Template not found": {"template": NOBODY},
            "Error: Role not found": {"role": "%00"},
            "Invalid body param: roles must have at most 100 members": {"template": self.crowded, "role": "another"},
            "Room is disabled": {"id": self.disabled},
            "Room has an active stream key": {"id": self.full},
            "Room has as many room codes as a room can have: 100": {"id": self.full},
        }
        return self._replace(**instead.get(text, {}))


@pytest.fixture
def lost_keys(database: asyncpg.Connection) -> Trouble:
    """`async with lost_keys():` no key of `/v2` can be used, from then on."""

    @asynccontextmanager
    async def lost_keys() -> AsyncIterator[None]:
        await database.execute("UPDATE api_key SET sealed_secret = 'sealed under another key'")
        yield

    return lost_keys


@pytest.fixture
async def rooms(hms: httpx.AsyncClient, create: Make, put_codes: PutCodes) -> list[dict[str, Any]]:
    """One with codes, another, which is disabled, and one that has as much as it can."""
    one, disabled, full = await create(name="one"), await create(name="another", enabled=False), await create()
    await put_codes(one, GOOD)
    await put_codes(one, DISABLED, enabled=False)
    await put_codes(one, GONE, role="roadie")
    await put_codes(disabled, CLOSED)
    await put_codes(full, more=100, role="roadie")
    assert (await hms.post(f"{KEYS}/{full['id']}")).status_code == 200
    return [one, disabled, full]


@pytest.fixture
async def request_for(hms: httpx.AsyncClient, house: House, mint: Mint, rooms: list[dict[str, Any]], make: Make) -> Ask:
    """`request_for(operation, refusal)`: a request that is refused so. There are rooms, templates, a meeting."""
    room, disabled, full = (each["id"] for each in rooms)
    meeting = await house.meeting()
    await meeting.join(house.ada)
    [peer] = (await hms.get(f"{ACTIVE}/{meeting.hex}/peers")).json()["peers"]
    await make(name="another")
    template = await make(name="one", default=True, roles={"host": {}, "guest": {}, **MANY})
    crowded = await make(roles=CROWD)
    places = Places(room, meeting.hex, peer, disabled, full, template["id"], crowded["id"])

    def request_for(operation: str, refusal: Request) -> Request:
        text = refusal.get("details", [refusal["message"]])[0]
        if text in TOKENS:
            cause: Request = {"headers": {"Authorization": f"Bearer {mint(**TOKENS[text])}"}}
        else:
            cause = (MISSING | OF_ITS_FORM).get((operation, text)) or CAUSES.get(text, {})
        request = REQUESTS[operation] | cause
        return request | {"url": request["url"].format(**places.without(text)._asdict())}

    return request_for


@pytest.mark.parametrize("operation", REQUESTS)
async def test_is_heard(
    hms: httpx.AsyncClient,
    unheard: httpx.AsyncClient,
    same: Check,
    request_for: Ask,
    *,
    failing_statements: Trouble,
    lost_keys: Trouble,
    operation: str,
) -> None:
    troubles = {"Internal Server Error": failing_statements, "There is no key to sign a token with": lost_keys}
    told = (await description("/v2")).operations[operation]
    refusals = [refusal for status in told.statuses for refusal in told.examples(status)]
    assert len(refusals) >= 9
    for refusal in refusals:
        client = unheard if refusal["code"] == 429 else hms
        async with troubles.get(refusal["message"], nullcontext)():
            same(await client.request(**request_for(operation, refusal)), refusal, refusal["code"])


async def test_every_operation_is_asked() -> None:
    assert (await description("/v2")).operations.keys() == REQUESTS.keys()
