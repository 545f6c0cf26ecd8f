"""Plugins: every limit on both of its sides, and what is kept of what a body says."""

from typing import Any

import pytest
from judgement import Judge, at, put, wrong
from template_limits import NO_ROLE_NAMES, ROLE_NAME

from app.apis.hms.plugins import Plugins

Document = dict[str, Any]
PLUGINS = Judge(Plugins)
LISTS = [
    *(f"whiteboard.permissions.{name}" for name in ("admin", "writer", "reader")),
    "transcriptions.permissions.admin",
]
OBJECTS = ["whiteboard", "whiteboard.permissions", "transcriptions", "transcriptions.permissions"]


def kept(body: Document) -> Document:
    document: Document = PLUGINS.takes(body).document
    return document


@pytest.mark.parametrize("place", LISTS)
async def test_permissions_are_a_hundred_roles_at_most(place: str) -> None:
    for names in ([], ["host", "no role of any template"], ["x" * 255] * 100):
        assert at(kept(put({}, place, names)), place) == names
    assert await PLUGINS.refuses(put({}, place, ["host"] * 101)) == wrong(f"{place} must have at most 100 elements")
    refused = wrong(f"{place}.1 {ROLE_NAME}")
    for name in NO_ROLE_NAMES:
        assert await PLUGINS.refuses(put({}, place, ["host", name])) == refused
    for value in (None, 1, True, []):
        assert await PLUGINS.refuses(put({}, place, [value])) == wrong(f"{place}.0 must be a string")
    for value in ("host", 1, True, {}):
        assert await PLUGINS.refuses(put({}, place, value)) == wrong(f"{place} must be an array")


async def test_the_mode_is_the_one_that_is_documented() -> None:
    assert kept({"transcriptions": {"mode": "caption"}}) == {"transcriptions": {"mode": "caption"}}
    for value in ("", "live", "Caption", 1, True, ["caption"], {}):
        refused = await PLUGINS.refuses({"transcriptions": {"mode": value}})
        assert refused == wrong("transcriptions.mode must be caption"), value


@pytest.mark.parametrize("place", OBJECTS)
async def test_objects_are_objects(place: str) -> None:
    for value in ([], "x", 1, True):
        assert await PLUGINS.refuses(put({}, place, value)) == wrong(f"{place} must be an object"), value


async def test_all_that_was_said_is_kept_in_order() -> None:
    said = {
        "whiteboard": {"permissions": {"admin": ["host"], "writer": ["host", "guest"], "reader": []}},
        "transcriptions": {"permissions": {"admin": ["clerk"]}, "mode": "caption"},
    }
    assert str(kept(dict(reversed(said.items())))) == str(said)


@pytest.mark.parametrize(
    ("body", "document"),
    [
        ({}, {}),
        ({"whiteboard": None, "transcriptions": None, "unknown": {}}, {}),
        ({"whiteboard": {}, "transcriptions": {}}, {"whiteboard": {}, "transcriptions": {}}),
        ({"whiteboard": {"permissions": {"admin": None, "owner": ["x"]}}}, {"whiteboard": {"permissions": {}}}),
    ],
)
async def test_nothing_is_kept_of_what_is_unknown_or_null(body: Document, document: Document) -> None:
    assert kept(body) == document
