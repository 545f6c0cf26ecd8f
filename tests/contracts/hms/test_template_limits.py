"""Templates through the API: every limit on both of its sides, large ones, odd members, names that are taken."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NamedTuple

import httpx
import pytest
from judgement import at, put
from pydantic_core import to_json
from template_limits import CONFIGS, DESTINATIONS, LAYERS, ROLE, ROLE_NAME, Limits

from app.apis.hms.roles import RoleMembers, all_completed

TEMPLATES = "/v2/templates"
NOBODY = "0123456789abcdef01234567"
MOST = 256 * 1024
TOO_LARGE = "roles and destinations must each not be larger than 256 KiB"
Check = Callable[..., None]
Template = dict[str, Any]
MakeTemplate = Callable[..., Awaitable[Template]]


class Limit(NamedTuple):
    """Where a part of a template has a limit: what is taken there, what is not, and what is said then."""

    part: str
    base: Any
    place: str
    taken: list[Any]
    refused: list[Any]
    text: str


def limits_of(part: str, limits: Limits) -> Iterator[Limit]:
    for place, (least, most) in limits.integers.items():
        text = f"must be an integer from {least} to {most}"
        yield Limit(part, limits.base, place, [least, most], [least - 1, most + 1], text)
    for place, words in limits.words.items():
        said = f"{', '.join(words[:-1])} or {words[-1]}" if words[1:] else words[0]
        yield Limit(part, limits.base, place, words, [f"{words[0]}s"], f"must be {said}")
    for place, most in limits.texts.items():
        text = f"must have at most {most} characters"
        yield Limit(part, limits.base, place, ["x" * most], ["x" * (most + 1)], text)
    for place, (most, one) in limits.arrays.items():
        text = f"must have at most {most} elements"
        yield Limit(part, limits.base, place, [[one] * most], [[one] * (most + 1)], text)


def layer(rid: str, scale: float) -> Template:
    return {"rid": rid, "scaleResolutionDownBy": scale, "maxBitrate": 0, "maxFramerate": 25}


def other_limits() -> Iterator[Limit]:
    """Those that are of one member alone."""
    roles = "subscribeParams.subscribeToRoles.0"
    yield Limit("roles/host", ROLE.base, roles, ["x" * 255], ["x" * 256, "", "..", "a/b"], ROLE_NAME)
    interval = "must be a multiple of 5 from 5 to 3600"
    yield Limit("settings", {}, "roomState.messageInterval", [5, 3600], [0, 3605, 6], interval)
    warmth = "transcriptions.a.summary.temperature"
    text = "must be a number from 0.1 to 1.0"
    yield Limit("destinations", DESTINATIONS.base, warmth, [0.1, 1.0], [0.09, 1.01], text)
    for layers in LAYERS:
        text = "must be a multiple of 2 from 144 to 1920"
        yield Limit("destinations", DESTINATIONS.base, f"{layers}.0.width", [144, 1920], [142, 1922, 721], text)
        text = "must have a longer side of 192 at least and a shorter one of 1080 at most"
        fitting = [{"width": 192, "height": 144}, {"width": 1080, "height": 1920}]
        odd = [{"width": 190, "height": 144}, {"width": 1082, "height": 1920}]
        yield Limit("destinations", DESTINATIONS.base, f"{layers}.0", fitting, odd, text)
    yield Limit("recordings", CONFIGS.base, "0.name", ["x" * 255], ["x" * 256, ""], "must have 1 to 255 characters")
    layers = "publishParams.simulcast.video.layers"
    text = "must begin with rid f and scaleResolutionDownBy 1.0"
    fitting = [[layer("f", 1)], [layer("f", 1.0), layer("h", 1.01), layer("q", 12.0)]]
    yield Limit("roles/host", {}, layers, fitting, [[layer("h", 1)], [layer("f", 1.01)]], text)
    text = "must have ascending values of scaleResolutionDownBy"
    yield Limit("roles/host", {}, layers, fitting, [[layer("f", 1), layer("q", 1)]], text)


LIMITS = [
    *limits_of("roles/host", ROLE),
    *limits_of("destinations", DESTINATIONS),
    *limits_of("recordings", CONFIGS),
    *other_limits(),
]


@pytest.fixture
async def path(make: MakeTemplate) -> str:
    """The path of a template with the roles `host` and `guest`."""
    made = await make(name="webinar", roles={"host": {}, "guest": {}})
    return f"{TEMPLATES}/{made['id']}"


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: f"{limit.part} {limit.place}")
async def test_each_limit_holds_on_both_of_its_sides(
    hms: httpx.AsyncClient, path: str, limit: Limit, bad_body: Check
) -> None:
    part = f"{path}/{limit.part}"
    for value in limit.taken:
        shown = (await hms.post(part, json=put(limit.base, limit.place, value))).json()
        assert at(shown, limit.place) == value
    for value in limit.refused:
        answer = await hms.post(part, json=put(limit.base, limit.place, value))
        bad_body(answer, f"{limit.place} {limit.text}")
    assert (await hms.get(part)).json() == shown  # as the last that was taken


def size(document: Template) -> int:
    return len(to_json(document))


def destinations_of(target: int) -> Template:
    """Return destinations that are so many bytes of JSON: two vocabularies, the last word of which fills up."""
    words: dict[str, list[str]] = {"a": ["x" * 2000] * 100, "b": ["x" * 2000] * 30}
    many = {name: {"name": name, "role": "host", "customVocabulary": each} for name, each in words.items()}
    words["b"].append("x" * (target - size({"transcriptions": many}) - len(',""')))
    return {"transcriptions": many}


def roles_of(target: int) -> Template:
    """Return roles that are so many bytes of JSON when they are completed: they subscribe to roles of long names."""
    subscribing: dict[str, list[str]] = {f"role-{number}": ["x" * 255] * 100 for number in range(target // 27_000)}
    subscribing["last"] = ["x"]
    roles = {name: {"subscribeParams": {"subscribeToRoles": each}} for name, each in subscribing.items()}
    whole = all_completed({name: RoleMembers.model_validate(role) for name, role in roles.items()})
    many, rest = divmod(target - size(whole), len(',""') + 255)
    half, other = divmod(255 + rest - len(',""'), 2)
    subscribing["last"] += ["x" * 255] * (many - 1) + ["x" * half, "x" * (half + other)]
    return roles


class TestSize:
    async def test_of_200_kilobytes_is_no_trouble(
        self, hms: httpx.AsyncClient, make: MakeTemplate, same: Check
    ) -> None:
        made = await make(name="large", roles=roles_of(150_000), destinations=destinations_of(MOST), settings={})
        assert size(made["roles"]) == 150_000
        assert made["destinations"] == destinations_of(MOST)
        same(await hms.get(f"{TEMPLATES}/{made['id']}"), made)
        same(await hms.get(TEMPLATES, params={"name": "large"}), {"limit": 10, "data": [made], "last": made["id"]})
        room = (await hms.post("/v2/rooms", json={"template": "large"})).json()
        assert room["template_id"] == made["id"]

    async def test_of_roles_ends_at_256_kibibytes(
        self, hms: httpx.AsyncClient, make: MakeTemplate, bad_body: Check, same: Check
    ) -> None:
        made = await make(name="large", roles=roles_of(MOST))
        assert size(made["roles"]) == MOST
        path = f"{TEMPLATES}/{made['id']}"
        too_large = {"name": "large", "roles": roles_of(MOST + 1), "settings": {}}
        for answer in (await hms.post(TEMPLATES, json=too_large), await hms.post(path, json=too_large)):
            bad_body(answer, TOO_LARGE)
        bad_body(await hms.post(f"{path}/roles/one-more"), TOO_LARGE)
        same(await hms.get(path), made)

    async def test_of_destinations_ends_at_256_kibibytes(
        self, hms: httpx.AsyncClient, path: str, bad_body: Check, same: Check
    ) -> None:
        part = f"{path}/destinations"
        same(await hms.post(part, json=destinations_of(MOST)), destinations_of(MOST))
        bad_body(await hms.post(part, json=destinations_of(MOST + 1)), TOO_LARGE)
        bad_body(await hms.post(part, json={"hlsDestinations": {}}), TOO_LARGE)  # together with what is kept
        same(await hms.get(part), destinations_of(MOST))

    async def test_is_counted_in_bytes(self, hms: httpx.AsyncClient, path: str, bad_body: Check) -> None:
        said = {"transcriptions": {"a": {"role": "host", "customVocabulary": ["é" * 2000] * 70}}}
        bad_body(await hms.post(f"{path}/destinations", json=said), TOO_LARGE)

    async def test_of_a_body_ends_at_a_mebibyte(self, hms: httpx.AsyncClient, path: str, refused: Check) -> None:
        too_large = b'{"name":"large","pad":"%s"}' % (b"x" * 2**20)
        for target in (TEMPLATES, path, f"{path}/roles/host", f"{path}/destinations"):
            answer = await hms.post(target, content=too_large)
            refused(answer, 413, "Payload Too Large", "body is larger than 1 MiB")


#: A body of each part that says nothing, the same with what nobody knows, one that is wrong, and how that is told.
PARTS: dict[str, tuple[Any, Any, Any, str]] = {
    "": (
        {"roles": {"host": {}, "guest": {}}, "settings": {}},
        {"roles": {"host": {"rank": 1}, "guest": {"audio": {}}}, "settings": {"zone": "a"}, "theme": "dark"},
        {"roles": {}, "settings": {"region": 5}},
        "settings.region must be a string",
    ),
    "/roles/host": (
        {},
        {"rank": 1, "publishParams": {"sound": {}}, "permissions": {"fly": True}},
        {"priority": "1"},
        "priority must be an integer from 1 to 10",
    ),
    "/settings": ({}, {"zone": "a", "roomState": {"x": 1}}, {"roomState": 1}, "roomState must be an object"),
    "/destinations": (
        {},
        {"sipDestinations": {"a": {}}, "rtmp_destinations": {"a": {}}},
        {"rtmpDestinations": {"a": {"rtmpUrls": "rtmp://live.example"}}},
        "rtmpDestinations.a.rtmpUrls must be an array",
    ),
    "/recordings": (
        [{"name": "tape", "role": "host"}],
        [{"name": "tape", "role": "host", "colour": "red"}],
        [{"name": "tape", "role": "host", "maxDuration": "60"}],
        "0.maxDuration must be an integer from 0 to 2147483647",
    ),
}


def without_time(shown: Any) -> Any:
    return {name: value for name, value in shown.items() if name != "updatedAt"} if isinstance(shown, dict) else shown


@pytest.mark.parametrize("part", PARTS)
class TestMembers:
    async def test_that_nobody_knows_are_ignored(self, hms: httpx.AsyncClient, path: str, part: str) -> None:
        nothing, unknown, _, _ = PARTS[part]
        shown, again = [await hms.post(path + part, json=body) for body in (nothing, unknown)]
        assert (shown.status_code, again.status_code) == (200, 200)
        assert without_time(again.json()) == without_time(shown.json())

    async def test_that_are_wrong_change_nothing(
        self, hms: httpx.AsyncClient, path: str, part: str, bad_body: Check, same: Check
    ) -> None:
        before = (await hms.get(path)).json()
        _, _, wrong, text = PARTS[part]
        bad_body(await hms.post(path + part, json=wrong), text)
        same(await hms.get(path), before)

    async def test_that_are_wrong_are_told_before_a_template_that_is_not_there(
        self, hms: httpx.AsyncClient, part: str, bad_body: Check, missing: Check
    ) -> None:
        nothing, _, wrong, text = PARTS[part]
        for id in (NOBODY, "x"):
            bad_body(await hms.post(f"{TEMPLATES}/{id}{part}", json=wrong), text)
            missing(await hms.post(f"{TEMPLATES}/{id}{part}", json=nothing), "Template")


class TestWhole:
    @pytest.mark.parametrize(
        ("body", "text"),
        [
            ({"roles": {"": {}}}, "roles must have names of 1 to 255 characters, without NUL"),
            ({"roles": {"a\0": {}}}, "roles must have names of 1 to 255 characters, without NUL"),
            ({"roles": {"a/b": {}}}, f"roles.a/b.name {ROLE_NAME}"),
            (
                {"roles": {"host": {"name": "guest"}}},
                "roles.host.name must be the name that it stands under, or absent",
            ),
            ({"roles": {str(number): {} for number in range(101)}}, "roles must have at most 100 members"),
            ({"roles": {"host": {"priority": 11}}}, "roles.host.priority must be an integer from 1 to 10"),
            ({"destinations": {"hlsDestinations": {"a": []}}}, "destinations.hlsDestinations.a must be an object"),
            ({"destinations": {"transcriptions": {"a": {}}}}, "destinations.transcriptions.a.role is required"),
            ({"plugins": {"whiteboard": {"permissions": []}}}, "plugins.whiteboard.permissions must be an object"),
            ({"plugins": {"transcriptions": {"mode": "live"}}}, "plugins.transcriptions.mode must be caption"),
            (
                {"settings": {"roomState": {"messageInterval": 4}}},
                "settings.roomState.messageInterval must be a multiple of 5 from 5 to 3600",
            ),
        ],
    )
    async def test_is_refused_for_what_is_wrong_in_a_part(
        self, hms: httpx.AsyncClient, bad_body: Check, body: Template, text: str
    ) -> None:
        bad_body(await hms.post(TEMPLATES, json={"name": "new"} | body), text)
        assert (await hms.get(TEMPLATES, params={"name": "new"})).json()["data"] == []

    @pytest.mark.parametrize(
        ("said", "text"),
        [
            ({"region": "ap"}, "Error: region not supported"),
            ({"recording": {"upload": {"type": "s3", "prefix": "p"}}}, "Bucket location is missing"),
            (
                {"recording": {"upload": {"type": "ftp", "location": "b", "prefix": "p"}}},
                "Invalid upload configuration",
            ),
            ({"recording": {"upload": {"type": "s3", "location": "b"}}}, "Invalid upload configuration"),
        ],
    )
    async def test_is_refused_for_settings_by_the_texts_that_stand_alone(
        self, hms: httpx.AsyncClient, path: str, alone: Check, said: Template, text: str
    ) -> None:
        alone(await hms.post(TEMPLATES, json={"settings": said}), text)
        alone(await hms.post(path, json={"roles": {}, "settings": said}), text)
        alone(await hms.post(f"{path}/settings", json=said), text)


class TestNames:
    async def test_of_roles_are_given_once_to_many_who_ask_at_once(
        self, hms: httpx.AsyncClient, make: MakeTemplate, bad_body: Check
    ) -> None:
        made = await make(name="rush", roles={f"role-{number}": {} for number in range(10)})
        path = f"{TEMPLATES}/{made['id']}"
        renames = (hms.post(f"{path}/roles/{role}", json={"name": "chief"}) for role in made["roles"])
        done, *refused = sorted(await asyncio.gather(*renames), key=lambda answer: answer.status_code)
        assert (done.status_code, done.json()["name"]) == (200, "chief")
        for answer in refused:
            bad_body(answer, "name is taken by another role")
        assert len((await hms.get(path)).json()["roles"]) == 10

    async def test_of_a_role_may_be_said_again(self, hms: httpx.AsyncClient, path: str, same: Check) -> None:
        before = (await hms.get(f"{path}/roles/host")).json()
        same(await hms.post(f"{path}/roles/host", json={"name": "host"}), before)
        assert list((await hms.get(path)).json()["roles"]) == ["host", "guest"]

    async def test_of_roles_differ_by_case(self, hms: httpx.AsyncClient, path: str) -> None:
        assert (await hms.post(f"{path}/roles/host", json={"name": "Guest"})).json()["name"] == "Guest"
        assert list((await hms.get(path)).json()["roles"]) == ["Guest", "guest"]

    async def test_of_templates_are_given_once_to_many_who_ask_at_once(
        self, hms: httpx.AsyncClient, make: MakeTemplate, bad_body: Check
    ) -> None:
        made = [await make(name=f"template-{number}") for number in range(10)]
        body = {"name": "chief", "roles": {}, "settings": {}}
        renames = (hms.post(f"{TEMPLATES}/{each['id']}", json=body) for each in made)
        done, *refused = sorted(await asyncio.gather(*renames), key=lambda answer: answer.status_code)
        assert (done.status_code, done.json()["name"]) == (200, "chief")
        for answer in refused:
            bad_body(answer, "name is taken by another template")
