"""The members of a request to create a room: what each may be, its limits, the words for what it may not."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

ROOM = "/api/realtime/room"
JSON = {"Content-Type": "application/json"}
Check = Callable[..., None]
Make = Callable[..., Awaitable[dict[str, Any]]]


LIMITS = {"name": 512, "description": 4096}


@pytest.mark.parametrize("member", LIMITS)
class TestText:
    """`name` and `description`."""

    @pytest.mark.parametrize(
        "text",
        [
            "",
            " ",
            "  Room  A ",
            "line\nbreak\ttab \u007f\u0001",
            "Überraum 会議室 غرفة",
            "👩🏽‍🚀 🏳️‍🌈 e\u0301 \u202eRTL\ufeff \uffff",
            "'; DROP TABLE conference; -- $1 %s {} \\",
            '[RO-1] "quoted" </script>',
        ],
    )
    async def test_comes_back_as_it_was(
        self, vcs: httpx.AsyncClient, create_room: Make, member: str, text: str
    ) -> None:
        created = await create_room(**{member: text})
        fetched = (await vcs.get(f"{ROOM}/{created['id']}")).json()
        listed = (await vcs.get(ROOM)).json()["data"][0]
        assert [created[member], fetched[member], listed[member]] == [text, text, text]

    @pytest.mark.parametrize("character", ["a", "é", "会", "😀"])
    async def test_may_have_so_many_code_points_and_not_one_more(
        self, vcs: httpx.AsyncClient, refused: Check, member: str, character: str
    ) -> None:
        full = await vcs.post(ROOM, json={member: character * LIMITS[member]})
        assert full.json()["room"][member] == character * LIMITS[member]
        over = await vcs.post(ROOM, json={member: character * (LIMITS[member] + 1)})
        refused(over, "BASE-00013", member, LIMITS[member])

    async def test_an_escaped_surrogate_pair_is_one_code_point(self, vcs: httpx.AsyncClient, member: str) -> None:
        escaped = r"\ud83d\ude80" * LIMITS[member]
        answer = await vcs.post(ROOM, content=f'{{"{member}":"{escaped}"}}', headers=JSON)
        assert answer.json()["room"][member] == "🚀" * LIMITS[member]

    @pytest.mark.parametrize("value", [True, False, 0, 1, 1.5, [], ["a"], {}, {"a": 1}])
    async def test_of_another_type_is_invalid(
        self, vcs: httpx.AsyncClient, refused: Check, member: str, value: object
    ) -> None:
        refused(await vcs.post(ROOM, json={member: value}), "BASE-00016", member)

    @pytest.mark.parametrize("escape", [r"\u0000", r"a\u0000b"])
    async def test_with_nul_is_invalid(self, vcs: httpx.AsyncClient, refused: Check, member: str, escape: str) -> None:
        answer = await vcs.post(ROOM, content=f'{{"{member}":"{escape}"}}', headers=JSON)
        refused(answer, "BASE-00016", member)

    async def test_given_twice_the_last_counts(self, vcs: httpx.AsyncClient, member: str) -> None:
        answer = await vcs.post(ROOM, content=f'{{"{member}":true,"{member}":"B"}}', headers=JSON)
        assert answer.json()["room"][member] == "B"


class TestConferenceType:
    """`conferenceType`."""

    @pytest.mark.parametrize("kind", ["MESH", "SFU"])
    async def test_is_kept(self, vcs: httpx.AsyncClient, create_room: Make, kind: str) -> None:
        room = await create_room(conferenceType=kind)
        assert room["conferenceType"] == kind
        assert (await vcs.get(f"{ROOM}/{room['id']}")).json()["conferenceType"] == kind

    @pytest.mark.parametrize("kind", ["", "mesh", "Sfu", "MESH ", "P2P", "MESH\u0000", True, 1, 0.5, [], ["MESH"], {}])
    async def test_of_another_kind_is_invalid(self, vcs: httpx.AsyncClient, refused: Check, kind: object) -> None:
        answer = await vcs.post(ROOM, json={"conferenceType": kind})
        refused(answer, "BASE-00016", "conferenceType")


def counting(sent: str) -> dict[str, Any]:
    return {"content": f'{{"autoUpgradeParticipantCount":{sent}}}', "headers": JSON}


class TestAutoUpgradeParticipantCount:
    """`autoUpgradeParticipantCount`, as it was written on the wire."""

    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ("4", 4),
            ("2", 2),
            ("10000", 10000),
            ("4.0", 4),
            ("4e0", 4),
            ("1E+1", 10),
            ("40e-1", 4),
            ('"4"', 4),
            ('"2"', 2),
            ('"10000"', 10000),
            ('"4.0"', 4),
            ('"1e1"', 10),
        ],
    )
    async def test_is_a_number_or_a_numeric_string_and_answered_as_a_number(
        self, vcs: httpx.AsyncClient, sent: str, kept: int
    ) -> None:
        answer = await vcs.post(ROOM, **counting(sent))
        assert answer.status_code == 200, answer.text
        created = answer.json()["room"]
        fetched = (await vcs.get(f"{ROOM}/{created['id']}")).json()
        counts = [created["autoUpgradeParticipantCount"], fetched["autoUpgradeParticipantCount"]]
        assert counts == [kept, kept]
        assert [type(count) for count in counts] == [int, int]

    @pytest.mark.parametrize(
        "sent",
        [
            "1",
            "10001",
            "0",
            "-0",
            "-4",
            "2.5",
            "4.000001",
            "1e-5",
            "1e5",
            "1e400",
            "-1e400",
            "2147483652",
            "18446744073709551620",
            pytest.param("9" * 4300, id="4300 digits"),
            '"1"',
            '"10001"',
            '"-4"',
            '"2.5"',
            '"1e400"',
            pytest.param('"' + "9" * 5000 + '"', id="5000 digits as a string"),
        ],
    )
    async def test_outside_2_to_10000_or_not_whole_is_out_of_range(
        self, vcs: httpx.AsyncClient, refused: Check, sent: str
    ) -> None:
        answer = await vcs.post(ROOM, **counting(sent))
        refused(answer, "BASE-00015", "autoUpgradeParticipantCount", 2, 10000)

    @pytest.mark.parametrize("sent", ["true", "false", "[]", "[4]", "{}", '{"count":4}'])
    async def test_of_another_type_is_invalid(self, vcs: httpx.AsyncClient, refused: Check, sent: str) -> None:
        refused(await vcs.post(ROOM, **counting(sent)), "BASE-00016", "autoUpgradeParticipantCount")

    @pytest.mark.parametrize(
        "text",
        [
            "",
            " ",
            "abc",
            "four",
            "4x",
            " 4",
            "4 ",
            "4\n",
            "+4",
            "04",
            ".4",
            "4.",
            "0x4",
            "1_0",
            "\u0664",
            "\uff14",
            "4\u0000",
            "NaN",
            "Infinity",
            "null",
            "true",
        ],
    )
    async def test_a_string_that_json_would_not_take_for_a_number_is_invalid(
        self, vcs: httpx.AsyncClient, refused: Check, text: str
    ) -> None:
        answer = await vcs.post(ROOM, json={"autoUpgradeParticipantCount": text})
        refused(answer, "BASE-00016", "autoUpgradeParticipantCount")
