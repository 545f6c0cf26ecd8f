"""README of the contract: nothing of a secret is shown by `repr` or an error."""

import logging
from typing import Any

import httpx
import pytest
from processes import SECRET_KEY

from app.apis.hms import errors
from app.apis.hms.schemas import NewRoom, RoomMembers
from app.domain.secrets import SecretKey

SECRET = "a secret that nobody must see"
UPLOAD = {"type": "s3", "location": "bucket", "credentials": {"key": SECRET, "secret": SECRET}}
BODY: dict[str, Any] = {
    "recording_info": {"upload_info": UPLOAD},
    "webhook": {"url": f"https://{SECRET.replace(' ', '-')}.example", "headers": {"Authorization": SECRET}},
}


@pytest.mark.parametrize("model", [NewRoom, RoomMembers])
def test_a_body_does_not_show_them(model: type[RoomMembers]) -> None:
    body = model.model_validate(BODY)
    shown = repr([body, body.recording_info, body.webhook, body.configuration(SecretKey(SECRET_KEY))])
    assert SECRET not in shown
    assert SECRET.replace(" ", "-") not in shown


async def test_a_crash_over_a_wrong_body_does_not_tell_them(
    hms: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(errors, "invalid", crash)
    with caplog.at_level(logging.INFO):
        answer = await hms.post("/v2/rooms", json={**BODY, "size": "x"})
    assert answer.status_code == 500
    assert "ZeroDivisionError" in caplog.text
    assert SECRET not in caplog.text
