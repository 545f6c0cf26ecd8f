"""Destinations: every limit on both of its sides, and what is kept of what a body says."""

from typing import Any

import pytest
from judgement import Judge, at, put, wrong
from template_limits import DESTINATIONS as LIMITS
from template_limits import KINDS, LARGEST, LAYERS, NO_ROLE_NAMES, ROLE_NAME

from app.apis.hms.destinations import Destinations

Document = dict[str, Any]
DESTINATIONS = Judge(Destinations)


def kept(body: Document) -> Document:
    document: Document = DESTINATIONS.takes(body).document
    return document


class TestNumbers:
    @pytest.mark.parametrize("place", LIMITS.integers)
    async def test_end_where_they_are_documented_to_end(self, place: str) -> None:
        least, most = LIMITS.integers[place]
        for value in (least, most, float(least), float(most)):
            found = at(kept(put(LIMITS.base, place, value)), place)
            assert (found, type(found)) == (value, int)
        refused = wrong(f"{place} must be an integer from {least} to {most}")
        for value in (least - 1, most + 1, -(10**40), 10**40, 1e300, least + 0.5, True, False, str(least), [least], {}):
            assert await DESTINATIONS.refuses(put(LIMITS.base, place, value)) == refused, value

    @pytest.mark.parametrize("kind", ["browserRecordings.a", "hlsDestinations.a.recording"])
    async def test_offsets_are_numbers_too(self, kind: str) -> None:
        place = f"{kind}.thumbnails.offsets"
        assert at(kept(put(LIMITS.base, place, [0, 2.0, LARGEST])), place) == [0, 2, LARGEST]
        for value in (-1, LARGEST + 1, 0.5, True, "2", None):
            refused = wrong(f"{place}.1 must be an integer from 0 to {LARGEST}")
            assert await DESTINATIONS.refuses(put(LIMITS.base, place, [0, value])) == refused, value

    async def test_the_temperature_ends_at_a_tenth_and_one(self) -> None:
        place = "transcriptions.a.summary.temperature"
        for value in (0.1, 0.10000001, 0.5, 1, 1.0):
            found = at(kept(put(LIMITS.base, place, value)), place)
            assert (found, type(found)) == (value, type(value))
        for value in (0.0999, 1.0001, 0, -0.5, 2, 10**400, 1e300, True, "0.5", [0.5]):
            refused = wrong(f"{place} must be a number from 0.1 to 1.0")
            assert await DESTINATIONS.refuses(put(LIMITS.base, place, value)) == refused, value


class TestFlags:
    @pytest.mark.parametrize("place", LIMITS.flags)
    async def test_are_kept_whether_true_or_false(self, place: str) -> None:
        for value in (True, False):
            assert at(kept(put(LIMITS.base, place, value)), place) is value
        for wrong_one in (0, 1, "true", [], {}):
            refused = await DESTINATIONS.refuses(put(LIMITS.base, place, wrong_one))
            assert refused == wrong(f"{place} must be a boolean"), wrong_one


class TestTexts:
    @pytest.mark.parametrize("place", LIMITS.words)
    async def test_are_of_those_that_are_documented(self, place: str) -> None:
        *others, last = words = LIMITS.words[place]
        for word in words:
            assert at(kept(put(LIMITS.base, place, word)), place) == word
        for value in ("", "x", last.upper(), f"{last} ", f"{last}\0", 1, True, [last], {}):
            refused = wrong(f"{place} must be {', '.join(others)} or {last}")
            assert await DESTINATIONS.refuses(put(LIMITS.base, place, value)) == refused, value

    @pytest.mark.parametrize("place", LIMITS.texts)
    async def test_are_so_long_at_most(self, place: str) -> None:
        most = LIMITS.texts[place]
        for value in ("", "é😀\n", "😀" * most):
            assert at(kept(put(LIMITS.base, place, value)), place) == value
        refused = await DESTINATIONS.refuses(put(LIMITS.base, place, "x" * (most + 1)))
        assert refused == wrong(f"{place} must have at most {most} characters")
        assert await DESTINATIONS.refuses(put(LIMITS.base, place, "a\0b")) == wrong(f"{place} must not contain NUL")
        for value in (1, True, [], {}):
            assert await DESTINATIONS.refuses(put(LIMITS.base, place, value)) == wrong(f"{place} must be a string"), (
                value
            )

    @pytest.mark.parametrize("place", LIMITS.arrays)
    async def test_arrays_have_so_many_elements_at_most(self, place: str) -> None:
        most, element = LIMITS.arrays[place]
        for count in (0, most):
            assert len(at(kept(put(LIMITS.base, place, [element] * count)), place)) == count
        refused = await DESTINATIONS.refuses(put(LIMITS.base, place, [element] * (most + 1)))
        assert refused == wrong(f"{place} must have at most {most} elements")
        for value in ("x", {}, 1, True):
            assert await DESTINATIONS.refuses(put(LIMITS.base, place, value)) == wrong(f"{place} must be an array"), (
                value
            )

    @pytest.mark.parametrize("kind", ["browserRecordings", "transcriptions"])
    async def test_roles_are_named_as_roles_are(self, kind: str) -> None:
        place = f"{kind}.a.role"
        for name in ("x" * 255, "no role of any template"):
            assert at(kept(put(LIMITS.base, place, name)), place) == name
        for name in NO_ROLE_NAMES:
            assert await DESTINATIONS.refuses(put(LIMITS.base, place, name)) == wrong(f"{place} {ROLE_NAME}"), name
        assert await DESTINATIONS.refuses(put(LIMITS.base, place, 1)) == wrong(f"{place} must be a string")


@pytest.mark.parametrize("place", LIMITS.objects)
async def test_objects_are_objects(place: str) -> None:
    for value in ([], "x", 1, True):
        assert await DESTINATIONS.refuses(put(LIMITS.base, place, value)) == wrong(f"{place} must be an object"), value


@pytest.mark.parametrize("layers", LAYERS)
class TestLayers:
    @pytest.mark.parametrize(
        "sides", [(192, 144), (144, 192), (1920, 1080), (1080, 1920), (1080, 1080), (192, 192), (1920.0, 144)]
    )
    async def test_of_a_size_that_is_documented(self, layers: str, sides: tuple[int, int]) -> None:
        layer = dict(zip(("width", "height"), sides, strict=True))
        assert at(kept(put(LIMITS.base, layers, [layer])), layers) == [layer]

    @pytest.mark.parametrize("sides", [(190, 144), (144, 144), (190, 190), (1082, 1082), (1920, 1082), (1082, 1920)])
    async def test_neither_too_small_nor_too_large(self, layers: str, sides: tuple[int, int]) -> None:
        layer = dict(zip(("width", "height"), sides, strict=True))
        refused = await DESTINATIONS.refuses(put(LIMITS.base, layers, [{}, layer]))
        text = "must have a longer side of 192 at least and a shorter one of 1080 at most"
        assert refused == wrong(f"{layers}.1 {text}")

    @pytest.mark.parametrize("side", ["width", "height"])
    async def test_with_even_sides(self, layers: str, side: str) -> None:
        for value in (144, 146, 190, 1082, 1918, 1920):
            assert at(kept(put(LIMITS.base, layers, [{side: value}])), layers) == [{side: value}]
        refused = wrong(f"{layers}.0.{side} must be a multiple of 2 from 144 to 1920")
        for value in (143, 142, 145, 1919, 1921, 1922, 0, -144, 144.5, True, "144", 10**40):
            assert await DESTINATIONS.refuses(put(LIMITS.base, layers, [{side: value}])) == refused, value

    async def test_that_say_nothing(self, layers: str) -> None:
        sent = [{}, {"width": None, "height": None, "videoBitrate": None}, {"unknown": 1}]
        assert at(kept(put(LIMITS.base, layers, sent)), layers) == [{}, {}, {}]
        assert await DESTINATIONS.refuses(put(LIMITS.base, layers, [None])) == wrong(f"{layers}.0 must be an object")


class TestMaps:
    @pytest.mark.parametrize("kind", KINDS)
    async def test_have_a_hundred_members_at_most(self, kind: str) -> None:
        each = LIMITS.base[kind]["a"]
        assert len(kept({kind: {str(number): each for number in range(100)}})[kind]) == 100
        refused = await DESTINATIONS.refuses({kind: {str(number): each for number in range(101)}})
        assert refused == wrong(f"{kind} must have at most 100 members")

    @pytest.mark.parametrize("kind", KINDS)
    async def test_name_what_stands_in_them(self, kind: str) -> None:
        each = LIMITS.base[kind]["a"]
        for name in ("a", "x" * 255, "é😀 / \n", "."):
            for said in ({}, {"name": name}, {"name": None}):
                found = kept({kind: {name: each | said}})[kind][name]
                assert next(iter(found)) == "name"
                assert found["name"] == name

    @pytest.mark.parametrize("kind", KINDS)
    async def test_have_nothing_under_another_name(self, kind: str) -> None:
        each = LIMITS.base[kind]["a"]
        for name in ("b", "A", ""):
            refused = await DESTINATIONS.refuses({kind: {"a": each | {"name": name}}}, described=False)
            assert refused == wrong(f"{kind}.a.name must be the name that it stands under, or absent")
        assert await DESTINATIONS.refuses({kind: {"a": each | {"name": 1}}}) == wrong(f"{kind}.a.name must be a string")

    @pytest.mark.parametrize("place", [*KINDS, "transcriptions.a.translation.roleLanguages"])
    async def test_have_names_of_255_characters_at_most(self, place: str) -> None:
        for name in ("", "x" * 256, "a\0"):
            refused = await DESTINATIONS.refuses(put(LIMITS.base, place, {name: {}}))
            assert refused == wrong(f"{place} must have names of 1 to 255 characters, without NUL"), name

    async def test_of_languages_have_a_hundred_members_at_most(self) -> None:
        place = "transcriptions.a.translation.roleLanguages"
        hundred = {str(number): "de" for number in range(100)}
        assert at(kept(put(LIMITS.base, place, hundred | {"0": None})), place) == {
            name: "de" for name in hundred if name != "0"
        }
        refused = await DESTINATIONS.refuses(put(LIMITS.base, place, hundred | {"another": None}))
        assert refused == wrong(f"{place} must have at most 100 members")


class TestTranscriptions:
    async def test_need_a_role(self) -> None:
        for said in ({}, {"role": None}):
            assert await DESTINATIONS.refuses({"transcriptions": {"a": said}}) == wrong(
                "transcriptions.a.role is required"
            )

    @pytest.mark.parametrize("member", ["title", "format"])
    async def test_need_title_and_format_of_each_section(self, member: str) -> None:
        place = "transcriptions.a.summary.sections"
        section = {"title": "Agenda", "format": "bullets"}
        absent = {name: value for name, value in section.items() if name != member}
        for said in (absent, absent | {member: None}):
            refused = await DESTINATIONS.refuses(put(LIMITS.base, place, [section, said]))
            assert refused == wrong(f"{place}.1.{member} is required")


class TestDocument:
    """What is kept, whole and in order."""

    @pytest.mark.parametrize("body", [{}, dict.fromkeys(KINDS), {"unknown": {}, "rtmp_destinations": 1}])
    async def test_of_a_body_that_says_nothing_is_empty(self, body: Document) -> None:
        assert kept(body) == {}

    @pytest.mark.parametrize("kind", KINDS)
    async def test_has_only_the_kinds_that_were_said(self, kind: str) -> None:
        for body in ({kind: {}}, {kind: {"gone": None}}, {kind: {}, "unknown": 1}):
            assert kept(body) == {kind: {}}

    async def test_of_what_says_little_has_the_defaults(self) -> None:
        said = {kind: {"a": {"role": "host", "summary": {}} if kind == "transcriptions" else {}} for kind in KINDS}
        assert str(kept(dict(reversed(said.items())))) == str(
            {
                "browserRecordings": {"a": {"name": "a"}},
                "rtmpDestinations": {"a": {"name": "a"}},
                "hlsDestinations": {"a": {"name": "a", "numPlaylistSegments": 5}},
                "transcriptions": {"a": {"name": "a", "role": "host", "summary": {"temperature": 0.5}}},
            }
        )

    async def test_of_what_says_all_is_what_was_said(self) -> None:
        said = {
            "browserRecordings": {
                "tape": {
                    "name": "tape",
                    "width": 1280,
                    "height": 720,
                    "maxDuration": 600,
                    "thumbnails": {"width": 0, "height": 0},
                    "presignDuration": 7200,
                    "role": "host",
                    "autoStart": False,
                    "autoStopTimeout": 30,
                }
            },
            "rtmpDestinations": {
                "channel": {
                    "name": "channel",
                    "width": 720,
                    "height": 1280,
                    "maxDuration": 900,
                    "rtmpUrls": ["one", "two", "three"],
                    "recordingEnabled": True,
                    "autoStopTimeout": 45,
                }
            },
            "hlsDestinations": {
                "stage": {
                    "name": "stage",
                    "maxDuration": 14400,
                    "layers": [
                        {"width": 1280, "height": 720, "videoBitrate": 1000, "audioBitrate": 48},
                        {"width": 640, "height": 360, "videoBitrate": 400},
                        {},
                    ],
                    "playlistType": "live",
                    "numPlaylistSegments": 8,
                    "videoFrameRate": 24,
                    "enableMetadataInsertion": False,
                    "enableStaticUrl": True,
                    "recording": {
                        "hlsVod": True,
                        "singleFilePerLayer": False,
                        "enableZipUpload": False,
                        "layers": [{"width": 360, "height": 640, "videoBitrate": 300, "audioBitrate": 32}],
                        "thumbnails": {"enabled": True, "width": 160, "height": 90, "offsets": [1, 5], "fps": 1},
                        "presignDuration": 3600,
                    },
                    "autoStopTimeout": 60,
                }
            },
            "transcriptions": {
                "minutes": {
                    "name": "minutes",
                    "role": "clerk",
                    "modes": ["live", "recorded", "caption"],
                    "outputModes": ["json", "srt"],
                    "customVocabulary": ["enfilade", "Zoë"],
                    "summary": {
                        "enabled": True,
                        "context": "A weekly meeting of the board",
                        "temperature": 0.25,
                        "sections": [
                            {"title": "Decisions", "format": "bullets"},
                            {"title": "In short", "format": "paragraph"},
                        ],
                    },
                    "translation": {"enabled": False, "roleLanguages": {"guest": "fr", "host": "de"}},
                }
            },
        }
        assert str(kept(said)) == str(said)

    async def test_has_nothing_of_what_is_unknown_or_null(self) -> None:
        sent = put(LIMITS.base, "hlsDestinations.a.recording.thumbnails", {"enabled": None, "colour": "red", "fps": 1})
        sent = put(sent, "hlsDestinations.a.max_duration", 1)
        assert kept(sent)["hlsDestinations"] == {
            "a": {
                "name": "a",
                "layers": [{}],
                "numPlaylistSegments": 5,
                "recording": {"layers": [{}], "thumbnails": {"fps": 1}},
            }
        }


def test_urls_with_their_stream_keys_are_not_shown_by_repr() -> None:
    taken = DESTINATIONS.takes(put(LIMITS.base, "rtmpDestinations.a.rtmpUrls", ["rtmp://live.example/a-secret"]))
    assert "a-secret" not in repr(taken)
