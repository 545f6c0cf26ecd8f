"""Messages that are not forwarded: bodies of other forms, times that cannot be, and XML that is broken or hostile."""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import asyncpg
import pytest
from messages import STANZA, forward, forwarded, messages
from people import JSON, Person, Room
from transcripts import assert_empty

LONGEST = 64 * 1024
Refused = Callable[..., Awaitable[None]]

LAUGHS = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 11))
BOMBS = {
    "a DOCTYPE": "<!DOCTYPE message><message/>",
    "a DOCTYPE after white space": "\n <!DOCTYPE message><message/>",
    "a DOCTYPE after a comment": "<!-- --><!DOCTYPE message><message/>",
    "a DOCTYPE after a declaration": "<?xml version='1.0'?><!DOCTYPE message [ ]><message/>",
    "a DOCTYPE elsewhere": "<!DOCTYPE message SYSTEM 'http://127.0.0.1:9/a.dtd'><message/>",
    "a public DOCTYPE": "<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN' 'a.dtd'><html/>",
    "an entity": "<!DOCTYPE a [<!ENTITY b 'c'>]><message><body>&b;</body></message>",
    "a billion laughs": f"<!DOCTYPE a [<!ENTITY l0 'ha'>{LAUGHS}]><message><body>&l10;</body></message>",
    "a billion laughs in an attribute": f"<!DOCTYPE a [<!ENTITY l0 'ha'>{LAUGHS}]><message from='&l10;'/>",
    "a billion laughs by default": f"<!DOCTYPE a [<!ENTITY l0 'ha'>{LAUGHS}<!ATTLIST a b CDATA '&l10;'>]><a/>",
    "a billion laughs after comments": f"<!-- > --><?a?><!DOCTYPE a [<!ENTITY l0 'ha'>{LAUGHS}]><a>&l10;</a>",
    "a quadratic blow-up": f"<!DOCTYPE a [<!ENTITY b '{'c' * 30_000}'>]><message>{'&b;' * 10_000}</message>",
    "an external entity": "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><message><body>&b;</body></message>",
    "an external entity of a host": "<!DOCTYPE a [<!ENTITY b SYSTEM 'http://127.0.0.1:9/'>]><message>&b;</message>",
    "a parameter entity": "<!DOCTYPE a [<!ENTITY % b SYSTEM 'file:///etc/passwd'> %b;]><message/>",
    "a notation": "<!DOCTYPE a [<!NOTATION b SYSTEM 'c'>]><message/>",
    "attributes by default": "<!DOCTYPE a [<!ATTLIST message from CDATA 'ada'>]><message/>",
    "too deep a nesting": "<a>" * 65 + "</a>" * 65,
    "far too deep a nesting": "<a>" * 9_000 + "</a>" * 9_000,
    "far too deep and unclosed": "<a>" * 20_000,
    "one character too many": f"<a>{'b' * (LONGEST - 6)}</a>",
    "far too many": f"<a>{'b' * 900_000}</a>",
    "far too many attributes": f"<a {' '.join(f'b{n}=' + chr(34) * 2 for n in range(60_000))}/>",
}
BROKEN = [
    "<",
    "<>",
    "<message",
    "<message>",
    "</message>",
    "<message></body>",
    "<message/><message/>",
    "<message/>text",
    "<message a='1' a='2'/>",
    "<message a=1/>",
    "<message>&nbsp;</message>",
    "<message>&b;</message>",
    "<message>a & b</message>",
    "<message>&#0;</message>",
    "<message>&#xD800;</message>",
    "<message>\x01</message>",
    "<message>\ufffe</message>",
    "<message><![CDATA[a</message>",
    "<message><!-- -- --></message>",
    "<1/>",
    "<3 <3",
    "  <b",
    "<!-- -->",
    "<?xml version='1.0'?>",
    "<!doctype message><message/>",
    "<message>]]></message>",
]


@pytest.fixture
def refused(ada: Person, group: Room, database: asyncpg.Connection) -> Refused:
    """See that these are refused, alone and beside one that would not be, and that nothing of them is kept."""

    async def refused(*sent: Any) -> None:
        fine = {"originalMessage": STANZA}
        for one in sent:
            for several in ([one], [fine, one], [one, fine]):
                assert_empty(await forward(ada, group, *several), 400)
        assert await messages(database, group) == []

    return refused


class TestXml:
    @pytest.mark.parametrize("name", BOMBS)
    async def test_that_is_hostile(self, refused: Refused, name: str) -> None:
        await refused({"originalMessage": BOMBS[name]})

    @pytest.mark.parametrize("original", BROKEN)
    async def test_that_is_broken(self, refused: Refused, original: str) -> None:
        await refused({"originalMessage": original})

    @pytest.mark.parametrize(
        "original",
        [
            "<a>" * 64 + "</a>" * 64,
            "<a><b/></a>".replace("<b/>", "<b/>" * 10_000),
            f"<a>{'b' * (LONGEST - 7)}</a>",
            f"<a>{'😀' * (LONGEST - 7)}</a>",
            "<message><body><![CDATA[<!DOCTYPE a>]]></body></message>",
            "<message><!-- <!DOCTYPE a> --><body a='&lt;!DOCTYPE'>&lt;!DOCTYPE a&gt;</body></message>",
            "<message>&lt;&gt;&amp;&quot;&apos;&#x1F600;&#65;</message>",
            "<message><?a b?></message><!-- -->\n",
            " \t\r\n<message/>\n",
            "<é ü='ö'/>",
        ],
        ids=lambda original: f"{len(original)} {original[:20]!r}",
    )
    async def test_that_is_neither_is_kept_as_it_was_sent(
        self, ada: Person, group: Room, database: asyncpg.Connection, original: str
    ) -> None:
        await forwarded(ada, group, original)
        assert [row["original"] for row in await messages(database, group)] == [original]

    @pytest.mark.parametrize(
        "before", ["\ufeff", "\u00a0", "\u200b", "\x0b", "\x1f", "\u2028", "\u0085", "\x00", "&#32;"]
    )
    async def test_behind_what_only_looks_like_white_space_is_refused_or_plain_text(
        self, ada: Person, group: Room, database: asyncpg.Connection, before: str
    ) -> None:
        answer = await forward(ada, group, {"originalMessage": before + BOMBS["an external entity"]})
        assert answer.status_code in {204, 400}
        assert_empty(answer, answer.status_code)
        for row in await messages(database, group):
            assert row["original"].startswith("<message><body>")
            assert "<!" not in row["original"]

    @pytest.mark.parametrize("text", ["a\x01b", "\x1f", "a\ufffe", "\uffff", "a\x0bb", "\x7f\x80"])
    async def test_plain_text_of_what_xml_cannot_hold_is_refused_or_made_to_fit(
        self, ada: Person, group: Room, database: asyncpg.Connection, text: str
    ) -> None:
        answer = await forward(ada, group, {"originalMessage": text})
        assert answer.status_code in {204, 400}
        assert_empty(answer, answer.status_code)
        for row in await messages(database, group):
            assert ET.fromstring(row["original"]).tag == "message"  # noqa: S314 - the server's own words

    @pytest.mark.parametrize("encoding", ["UTF-16", "UTF-7", "ISO-8859-1", "IBM037", "base64", "idna", "", "😀"])
    async def test_that_claims_another_encoding_harms_nothing(
        self, ada: Person, group: Room, database: asyncpg.Connection, encoding: str
    ) -> None:
        original = f"<?xml version='1.0' encoding='{encoding}'?><message>é +ADw-</message>"
        answer = await forward(ada, group, {"originalMessage": original})
        assert answer.status_code in {204, 400}
        assert_empty(answer, answer.status_code)
        assert {row["original"] for row in await messages(database, group)} <= {original}

    @pytest.mark.parametrize("name", BOMBS)
    async def test_is_refused_about_as_fast_as_a_message_of_its_size_is_kept(
        self, ada: Person, group: Room, name: str
    ) -> None:
        bomb = BOMBS[name]
        times: dict[int, list[float]] = {}
        message = f"<a>{'b' * (min(len(bomb), LONGEST) - 7)}</a>"
        padding = " " * (len(bomb) - len(message))
        for sent, status in (({"originalMessage": bomb}, 400), ({"originalMessage": message, "padding": padding}, 204)):
            for _ in range(5):
                began = time.perf_counter()
                assert_empty(await forward(ada, group, sent), status)
                times.setdefault(status, []).append(time.perf_counter() - began)
        assert min(times[400]) < 5 * min(times[204])


class TestBodies:
    @pytest.mark.parametrize(
        "content", [b"", b"{}", b"1", b'"a"', b"null", b"true", b"[", b"[1]]", b"\xff", b"nonsense"]
    )
    async def test_that_are_no_array(self, ada: Person, group: Room, content: bytes) -> None:
        assert_empty(await ada("POST", f"/rooms/{group['id']}/forward", headers=JSON, content=content), 400)

    async def test_that_are_a_message_without_its_array(self, ada: Person, group: Room) -> None:
        path = f"/rooms/{group['id']}/forward"
        assert_empty(await ada("POST", path, json={"originalMessage": STANZA}), 400)

    async def test_that_are_too_large(self, ada: Person, group: Room) -> None:
        content = b"[" + b" " * 2**20 + b"]"
        assert_empty(await ada("POST", f"/rooms/{group['id']}/forward", headers=JSON, content=content), 413)

    async def test_of_more_messages_than_anybody_selects(
        self, ada: Person, group: Room, database: asyncpg.Connection
    ) -> None:
        message = {"originalMessage": STANZA}
        assert_empty(await forward(ada, group, *([message] * 1001)), 400)
        assert await messages(database, group) == []
        assert_empty(await forward(ada, group, *([message] * 1000)), 204)
        assert len(await messages(database, group)) == 1000

    async def test_of_other_items(self, refused: Refused) -> None:
        await refused(*(None, 1, 1.5, True), "a", STANZA, [], [{"originalMessage": STANZA}])

    async def test_without_a_message(self, refused: Refused) -> None:
        await refused({}, {"originalMessage": None}, {"originalMessage": ""}, {"originalmessage": STANZA})

    @pytest.mark.parametrize("member", ["originalMessage", "originalMessageSentAt", "description"])
    async def test_of_another_type(self, refused: Refused, member: str) -> None:
        for value in (1, 0, 1.5, True, False, [], {}, ["a"], {"a": "b"}):
            await refused({"originalMessage": STANZA, member: value})

    @pytest.mark.parametrize("member", ["originalMessage", "originalMessageSentAt", "description"])
    @pytest.mark.parametrize("text", ["\\u0000", "\\ud800", "\\ude00a"])
    async def test_of_text_that_is_none(self, ada: Person, group: Room, member: str, text: str) -> None:
        rest = "" if member == "originalMessage" else '"originalMessage": "Hello", '
        content = f'[{{{rest}"{member}": "a{text}"}}]'
        assert_empty(await ada("POST", f"/rooms/{group['id']}/forward", headers=JSON, content=content), 400)


class TestTimes:
    @pytest.mark.parametrize(
        ("said", "meant"),
        [
            ("2019-08-24T14:15:22Z", datetime(2019, 8, 24, 14, 15, 22, tzinfo=UTC)),
            ("2019-08-24T14:15:22.123Z", datetime(2019, 8, 24, 14, 15, 22, 123_000, tzinfo=UTC)),
            ("2019-08-24T14:15:22.5+00:00", datetime(2019, 8, 24, 14, 15, 22, 500_000, tzinfo=UTC)),
            ("2019-08-24T14:15:22+02:00", datetime(2019, 8, 24, 12, 15, 22, tzinfo=UTC)),
            ("2019-12-31T23:15:22.123000-09:30", datetime(2020, 1, 1, 8, 45, 22, 123_000, tzinfo=UTC)),
            ("2020-02-29T00:00:00-00:00", datetime(2020, 2, 29, tzinfo=UTC)),
            ("1969-12-31T23:59:59Z", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ],
    )
    async def test_that_can_be_are_kept(
        self, ada: Person, group: Room, database: asyncpg.Connection, said: str, meant: datetime
    ) -> None:
        sent = {"originalMessage": STANZA, "originalMessageSentAt": said}
        assert_empty(await forward(ada, group, sent), 204)
        assert [row["original_sent_at"] for row in await messages(database, group)] == [meant]

    @pytest.mark.parametrize(
        "said",
        [
            *("", " ", "junk", "now", "1566656122", "2019", "2019-08-24", "14:15:22Z", "24.08.2019 14:15:22Z"),
            *("2019-08-24T14:15:22", "2019-08-24T14:15:22.123", "2019-08-24T14:15:22 Europe/Rome"),
            *("2019-13-24T14:15:22Z", "2019-00-24T14:15:22Z", "2019-02-29T14:15:22Z", "2019-08-32T14:15:22Z"),
            *("2019-08-24T25:15:22Z", "2019-08-24T14:60:22Z", "2019-08-24T14:15:61Z", "0000-08-24T14:15:22Z"),
            *("2019-08-24T14:15:22+25:00", "2019-08-24T14:15:22+02:99", "2019-08-24T14:15:22ZZ"),
            *("12019-08-24T14:15:22Z", "-2019-08-24T14:15:22Z", "2019-08-24T14:15:22Z\n2019-08-24T14:15:22Z"),
            *("٢٠١٩-08-24T14:15:22Z", "2019-08-24T14:15:22Z😀", "9" * 10_000),
        ],
    )
    async def test_that_cannot_be_are_refused(self, refused: Refused, said: str) -> None:
        await refused({"originalMessage": STANZA, "originalMessageSentAt": said})

    @pytest.mark.parametrize(
        "said", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999999Z"]
    )
    async def test_at_the_ends_of_time_harm_nothing(self, ada: Person, group: Room, said: str) -> None:
        answer = await forward(ada, group, {"originalMessage": STANZA, "originalMessageSentAt": said})
        assert answer.status_code in {204, 400}
        assert_empty(answer, answer.status_code)
