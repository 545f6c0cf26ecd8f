"""The recordings configuration: every limit on both of its sides, and what is kept of what a body says."""

from typing import Any

import pytest
from judgement import Judge, at, put, wrong
from template_limits import CONFIGS as LIMITS
from template_limits import LARGEST, NO_ROLE_NAMES, ROLE_NAME

from app.apis.hms.recording_configs import RecordingConfigs, documents

Document = dict[str, Any]
CONFIGS = Judge(RecordingConfigs)
BASE: list[Document] = LIMITS.base


def kept(body: list[Document]) -> list[Document]:
    return documents(CONFIGS.takes(body))


class TestArray:
    async def test_has_one_element_at_most(self) -> None:
        assert kept([]) == []
        assert kept(BASE) == BASE
        for count in (2, 3, 1000):
            assert await CONFIGS.refuses(BASE * count) == wrong("body must have at most 1 element")

    @pytest.mark.parametrize("body", [{}, {"name": "default", "role": "host"}, "x", 1, True, None])
    async def test_is_an_array(self, body: object) -> None:
        assert await CONFIGS.refuses(body) == wrong("body is not a JSON array")

    async def test_has_an_object_in_it(self) -> None:
        for value in (None, [], "x", 1, True):
            assert await CONFIGS.refuses([value]) == wrong("0 must be an object")


@pytest.mark.parametrize("place", LIMITS.integers)
async def test_numbers_are_at_least_0(place: str) -> None:
    for value in (0, LARGEST, 5.0):
        found = at(kept(put(BASE, place, value)), place)
        assert (found, type(found)) == (value, int)
    refused = wrong(f"{place} must be an integer from 0 to {LARGEST}")
    for value in (-1, LARGEST + 1, -(10**40), 10**40, 1e300, 0.5, True, False, "5", [5], {}):
        assert await CONFIGS.refuses(put(BASE, place, value)) == refused, value


@pytest.mark.parametrize("place", LIMITS.flags)
async def test_flags_are_shown_when_they_are_true(place: str) -> None:
    above, _, name = place.rpartition(".")
    assert at(kept(put(BASE, place, True)), above) == {name: True}  # noqa: FBT003 - a value of JSON
    for value in (False, None):
        assert at(kept(put(BASE, place, value)), above) == {}
    for value in (0, 1, "false", [], {}):
        assert await CONFIGS.refuses(put(BASE, place, value)) == wrong(f"{place} must be a boolean"), value


@pytest.mark.parametrize("place", LIMITS.objects)
async def test_objects_are_objects(place: str) -> None:
    for value in ([], "x", 1, True):
        assert await CONFIGS.refuses(put(BASE, place, value)) == wrong(f"{place} must be an object"), value


class TestNames:
    async def test_have_255_characters_at_most(self) -> None:
        for name in ("x", "é😀 / \n", "x" * 255):
            assert kept(put(BASE, "0.name", name)) == [{"name": name, "role": "host"}]
        for name in ("", "x" * 256):
            assert await CONFIGS.refuses(put(BASE, "0.name", name)) == wrong("0.name must have 1 to 255 characters")
        assert await CONFIGS.refuses(put(BASE, "0.name", "a\0")) == wrong("0.name must not contain NUL")

    async def test_of_roles_are_those_of_roles(self) -> None:
        assert kept(put(BASE, "0.role", "x" * 255)) == [{"name": "default", "role": "x" * 255}]
        refused = wrong(f"0.role {ROLE_NAME}")
        for name in NO_ROLE_NAMES:
            assert await CONFIGS.refuses(put(BASE, "0.role", name)) == refused

    @pytest.mark.parametrize("member", ["name", "role"])
    async def test_are_required(self, member: str) -> None:
        absent = {name: value for name, value in BASE[0].items() if name != member}
        for config in (absent, absent | {member: None}):
            assert await CONFIGS.refuses([config]) == wrong(f"0.{member} is required")
        for value in (1, True, [], {}):
            assert await CONFIGS.refuses(put(BASE, f"0.{member}", value)) == wrong(f"0.{member} must be a string")


async def test_offsets_are_a_hundred_numbers_at_most() -> None:
    place = "0.thumbnails.offsets"
    for offsets in ([], [0, LARGEST], [2] * 100):
        assert at(kept(put(BASE, place, offsets)), place) == offsets
    assert await CONFIGS.refuses(put(BASE, place, [2] * 101)) == wrong(f"{place} must have at most 100 elements")
    assert await CONFIGS.refuses(put(BASE, place, 2)) == wrong(f"{place} must be an array")
    for value in (-1, LARGEST + 1, 0.5, True, "2", None):
        refused = wrong(f"{place}.0 must be an integer from 0 to {LARGEST}")
        assert await CONFIGS.refuses(put(BASE, place, [value])) == refused, value


async def test_all_that_was_said_is_kept_in_order_but_for_what_is_false() -> None:
    said = {
        "name": "tape",
        "role": "clerk",
        "maxDuration": 600,
        "presignDuration": 7200,
        "thumbnails": {"enabled": True, "width": 160, "height": 90, "offsets": [1, 5], "fps": 1},
        "compositeRecording": {
            "browserComposite": {"autoStart": True, "autoStopTimeout": 30, "width": 1280, "height": 720},
            "customComposite": {"enabled": True},
        },
        "trackRecording": {"enabled": True},
        "streamRecording": {"enabled": True, "width": 640, "height": 360},
    }
    assert str(kept([dict(reversed(said.items()))])) == str([said])
    switched_off = [said]
    for place in LIMITS.flags:
        switched_off = put(switched_off, place, False)  # noqa: FBT003 - a value of JSON
    assert str(kept(switched_off)) == str(
        [
            {
                "name": "tape",
                "role": "clerk",
                "maxDuration": 600,
                "presignDuration": 7200,
                "thumbnails": {"width": 160, "height": 90, "offsets": [1, 5], "fps": 1},
                "compositeRecording": {
                    "browserComposite": {"autoStopTimeout": 30, "width": 1280, "height": 720},
                    "customComposite": {},
                },
                "trackRecording": {},
                "streamRecording": {"width": 640, "height": 360},
            }
        ]
    )


async def test_nothing_is_kept_of_what_is_unknown_or_null() -> None:
    nothing = dict.fromkeys(
        ["maxDuration", "presignDuration", "thumbnails", "compositeRecording", "trackRecording", "streamRecording"]
    )
    assert kept([{**BASE[0], **nothing, "unknown": 1, "max_duration": 1}]) == BASE
    assert kept([{**BASE[0], "compositeRecording": {"browserComposite": None, "enabled": True}}]) == [
        {**BASE[0], "compositeRecording": {}}
    ]
