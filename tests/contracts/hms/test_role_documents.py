"""Roles: every limit on both of its sides, and what is made of the little that a body says."""

from typing import Any

import pytest
from judgement import Judge, at, put, wrong
from pydantic import BaseModel
from template_limits import DEFAULTS, NO_ROLE_NAMES, ROLE_NAME
from template_limits import ROLE as LIMITS

from app.apis.hms.roles import RoleMembers, Roles, all_completed, completed

Document = dict[str, Any]


class Template(BaseModel):
    """A body with roles."""

    roles: Roles


ROLE = Judge(RoleMembers)
ROLES = Judge(Template)
FLAGS = ["endRoom", "removeOthers", "mute", "unmute", "changeRole", "sendRoomState", "pollRead", "pollWrite"]
FLAGS += ["rtmpStreaming", "hlsStreaming", "browserRecording"]
LAYER = {"rid": "f", "scaleResolutionDownBy": 1, "maxFramerate": 25}
NAMES = ["x", "x" * 255, "é😀", "stage left", "...", ".a", "a.", "\\", "%2F", '"', "\u200b", "\xa0"]


def whole(body: Document, **how: Any) -> Document:
    """Return the role of a template with the roles host and guest."""
    return completed(ROLE.takes(body), name="host", roles=["host", "guest"], **how)


def layers(*said: tuple[str, float]) -> Document:
    """Return a body with layers of these rids and scales."""
    each = [{"rid": rid, "scaleResolutionDownBy": scale, "maxFramerate": 25} for rid, scale in said]
    return put({}, "publishParams.simulcast.video.layers", each)


class TestNumbers:
    @pytest.mark.parametrize("place", LIMITS.integers)
    async def test_end_where_they_are_documented_to_end(self, place: str) -> None:
        least, most = LIMITS.integers[place]
        for value in (least, most, float(least), float(most)):
            kept = at(whole(put(LIMITS.base, place, value)), place)
            assert (kept, type(kept)) == (value, int)
        refused = wrong(f"{place} must be an integer from {least} to {most}")
        for value in (least - 1, most + 1, -(10**40), 10**40, 1e300, least + 0.5, True, False, str(least), [least], {}):
            assert await ROLE.refuses(put(LIMITS.base, place, value)) == refused, value

    @pytest.mark.parametrize("kind", ["video", "screen"])
    async def test_scales_end_at_12(self, kind: str) -> None:
        layers = f"publishParams.simulcast.{kind}.layers"
        for scale in (1.000001, 2, 2.0, 12, 12.0):
            two = [LAYER, LAYER | {"rid": "q", "scaleResolutionDownBy": scale}]
            kept = at(whole(put({}, layers, two)), layers)[1]["scaleResolutionDownBy"]
            assert (kept, type(kept)) == (scale, type(scale))
        for scale in (0.999, 12.001, 0, -1, 13, 10**400, 1e300, True, "2", [2]):
            two = [LAYER, LAYER | {"rid": "q", "scaleResolutionDownBy": scale}]
            refused = wrong(f"{layers}.1.scaleResolutionDownBy must be a number from 1.0 to 12.0")
            assert await ROLE.refuses(put({}, layers, two)) == refused, scale


class TestWords:
    @pytest.mark.parametrize("place", LIMITS.words)
    async def test_are_those_that_are_documented(self, place: str) -> None:
        *others, last = words = LIMITS.words[place]
        for word in words:
            assert at(whole(put(LIMITS.base, place, word)), place) == word
        said = f"{', '.join(others)} or {last}" if others else last
        for value in ("", "x", words[0].upper(), f"{words[0]} ", f"{last}\0", 1, True, [last], {}):
            assert await ROLE.refuses(put(LIMITS.base, place, value)) == wrong(f"{place} must be {said}"), value

    @pytest.mark.parametrize("place", ["publishParams.allowed", "subscribeParams.subscribeToRoles"])
    async def test_are_a_hundred_at_most(self, place: str) -> None:
        for count in (0, 100):
            assert at(whole(put({}, place, ["video"] * count)), place) == ["video"] * count
        assert await ROLE.refuses(put({}, place, ["video"] * 101)) == wrong(f"{place} must have at most 100 elements")
        for value in ("video", {}, 1, True):
            assert await ROLE.refuses(put({}, place, value)) == wrong(f"{place} must be an array")

    async def test_null_is_none_of_them(self) -> None:
        refused = await ROLE.refuses(put({}, "publishParams.allowed", [None]))
        assert refused == wrong("publishParams.allowed.0 must be audio, video, screen or simulcast")
        refused = await ROLE.refuses(put({}, "subscribeParams.subscribeToRoles", [None]))
        assert refused == wrong("subscribeParams.subscribeToRoles.0 must be a string")


class TestFlags:
    @pytest.mark.parametrize("name", FLAGS)
    async def test_are_true_or_false(self, name: str) -> None:
        for value in (0, 1, "true", "false", [], {}):
            refused = await ROLE.refuses({"permissions": {name: value}})
            assert refused == wrong(f"permissions.{name} must be a boolean")

    async def test_are_shown_in_their_order(self) -> None:
        shown = whole({"permissions": dict.fromkeys(reversed(FLAGS), True)})["permissions"]
        assert list(shown.items()) == [
            ("endRoom", True),
            ("removeOthers", True),
            ("mute", True),
            ("unmute", True),
            ("changeRole", True),
            ("rtmpStreaming", True),
            ("hlsStreaming", True),
            ("browserRecording", True),
            ("sendRoomState", True),
            ("pollRead", True),
            ("pollWrite", True),
        ]

    async def test_that_are_false_are_shown_where_false_is_not_the_default_and_for_the_room_state(self) -> None:
        shown = whole({"permissions": dict.fromkeys(FLAGS, False)})["permissions"]
        assert list(shown.items()) == [
            ("rtmpStreaming", False),
            ("hlsStreaming", False),
            ("browserRecording", False),
            ("sendRoomState", False),
        ]


@pytest.mark.parametrize("place", LIMITS.objects)
async def test_objects_are_objects(place: str) -> None:
    for value in ([], "x", 1, True):
        assert await ROLE.refuses(put(LIMITS.base, place, value)) == wrong(f"{place} must be an object"), value


class TestSimulcast:
    @pytest.mark.parametrize(
        "said",
        [
            [],
            [("f", 1)],
            [("f", 1.0), ("h", 2)],
            [("f", 1), ("q", 1.5)],
            [("f", 1), ("h", 2), ("q", 4)],
            [("f", 1), ("h", 11.999), ("q", 12)],
        ],
    )
    async def test_is_kept_as_it_was_sent(self, said: list[tuple[str, float]]) -> None:
        kept = at(whole(layers(*said)), "publishParams.simulcast")
        assert kept == {
            "video": {
                "layers": [
                    {"rid": rid, "scaleResolutionDownBy": scale, "maxBitrate": 0, "maxFramerate": 25}
                    for rid, scale in said
                ]
            }
        }

    @pytest.mark.parametrize("sent", [{}, {"video": {}}, {"screen": {}}, {"video": {"layers": []}, "screen": {}}])
    async def test_of_nothing_is_nothing(self, sent: Document) -> None:
        assert at(whole({"publishParams": {"simulcast": sent}}), "publishParams.simulcast") == sent

    @pytest.mark.parametrize(
        ("said", "text"),
        [
            ([("h", 1)], "must begin with rid f and scaleResolutionDownBy 1.0"),
            ([("q", 1)], "must begin with rid f and scaleResolutionDownBy 1.0"),
            ([("f", 1.5)], "must begin with rid f and scaleResolutionDownBy 1.0"),
            ([("h", 1), ("f", 2)], "must begin with rid f and scaleResolutionDownBy 1.0"),
            ([("f", 1), ("f", 2)], "must have each rid once, in the order f, h, q"),
            ([("f", 1), ("q", 2), ("h", 4)], "must have each rid once, in the order f, h, q"),
            ([("f", 1), ("h", 2), ("h", 4)], "must have each rid once, in the order f, h, q"),
            ([("f", 1), ("h", 1)], "must have ascending values of scaleResolutionDownBy"),
            ([("f", 1), ("h", 4), ("q", 4)], "must have ascending values of scaleResolutionDownBy"),
            ([("f", 1), ("h", 4), ("q", 2)], "must have ascending values of scaleResolutionDownBy"),
        ],
    )
    async def test_has_each_layer_smaller_than_the_one_before(self, said: list[tuple[str, float]], text: str) -> None:
        refused = await ROLE.refuses(layers(*said), described=False)
        assert refused == wrong(f"publishParams.simulcast.video.layers {text}")

    async def test_has_three_layers_at_most(self) -> None:
        four = layers(("f", 1), ("h", 2), ("q", 4), ("q", 8))
        assert await ROLE.refuses(four) == wrong("publishParams.simulcast.video.layers must have at most 3 elements")
        for rid in ("F", "", "fh", "x", 1, True, ["f"]):
            refused = wrong("publishParams.simulcast.video.layers.0.rid must be f, h or q")
            assert await ROLE.refuses(layers((rid, 1))) == refused, rid

    @pytest.mark.parametrize("member", ["rid", "scaleResolutionDownBy", "maxFramerate"])
    async def test_has_in_each_layer_what_is_required(self, member: str) -> None:
        place = f"publishParams.simulcast.video.layers.0.{member}"
        absent = {name: value for name, value in LAYER.items() if name != member}
        for layer in (absent, absent | {member: None}):
            refused = await ROLE.refuses(put({}, "publishParams.simulcast.video.layers", [layer]))
            assert refused == wrong(f"{place} is required")


class TestNames:
    async def test_have_255_characters_at_most_and_no_slash(self) -> None:
        for name in NAMES:
            assert ROLE.takes({"name": name}).name == name
            assert whole({"subscribeParams": {"subscribeToRoles": [name]}})["subscribeParams"]["subscribeToRoles"] == [
                name
            ]
        for name in NO_ROLE_NAMES:
            assert await ROLE.refuses({"name": name}) == wrong(f"name {ROLE_NAME}"), name
            refused = await ROLE.refuses({"subscribeParams": {"subscribeToRoles": ["host", name]}})
            assert refused == wrong(f"subscribeParams.subscribeToRoles.1 {ROLE_NAME}")
        for value in (1, True, [], {}):
            assert await ROLE.refuses({"name": value}) == wrong("name must be a string")

    async def test_are_the_keys_of_the_map(self) -> None:
        for name in NAMES:
            for said in ({}, {"name": name}, {"name": None}):
                assert list(all_completed(ROLES.takes({"roles": {name: said}}).roles)) == [name]

    async def test_that_differ_from_their_keys_are_refused(self) -> None:
        for name in ("Host", "host ", ""):
            refused = await ROLES.refuses({"roles": {"guest": {}, "host": {"name": name}}}, described=name == "")
            assert refused == wrong("roles.host.name must be the name that it stands under, or absent")
        assert await ROLES.refuses({"roles": {"host": {"name": 1}}}) == wrong("roles.host.name must be a string")

    async def test_are_judged_as_keys(self) -> None:
        for name in NO_ROLE_NAMES:
            refused = await ROLES.refuses({"roles": {name: {}}})
            if not name or "\0" in name or len(name) > 255:
                assert refused == wrong("roles must have names of 1 to 255 characters, without NUL")
            else:
                assert refused == wrong(f"roles.{name}.name {ROLE_NAME}")


class TestMap:
    async def test_has_a_hundred_roles_at_most(self) -> None:
        names = [f"role-{number}" for number in range(101)]
        many = all_completed(ROLES.takes({"roles": {name: {} for name in names[:100]}}).roles)
        assert [role["name"] for role in many.values()] == names[:100]
        assert many["role-7"]["subscribeParams"]["subscribeToRoles"] == names[:100]
        refused = await ROLES.refuses({"roles": {name: {} for name in names}})
        assert refused == wrong("roles must have at most 100 members")

    async def test_has_no_role_that_is_null(self) -> None:
        assert all_completed(ROLES.takes({"roles": {"host": None, "guest": {}}}).roles) == {
            "guest": {"name": "guest"} | put(DEFAULTS, "subscribeParams.subscribeToRoles", ["guest"])
        }

    async def test_is_none_of_anything_else(self) -> None:
        for value in ([], "x", 1, True):
            assert await ROLES.refuses({"roles": {"host": value}}) == wrong("roles.host must be an object")

    async def test_tells_where_in_it_something_is_wrong(self) -> None:
        refused = await ROLES.refuses({"roles": {"host": {}, "guest": {"publishParams": {"audio": {"bitRate": 15}}}}})
        assert refused == wrong("roles.guest.publishParams.audio.bitRate must be an integer from 16 to 128")


class TestCompletion:
    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"publishParams": {}, "subscribeParams": {}, "permissions": {}},
            {"publishParams": {"audio": {}, "video": {}, "screen": {}}},
            {"subscribeParams": {"subscribeDegradation": {}}},
            dict.fromkeys(["name", *DEFAULTS]),
            {"publishParams": dict.fromkeys(["allowed", "audio", "video", "screen", "simulcast"])},
            {"publishParams": {"audio": dict.fromkeys(["bitRate", "codec"])}},
            {"subscribeParams": dict.fromkeys(DEFAULTS["subscribeParams"])},
            {"permissions": dict.fromkeys(FLAGS)},
            {"unknown": 1, "publish_params": 1, "max_peer_count": 1, "permissions": {"admin": True, "end_room": 1}},
        ],
    )
    async def test_of_a_body_that_says_nothing_is_by_the_defaults(self, body: Document) -> None:
        role = whole(body)
        assert list(role.items()) == [("name", "host"), *DEFAULTS.items()]
        assert str(role) == str({"name": "host"} | DEFAULTS)  # the order of what is inside, too

    async def test_keeps_every_value_that_is_said(self) -> None:
        said = {
            "publishParams": {
                "allowed": ["screen", "audio"],
                "audio": {"bitRate": 64, "codec": "opus"},
                "video": {"bitRate": 700, "codec": "vp8", "frameRate": 24, "width": 640, "height": 480},
                "screen": {"bitRate": 1500, "codec": "vp8", "frameRate": 5, "width": 1920, "height": 1080},
                "simulcast": {
                    "video": {
                        "layers": [
                            {"rid": "f", "scaleResolutionDownBy": 1, "maxBitrate": 700, "maxFramerate": 24},
                            {"rid": "q", "scaleResolutionDownBy": 2.5, "maxBitrate": 150, "maxFramerate": 12},
                        ]
                    },
                    "screen": {},
                },
            },
            "subscribeParams": {
                "subscribeToRoles": ["speaker"],
                "maxSubsBitRate": 5000,
                "subscribeDegradation": {
                    "packetLossThreshold": 25,
                    "degradeGracePeriodSeconds": 2,
                    "recoverGracePeriodSeconds": 8,
                },
            },
            "permissions": {
                "endRoom": True,
                "rtmpStreaming": True,
                "hlsStreaming": False,
                "browserRecording": True,
                "sendRoomState": True,
                "pollRead": True,
            },
            "priority": 3,
            "maxPeerCount": 40,
        }
        assert str(whole(said)) == str({"name": "host"} | said)

    async def test_replaces_members_whole(self) -> None:
        kept = (
            {"name": "host"}
            | put(put(DEFAULTS, "publishParams.audio.bitRate", 64), "publishParams.video.width", 640)
            | {"priority": 4, "maxPeerCount": -1}
        )
        changed = whole({"publishParams": {"audio": {"bitRate": 16}}, "priority": 2}, kept=kept)
        assert str(changed) == str(
            {"name": "host"} | put(DEFAULTS, "publishParams.audio.bitRate", 16) | {"priority": 2, "maxPeerCount": -1}
        )

    async def test_leaves_what_is_not_said(self) -> None:
        kept = {"name": "host"} | DEFAULTS | {"permissions": DEFAULTS["permissions"] | {"mute": True}}
        kept = put(kept, "publishParams.simulcast", {"screen": {}})
        for body in ({}, dict.fromkeys(DEFAULTS)):
            assert whole(body, kept=kept) == kept

    async def test_subscribes_to_all_roles_again_where_it_is_not_said_to_which(self) -> None:
        kept = {"name": "host"} | put(DEFAULTS, "subscribeParams.subscribeToRoles", ["speaker"])
        assert at(whole({}, kept=kept), "subscribeParams.subscribeToRoles") == ["speaker"]
        changed = whole({"subscribeParams": {"maxSubsBitRate": 1}}, kept=kept)
        assert at(changed, "subscribeParams.subscribeToRoles") == ["host", "guest"]

    async def test_gives_the_name_that_it_is_told(self) -> None:
        assert whole({"name": "other"}, kept={"name": "third"} | DEFAULTS)["name"] == "host"
