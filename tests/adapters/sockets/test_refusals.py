"""Refusals of a handshake: by the application, and of what is none."""

import pytest
from peers import KEY, OFFER, Peer, assert_refused


class TestRefusal:
    @pytest.mark.parametrize(("wish", "status"), [("deny", 401), ("close", 403), ("leave", 500), ("crash", 500)])
    def test_by_the_application_has_no_words(self, peer: Peer, wish: str, status: int) -> None:
        assert_refused(peer.offer(f"GET /events?{wish}"), status, peer)

    def test_has_those_that_the_application_gives(self, peer: Peer) -> None:
        heard = peer.offer("GET /events?deny={}")
        assert (heard.status, heard.json, heard["content-length"], heard["connection"]) == (401, {}, "2", "close")
        assert peer.ended

    @pytest.mark.parametrize(
        ("offer", "status"),
        [
            (OFFER, 400),
            ((*OFFER, "Sec-WebSocket-Key: eA=="), 400),
            ((*OFFER, KEY, KEY), 400),
            ((*OFFER, KEY, "Content-Length: 1"), 400),
            ((*OFFER, KEY, "Transfer-Encoding: chunked"), 400),
            ((*OFFER, KEY, "Upgrade: websocket"), 426),
            ((*OFFER[:2], "Sec-WebSocket-Version: 8", KEY), 426),
            ((*OFFER[:2], KEY), 426),
        ],
    )
    def test_of_a_bad_handshake_has_none(self, peer: Peer, offer: tuple[str, ...], status: int) -> None:
        heard = peer.offer(offer=offer)
        assert_refused(heard, status, peer)
        assert heard["upgrade"] == ("websocket" if status == 426 else None)

    def test_of_another_version_says_which_there_is(self, peer: Peer) -> None:
        heard = peer.offer(offer=(*OFFER[:2], "Sec-WebSocket-Version: 8", KEY))
        assert heard["sec-websocket-version"] == "13"

    def test_there_is_none_of_what_other_requests_may_have(self, peer: Peer) -> None:
        """How large header fields may be is for the application to say."""
        fields = (f"X: {'x' * 16_000}", *["X: x"] * 1000)
        assert peer.offer("GET /events", *fields).status == 101
