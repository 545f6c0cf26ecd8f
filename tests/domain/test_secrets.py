"""What SECRET_KEY is used for."""

import base64
import hashlib
import hmac

import pytest

from app.domain.errors import SecretKeyMismatch
from app.domain.secrets import SecretKey

KEY = SecretKey("a key of the tests")
OTHER = SecretKey("another key")
BOTH = SecretKey("another key", "a third", "a key of the tests")


class TestSigning:
    def test_what_was_signed_comes_back(self) -> None:
        assert KEY.signed("join token", KEY.sign("join token", b"payload")) == b"payload"

    def test_is_lower_case_hex_with_a_signature_of_32_digits(self) -> None:
        assert len(KEY.sign("join token", b"\xff")) == 2 + 32
        assert KEY.sign("join token", b"\xff").startswith("ff")

    def test_another_key_or_purpose_signs_nothing(self) -> None:
        assert KEY.signed("join token", OTHER.sign("join token", b"payload")) is None
        assert KEY.signed("join token", KEY.sign("page of conferences", b"payload")) is None

    @pytest.mark.parametrize(
        "change", [str.upper, lambda text: text[:-1], lambda text: f" {text}", lambda _: "", str.title]
    )
    def test_every_other_spelling_is_refused(self, change) -> None:
        assert KEY.signed("join token", change(KEY.sign("join token", b"\xab\xcd"))) is None

    @pytest.mark.parametrize("text", ["x", "é" * 64, "\ud800", "\u0660" * 64, "0" * 100_000])
    def test_what_nobody_signed_is_refused(self, text: str) -> None:
        assert KEY.signed("join token", text) is None


class TestSealing:
    def test_what_was_sealed_comes_back(self) -> None:
        assert KEY.unseal(KEY.seal("naïve 🔑")) == "naïve 🔑"

    def test_a_seal_shows_nothing_and_never_the_same(self) -> None:
        first, second = KEY.seal("secret"), KEY.seal("secret")
        assert first != second
        assert b"secret" not in first

    def test_another_key_opens_nothing(self) -> None:
        with pytest.raises(SecretKeyMismatch):
            OTHER.unseal(KEY.seal("secret"))


class TestFallbacks:
    """Other keys beside the own one: what they did is understood, and nothing new is done with them."""

    def test_what_each_signed_comes_back(self) -> None:
        for key in (KEY, OTHER, SecretKey("a third")):
            assert BOTH.signed("join token", key.sign("join token", b"payload")) == b"payload"

    def test_what_was_signed_for_another_purpose_is_refused(self) -> None:
        assert BOTH.signed("join token", KEY.sign("page of conferences", b"payload")) is None

    @pytest.mark.parametrize("change", [str.upper, lambda text: text[:-1], lambda text: f"{text[:-2]}00"])
    def test_every_other_spelling_is_refused(self, change) -> None:
        assert BOTH.signed("join token", change(KEY.sign("join token", b"\xab\xcd"))) is None

    def test_what_each_sealed_comes_back(self) -> None:
        assert [BOTH.unseal(key.seal("secret")) for key in (KEY, OTHER, SecretKey("a third"))] == ["secret"] * 3

    def test_what_no_key_sealed_is_refused(self) -> None:
        with pytest.raises(SecretKeyMismatch):
            BOTH.unseal(SecretKey("a fourth").seal("secret"))

    def test_signs_and_seals_with_its_own_key(self) -> None:
        assert BOTH.sign("join token", b"payload") == OTHER.sign("join token", b"payload")
        assert OTHER.unseal(BOTH.seal("secret")) == "secret"

    def test_seals_anew_what_another_sealed(self) -> None:
        anew = BOTH.sealed_anew(KEY.seal("secret"))
        assert anew
        assert OTHER.unseal(anew) == "secret"
        assert BOTH.sealed_anew(anew) is None

    def test_seals_nothing_anew_that_nobody_can_read(self) -> None:
        with pytest.raises(SecretKeyMismatch):
            BOTH.sealed_anew(SecretKey("a fourth").seal("secret"))


def verified(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Verify as a receiver does that has read https://www.standardwebhooks.com, and nothing of ours."""
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    content = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    digest = hmac.new(key, content, hashlib.sha256).digest()
    signatures = [signature.split(",") for signature in headers["webhook-signature"].split(" ")]
    return any(version == "v1" and base64.b64decode(text, validate=True) == digest for version, text in signatures)


class TestTelling:
    """Webhooks are signed for their receivers, who have a secret made of the key."""

    BODY = '{"name":"naïve 🔑"}'.encode()

    def told(self, key: SecretKey, body: bytes = BODY) -> dict[str, str]:
        signature = key.webhook_signatures("0193-a", 1_700_000_000, body)
        return {"webhook-id": "0193-a", "webhook-timestamp": "1700000000", "webhook-signature": signature}

    def test_the_receiver_verifies_it(self) -> None:
        assert verified(KEY.webhook_secret, self.told(KEY), self.BODY)
        assert verified(KEY.webhook_secret, self.told(KEY, b""), b"")

    @pytest.mark.parametrize("header", [{"webhook-id": "0193-b"}, {"webhook-timestamp": "1700000001"}])
    def test_nothing_of_it_can_be_another(self, header: dict[str, str]) -> None:
        assert not verified(KEY.webhook_secret, self.told(KEY) | header, self.BODY)
        assert not verified(KEY.webhook_secret, self.told(KEY), self.BODY + b" ")
        assert not verified(OTHER.webhook_secret, self.told(KEY), self.BODY)

    def test_the_secret_has_the_documented_spelling_and_length(self) -> None:
        assert KEY.webhook_secret.startswith("whsec_")
        assert 24 <= len(base64.b64decode(KEY.webhook_secret.removeprefix("whsec_"), validate=True)) <= 64

    def test_the_secret_opens_and_signs_nothing_else(self) -> None:
        of_receivers = SecretKey(KEY.webhook_secret.removeprefix("whsec_"))
        assert of_receivers.sign("join token", b"payload") != KEY.sign("join token", b"payload")
        with pytest.raises(SecretKeyMismatch):
            of_receivers.unseal(KEY.seal("secret"))

    def test_each_of_the_other_keys_signs_it_too_behind_the_own_one(self) -> None:
        one_each = [self.told(key)["webhook-signature"] for key in (OTHER, SecretKey("a third"), KEY)]
        assert self.told(BOTH)["webhook-signature"] == " ".join(one_each)
        for key in (OTHER, SecretKey("a third"), KEY):
            assert verified(key.webhook_secret, self.told(BOTH), self.BODY)
        assert BOTH.webhook_secret == OTHER.webhook_secret


def test_repr_shows_no_key() -> None:
    assert "key of the tests" not in repr(KEY) + repr(BOTH)


def test_any_bytes_of_the_environment_are_a_key() -> None:
    assert SecretKey("\udcff").sign("join token", b"") != SecretKey("").sign("join token", b"")
