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
        "offer",
        [
            OFFER,
            (*OFFER, "Sec-WebSocket-Key: eA=="),
            (*OFFER, KEY, KEY),
            (*OFFER, KEY, "Upgrade: websocket"),
            (*OFFER, KEY, "Sec-WebSocket-Protocol:"),
            (*OFFER[:2], "Sec-WebSocket-Version: 8", KEY),
            (*OFFER[:2], KEY),
        ],
    )
    def test_is_for_the_application_where_it_is_no_handshake(self, peer: Peer, offer: tuple[str, ...]) -> None:
        heard = peer.offer(offer=offer)
        assert (heard.status, heard.body) == (200, b"GET /events")
        assert peer.offer().status == 101

    @pytest.mark.parametrize(
        "body", ["Content-Length: 1\r\n\r\nx", "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"]
    )
    def test_is_for_the_application_where_a_body_comes_with_it(self, peer: Peer, body: str) -> None:
        peer.say("GET /events HTTP/1.1\r\nHost: x\r\n", *(f"{field}\r\n" for field in (*OFFER, KEY)), body)
        assert peer.hear().body == b"GET /events"
        assert peer.offer().status == 101

    def test_there_is_none_of_what_other_requests_may_have(self, peer: Peer) -> None:
        """How large header fields may be is for the application to say."""
        fields = (f"X: {'x' * 16_000}", *["X: x"] * 1000)
        assert peer.offer("GET /events", *fields).status == 101
