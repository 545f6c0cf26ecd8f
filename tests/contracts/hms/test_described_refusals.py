"""Each refusal that the description shows is what is heard, to the letter."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, NamedTuple

import asyncpg
import httpx
import pytest
from descriptions import description
from gatherings import House
from tellings import WORKSPACE, Tellings

ROOMS = "/v2/rooms"
ACTIVE = "/v2/active-rooms"
TEMPLATE = "/v2/templates/{template}"
POLL = "/v2/polls/{poll}"
QUESTION = f"{POLL}/questions/{{question}}"
OPTION = f"{QUESTION}/options/{{option}}"
CODES, KEYS = "/v2/room-codes", "/v2/stream-keys/room"
RECORDINGS = "/v2/recordings"
ASSETS = "/v2/recording-assets"
LIVE = "/v2/live-streams"
EXTERNAL = "/v2/external-streams"
SIP = "/v2/sip"
WEBHOOKS = "/v2/analytics/webhooks"
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
Trouble = Callable[..., AbstractAsyncContextManager[None]]

BEAM: Request = {"operation": "start", "room_id": "{id}", "meeting_url": "https://a.example", "record": True}
NOT_PERMITTED = "The API management token provided doesn't have enough permission"
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
    "start_recording": {"method": "POST", "url": f"{RECORDINGS}/room/{{id}}/start"},
    "stop_recordings": {"method": "POST", "url": f"{RECORDINGS}/room/{{id}}/stop"},
    "pause_recording": {"method": "POST", "url": f"{RECORDINGS}/room/{{id}}/pause"},
    "resume_recording": {"method": "POST", "url": f"{RECORDINGS}/room/{{id}}/resume"},
    "list_recordings": {"method": "GET", "url": RECORDINGS},
    "retrieve_recording": {"method": "GET", "url": f"{RECORDINGS}/{NOBODY}"},
    "stop_recording": {"method": "POST", "url": f"{RECORDINGS}/{NOBODY}/stop"},
    "list_recording_assets": {"method": "GET", "url": ASSETS},
    "retrieve_recording_asset": {"method": "GET", "url": f"{ASSETS}/{NOBODY}"},
    "retrieve_presigned_url": {"method": "GET", "url": f"{ASSETS}/{NOBODY}/presigned-url"},
    "start_live_stream": {"method": "POST", "url": f"{LIVE}/room/{{id}}/start"},
    "stop_live_streams": {"method": "POST", "url": f"{LIVE}/room/{{id}}/stop"},
    "list_live_streams": {"method": "GET", "url": LIVE},
    "retrieve_live_stream": {"method": "GET", "url": f"{LIVE}/{NOBODY}"},
    "stop_live_stream": {"method": "POST", "url": f"{LIVE}/{NOBODY}/stop"},
    "send_timed_metadata": {
        "method": "POST",
        "url": f"{LIVE}/{NOBODY}/timed-metadata",
        "json": {"payload": "Goal", "duration": 5},
    },
    "pause_live_stream_recording": {"method": "POST", "url": f"{LIVE}/{NOBODY}/pause-recording"},
    "resume_live_stream_recording": {"method": "POST", "url": f"{LIVE}/{NOBODY}/resume-recording"},
    "start_external_stream": {
        "method": "POST",
        "url": f"{EXTERNAL}/room/{{id}}/start",
        "json": {"rtmp_urls": ["rtmp://live.example/key"]},
    },
    "stop_external_streams": {"method": "POST", "url": f"{EXTERNAL}/room/{{id}}/stop"},
    "list_external_streams": {"method": "GET", "url": EXTERNAL},
    "retrieve_external_stream": {"method": "GET", "url": f"{EXTERNAL}/{NOBODY}"},
    "stop_external_stream": {"method": "POST", "url": f"{EXTERNAL}/{NOBODY}/stop"},
    "create_poll": {"method": "POST", "url": "/v2/polls"},
    "retrieve_poll": {"method": "GET", "url": POLL},
    "update_poll": {"method": "POST", "url": POLL},
    "update_question": {"method": "POST", "url": QUESTION},
    "delete_question": {"method": "DELETE", "url": QUESTION},
    "update_option": {"method": "POST", "url": OPTION},
    "delete_option": {"method": "DELETE", "url": OPTION},
    "list_poll_sessions": {"method": "GET", "url": f"{POLL}/sessions"},
    "retrieve_poll_session": {"method": "GET", "url": f"{POLL}/sessions/{NOBODY}"},
    "list_poll_responses": {"method": "GET", "url": f"{POLL}/responses"},
    "retrieve_poll_response": {"method": "GET", "url": f"{POLL}/responses/{NOBODY}"},
    "list_poll_results": {"method": "GET", "url": f"{POLL}/results"},
    "retrieve_poll_result": {"method": "GET", "url": f"{POLL}/results/{NOBODY}"},
    "list_events": {"method": "GET", "url": "/v2/analytics/events", "params": {"room_id": NOBODY}},
    "list_webhook_events": {"method": "GET", "url": WEBHOOKS},
    "replay_webhooks": {"method": "POST", "url": f"{WEBHOOKS}/replay", "json": {}},
    "retrieve_webhook_replay": {"method": "GET", "url": f"{WEBHOOKS}/replay/webhook-replay-{NOBODY}-{NOBODY}"},
    "retrieve_peer_stats": {
        "method": "GET",
        "url": "/v2/analytics/peer-stats",
        "params": {"peer_id": NO_PEER, "session_id": NOBODY},
    },
    "create_trunk": {"method": "POST", "url": f"{SIP}/outbound/trunks", "json": {"address": "a", "from": "1"}},
    "update_trunk": {"method": "POST", "url": f"{SIP}/outbound/trunks/{NOBODY}"},
    "place_call": {
        "method": "POST",
        "url": f"{SIP}/outbound/call",
        "json": {"to": "1", "room_code": "abc-defg-hij", "trunk_id": NOBODY},
    },
    "send_tones": {"method": "POST", "url": f"{SIP}/dtmf", "json": {"digits": ["1"]}},
    "operate_beam": {
        "method": "POST",
        "url": "/v2/beam",
        "json": BEAM,
    },
    "retrieve_diagnostics_token": {"method": "GET", "url": "/v2/diagnostics/token"},
}
#: Where the database is asked for the caller's key, and often for nothing else.
OF_AN_ENGINE = (RECORDINGS, ASSETS, LIVE, EXTERNAL, SIP)
#: What asks the database for nothing, not even who calls.
CANNOT_FAIL = ("retrieve_diagnostics_token",)
#: How the token differs from a good one, by the text of the refusal.
TOKENS: dict[str, Request] = {
    "token is malformed": {"version": 1},
    "signature is invalid": {"secret": "another secret of enough characters for any key"},
    "token is expired": {"exp": 1},
    "token is not valid yet": {"nbf": 2**40},
    "rate limit exceeded, retry after a minute": {},  # from somebody who is not heard any more
    NOT_PERMITTED: {"type": "app"},
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
    "Invalid body param: title must be a string": {"json": {"title": 1}},
    "Invalid body param: polls must be ids of polls": {"json": {"polls": [NOBODY]}},
    "Invalid body param: index must be the one of the path, or absent": {"json": {"index": 100}},
    "Invalid body param: message is required": {"json": {}},
    "Invalid body param: peer_id or role is required": {"json": {}},
    "Invalid body param: lock must be a boolean": {"json": {"lock": "true"}},
    "Error: Role not found": {"json": {"role": "speaker"}},
    "Invalid body param: audio_only must be a boolean": {"json": {"audio_only": 1}},
    "Invalid body param: recording must be an object": {"json": {"recording": True}},
    "Invalid body param: payload is required": {"json": {"duration": 5}},
    "Invalid body param: rtmp_urls is required": {"json": {}},
    "Invalid query parameter: presign_duration must be a whole number from 0 to 999999999": {
        "params": {"presign_duration": "-1"}
    },
    "Invalid query parameter: room_id is required": {"params": {}},
    "Invalid query parameter: status must be all, failed or success": {"params": {"status": "pending"}},
    "Invalid body param: limit must be an integer from 1 to 50000": {"json": {"limit": 0}},
    "Invalid query parameter: peer_id is required": {"params": {"session_id": NOBODY}},
    "Invalid query parameter: region must not contain NUL": {"params": {"region": "\0"}},
    "Invalid body param: username must be a string": {"json": {"username": 1, "address": "a", "from": "1"}},
    "address is mandatory": {"json": {}},
    "from is mandatory": {"json": {"address": "a"}},
    "to is mandatory": {"json": {}},
    "room_code is mandatory": {"json": {"to": "1"}},
    "trunk_id is mandatory": {"json": {"to": "1", "room_code": "abc-defg-hij"}},
    "digits are mandatory": {"json": {}},
    "invalid digit": {"json": {"digits": ["x"]}},
    "Invalid body param: digits must be an array": {"json": {"digits": "1"}},
    "Error: operation missing": {"json": {}},
    "Error: operation invalid": {"json": {"operation": "pause"}},
    "Error: room_id missing": {"json": {"operation": "stop"}},
    "Error: room_id invalid": {"json": {"operation": "stop", "room_id": "x"}},
    "Error: meeting_url missing": {"json": {"operation": "start", "room_id": NOBODY}},
    "Error: meeting_url invalid": {"json": {"operation": "start", "room_id": NOBODY, "meeting_url": "x"}},
    "Error: rtmp_url and record missing": {
        "json": {"operation": "start", "room_id": NOBODY, "meeting_url": "https://a.example"}
    },
    "Error: no active beam found for the passed in identifiers": {"json": {"operation": "stop", "room_id": NOBODY}},
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
#: Questions that are too large, and such as fit until one of their options is longer.
MANY_QUESTIONS: Request = {"questions": [{"options": [{"text": "x" * 2000} for _ in range(65)]} for _ in range(2)]}
NEARLY_TOO_LARGE: Request = {"questions": [{"options": [{"text": "x" * 2000} for _ in range(n)]} for n in (100, 27)]}
LONG_OPTION: Request = {"text": "😀" * 2048}
POLL_TOO_LARGE = "Invalid body param: questions must not be larger than 256 KiB"
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
    ("create_poll", POLL_TOO_LARGE): {"json": MANY_QUESTIONS},
    ("update_poll", POLL_TOO_LARGE): {"json": MANY_QUESTIONS},
    ("update_question", POLL_TOO_LARGE): {"json": {"options": [LONG_OPTION] * 100}},
    ("update_option", POLL_TOO_LARGE): {"json": LONG_OPTION},
    ("place_call", "Invalid body param: name must be a string"): {
        "json": {"to": "1", "room_code": "abc-defg-hij", "trunk_id": NOBODY, "name": 1}
    },
    ("operate_beam", "Invalid body param: record must be a boolean"): {"json": {**BEAM, "record": 1}},
    ("operate_beam", "Error: Resolution not supported"): {"json": {**BEAM, "resolution": {}}},
    ("send_tones", NOT_PERMITTED): {},  # a backend's token is refused here
}
OF_ITS_FORM |= {
    (operation, f"{name}_time must be within {limit}"): {kind: {f"{name}_time": "2020-01-31T00:00:00Z"}}
    for operation, kind in (("list_webhook_events", "params"), ("replay_webhooks", "json"))
    for name, limit in (("start", "the last 30 days"), ("end", "14 days after start_time"))
}
#: What else makes an operation miss something, where it is not a room or a session that its path names.
MISSING: dict[tuple[str, str], Request] = {
    ("create_room", "Error: Room not found"): {"json": {"name": "nobody", "active": False}},
    ("send_message", "Error: Peer not found"): {"json": {"message": "Hello", "peer_id": NO_PEER}},
    ("remove_peers", "Error: Peer not found"): {"json": {"peer_id": NO_PEER}},
    ("create_room_code", "Error: Role not found"): {"url": f"{CODES}/room/{{id}}/role/speaker"},
    ("list_room_codes", "Error: Role not found"): {"params": {"role": "speaker"}},
    ("exchange_room_code", "Room is disabled"): {"json": {"code": CLOSED}},
    ("retrieve_peer_stats", "Error: Peer not found"): {"params": {"peer_id": NO_PEER, "session_id": "{session}"}},
}


class Places(NamedTuple):
    """What is named.

    A room that nobody is in, one that somebody is in, its session, and him; one that is disabled, and one that has all
    codes and keys that it can have; a template, one that has all roles that it can have, and a role; a poll that is
    nearly too large, and a question and an option of it.
    """

    id: str
    active: str
    session: str
    peer: str
    disabled: str
    full: str
    template: str
    crowded: str
    poll: str
    role: str = "host"
    question: str = "1"
    option: str = "1"

    def without(self, text: str) -> "Places":
        """Return what is named instead, to hear this text."""
        instead: dict[str, dict[str, str]] = {
            "Error: Room not found": {"id": NOBODY, "active": NOBODY},
            "Error: Session not found": {"active": self.id},
            "Error: Peer not found": {"peer": NO_PEER},
            "Error: Template not found": {"template": NOBODY},
            "Error: Role not found": {"role": "%00"},
            "Error: Poll not found": {"poll": NOBODY},
            "Error: Question not found": {"question": "101"},
            "Error: Option not found": {"option": "101"},
            "Invalid body param: roles must have at most 100 members": {"template": self.crowded, "role": "another"},
            "Room is disabled": {"id": self.disabled},
            "Room has an active stream key": {"id": self.full},
            "Room has as many room codes as a room can have: 100": {"id": self.full},
        }
        return self._replace(**instead.get(text, {}))

    def named_in(self, part: Any) -> Any:
        """Return the part of a request with these in the place of their names."""
        if isinstance(part, dict):
            return {name: self.named_in(inside) for name, inside in part.items()}
        for name, id in self._asdict().items() if isinstance(part, str) else ():
            part = part.replace(f"{{{name}}}", id)
        return part


@pytest.fixture
def lost_keys(database: asyncpg.Connection) -> Trouble:
    """`async with lost_keys():` no key of `/v2` can be used."""

    @asynccontextmanager
    async def lost_keys() -> AsyncIterator[None]:
        sealed = await database.fetchval("SELECT sealed_secret FROM api_key")
        await database.execute("UPDATE api_key SET sealed_secret = 'sealed under another key'")
        try:
            yield
        finally:
            await database.execute("UPDATE api_key SET sealed_secret = $1", sealed)

    return lost_keys


@pytest.fixture
def held_queue(database: asyncpg.Connection, database_url: str) -> Trouble:
    """`async with held_queue():` a webhook failed, and somebody holds what it would be told again by."""

    @asynccontextmanager
    async def held_queue() -> AsyncIterator[None]:
        tellings = Tellings(database)
        await database.execute("UPDATE deployment SET sealed_webhook = 'sealed'")
        await tellings.shut(WORKSPACE)
        await tellings.told(await tellings.happened("TemplateUpdated"), "failed")
        other = await asyncpg.connect(database_url)
        try:
            async with other.transaction():
                await other.execute("SELECT FROM webhook_queue FOR UPDATE")
                yield
        finally:
            await other.close()

    return held_queue


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
async def request_for(
    hms: httpx.AsyncClient, house: House, mint: Mint, rooms: list[dict[str, Any]], *, make: Make, make_poll: Make
) -> Ask:
    """`request_for(operation, refusal)`: a request that is refused so. There are rooms, templates, polls, a meeting."""
    room, disabled, full = (each["id"] for each in rooms)
    meeting = await house.meeting()
    await meeting.join(house.ada)
    session = (await hms.get(f"{ACTIVE}/{meeting.hex}")).json()["session"]
    await make(name="another")
    template = await make(name="one", default=True, roles={"host": {}, "guest": {}, **MANY})
    crowded = await make(roles=CROWD)
    poll = await make_poll(**NEARLY_TOO_LARGE)
    session_id, [peer] = session["id"], session["peers"]
    places = Places(room, meeting.hex, session_id, peer, disabled, full, template["id"], crowded["id"], poll["id"])

    def request_for(operation: str, refusal: Request) -> Request:
        text = refusal.get("details", [refusal["message"]])[0]
        own, there = (MISSING | OF_ITS_FORM).get((operation, text)), places.without(text)
        if own is None and text in TOKENS:
            cause: Request = {"headers": {"Authorization": f"Bearer {mint(**TOKENS[text])}"}}
        else:
            cause = CAUSES.get(text, {}) if own is None else own
        if operation == "send_tones" and text != NOT_PERMITTED:
            token = mint(type="app", room_id=there.id, role="host")
            cause = {"headers": {"Authorization": f"Bearer {token}"}} | cause
        return there.named_in(REQUESTS[operation] | cause)

    return request_for


#: Operations that are asked one after the other where the same is there: nothing that is refused changes it.
PARTS = [list(REQUESTS)[first::6] for first in range(6)]


@pytest.mark.parametrize("operations", PARTS, ids="abcdef")
async def test_is_heard(
    hms: httpx.AsyncClient,
    unheard: httpx.AsyncClient,
    same: Check,
    request_for: Ask,
    subtests: pytest.Subtests,
    *,
    failing_statements: Trouble,
    lost_keys: Trouble,
    held_queue: Trouble,
    operations: list[str],
) -> None:
    troubles: dict[str, Any] = {
        "Internal Server Error": failing_statements,
        "There is no key to sign a token with": lost_keys,
        "webhook replay service unavailable": held_queue,
    }
    for operation in operations:
        told = (await description("/v2")).operations[operation]
        refusals = [(int(status), refusal) for status in told.statuses for refusal in told.examples(status)]
        with subtests.test(operation=operation):
            assert len(refusals) >= (4 if operation in CANNOT_FAIL else 9)
        for status, refusal in refusals:
            if status == 500 and operation in CANNOT_FAIL:
                continue
            request, client = request_for(operation, refusal), unheard if status == 429 else hms
            more = ["api_key"] if request["url"].startswith(OF_AN_ENGINE) else []
            with subtests.test(operation=operation, refusal=refusal):
                async with troubles.get(refusal["message"], nullcontext)(*more):
                    same(await client.request(**request), refusal, status)


async def test_every_operation_is_asked() -> None:
    assert (await description("/v2")).operations.keys() == REQUESTS.keys()
