"""README of the contract: nothing of a secret is shown by `repr` or an error."""

import logging
from typing import Any

import httpx
import pytest
from processes import SECRET_KEY
from pydantic import BaseModel

from app.apis.hms import errors
from app.apis.hms.beam_schemas import Beam
from app.apis.hms.schemas import NewRoom, RoomMembers
from app.apis.hms.sip_schemas import NewCall, NewTrunk, TrunkChanges
from app.apis.hms.start_schemas import NewExternalStream, NewLiveStream, NewRecording
from app.apis.hms.template_schemas import NewTemplate
from app.domain import templates
from app.domain.database import Transaction
from app.domain.secrets import SecretKey

Body = dict[str, Any]
SECRET = "a secret that nobody must see"
UPLOAD = {"type": "s3", "location": "bucket", "credentials": {"key": SECRET, "secret": SECRET}}
BODY: Body = {
    "recording_info": {"upload_info": UPLOAD},
    "webhook": {"url": f"https://{SECRET.replace(' ', '-')}.example", "headers": {"Authorization": SECRET}},
}

#: In URLs of meetings and streams, where keys and codes are, it has no space.
HIDDEN = SECRET.replace(" ", "-")
URLS = {"meeting_url": f"https://meet.example/{HIDDEN}", "rtmp_urls": [f"rtmp://live.example/{HIDDEN}"]}
BEAM = {"operation": "start", "room_id": "0" * 24, "record": True, **URLS}
TRUNK = {"username": "ada", "password": SECRET, "address": "trunk.example", "from": "1"}
CALL = {"to": "1", "room_code": SECRET, "trunk_id": "1"}
BUCKET = {"type": "s3", "location": "bucket", "prefix": "rooms", "credentials": {"key": SECRET, "secretKey": SECRET}}
TEMPLATE: Body = {
    "settings": {"recording": {"upload": BUCKET}},
    "destinations": {"rtmpDestinations": {"channel": {"rtmpUrls": URLS["rtmp_urls"]}}},
}


@pytest.mark.parametrize("model", [NewRoom, RoomMembers])
def test_a_body_does_not_show_them(model: type[RoomMembers]) -> None:
    body = model.model_validate(BODY)
    shown = repr([body, body.recording_info, body.webhook, body.configuration(SecretKey(SECRET_KEY))])
    assert SECRET not in shown
    assert SECRET.replace(" ", "-") not in shown


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (NewRecording, URLS),
        (NewLiveStream, URLS),
        (NewExternalStream, URLS),
        (Beam, BEAM),
        (NewTrunk, TRUNK),
        (TrunkChanges, TRUNK),
        (NewCall, CALL),
    ],
)
def test_a_body_that_asks_something_of_an_engine_does_not_show_them(model: type[BaseModel], body: Body) -> None:
    shown = repr(model.model_validate(body))
    assert SECRET not in shown
    assert HIDDEN not in shown


async def test_a_template_does_not_show_them(transaction: Transaction) -> None:
    body = NewTemplate.model_validate(TEMPLATE)
    contents = body.contents(SecretKey(SECRET_KEY))
    assert HIDDEN in contents.destinations
    async with transaction.begun():
        stored = await templates.establish(transaction, "webinar", contents)
    shown = repr([body, body.settings, body.destinations, contents, stored])
    assert "webinar" in shown
    assert SECRET not in shown
    assert HIDDEN not in shown


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("external-streams/room/x/start", {"rtmp_urls": [f"http://{HIDDEN}"]}),
        ("external-streams/room/x/start", {**URLS, "recording": "x"}),
        ("recordings/room/x/start", {"meeting_url": HIDDEN}),
        ("live-streams/room/x/start", {"meeting_url": f"https://{HIDDEN}\0"}),
        ("beam", {**BEAM, "meeting_url": HIDDEN}),
        ("beam", {**BEAM, "rtmp_urls": [HIDDEN]}),
        ("beam", BEAM),
        ("sip/outbound/trunks", {**TRUNK, "address": 1}),
        ("sip/outbound/trunks", {**TRUNK, "password": [SECRET]}),
        ("sip/outbound/call", {**CALL, "trunk_id": ""}),
    ],
)
async def test_neither_a_refusal_nor_the_log_tells_them(
    hms: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, path: str, body: Body
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = await hms.post(f"/v2/{path}", json=body)
    assert answer.status_code == 400
    for told in (answer.text, caplog.text):
        assert SECRET not in told
        assert HIDDEN not in told


async def test_a_crash_over_a_wrong_body_does_not_tell_them(
    hms: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(errors, "invalid", crash)
    for path, body in (("rooms", {**BODY, "size": "x"}), ("external-streams/room/x/start", {**URLS, "recording": "x"})):
        with caplog.at_level(logging.INFO):
            answer = await hms.post(f"/v2/{path}", json=body)
        assert answer.status_code == 500
        assert "ZeroDivisionError" in caplog.text
        assert SECRET not in caplog.text
        assert HIDDEN not in caplog.text
