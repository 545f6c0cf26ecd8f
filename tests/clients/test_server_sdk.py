"""The official Node SDK of the 100ms-style API, as it is published, drives a running server: its rooms."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
import sdk
from databases import Postgres
from processes import RunServer, Server, settings_of
from sdk import HERE, Saw, cast, run

UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"

NO_ROOM = {"code": 404, "name": "Not Found", "message": "Error: Room not found"}
BAD_TOKEN = {"code": 401, "name": "Unauthorized", "message": "Token validation error"}

Room = dict[str, Any]


def bad_request(message: str) -> dict[str, Any]:
    return {"code": 400, "name": "Bad Request", "message": message}


def assert_declared(room: Room) -> None:
    assert len(sdk.declared("room", "Object")) == 15
    sdk.assert_declared(room, "room", "Object")


@pytest.fixture(scope="module", params=["/v2", "/api/v2"])
def base(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def rooms(node: str, server: Server, base: str, server_key: dict[str, str]) -> Saw:
    """What rooms.mjs saw of a server that has other rooms too."""
    return run(node, "rooms.mjs", server.url + base, server_key)


@dataclass(frozen=True)
class Crowd:
    """A server that has these rooms, newest first, and no others."""

    url: str
    key: dict[str, str]
    rooms: list[Room]


@pytest.fixture(scope="module")
def crowd(node: str, run_server: RunServer, postgres: Postgres, template: str) -> Iterator[Crowd]:
    with postgres.database(template) as url, run_server(**settings_of(url)) as server:
        key = server.enfilade("keys", "create", "hms")
        created = run(node, "crowd.mjs", f"{server.url}/v2", key)("populate")
        yield Crowd(server.url, key, created[::-1])


@pytest.fixture(scope="module")
def lists(node: str, crowd: Crowd, base: str) -> Saw:
    """What lists.mjs saw of the crowd."""
    return run(node, "lists.mjs", crowd.url + base, crowd.key)


class TestRooms:
    def test_are_created_once_by_name(self, rooms: Saw) -> None:
        saw = rooms("create")
        first, again = saw["first"], saw["again"]
        assert_declared(first)
        assert (first["name"], first["description"], first["region"]) == (saw["name"], "Every morning", "eu")
        assert first["enabled"] is True
        assert first["customer"] == first["customer_id"]
        assert first["updated_at"] == first["created_at"]
        assert_declared(again)
        assert again == first | {"description": "Every evening", "updated_at": again["updated_at"]}
        assert again["updated_at"] >= first["updated_at"]

    def test_are_created_without_a_name_and_of_a_template(self, rooms: Saw) -> None:
        saw = rooms("createUnnamed")
        unnamed, alike = saw["unnamed"], saw["alike"]
        assert_declared(unnamed)
        assert_declared(alike)
        assert re.fullmatch(UUID4, unnamed["name"])
        assert re.fullmatch(UUID4, alike["name"])
        assert alike["id"] != unnamed["id"]
        assert (alike["template_id"], alike["template"]) == (unnamed["template_id"], unnamed["template"])

    def test_are_created_once_when_many_ask_at_the_same_time(self, rooms: Saw) -> None:
        created = rooms("createAtOnce")
        assert len(created) == 20
        assert len({room["id"] for room in created}) == 1

    def test_are_retrieved_by_id_and_by_name_in_any_case(self, rooms: Saw) -> None:
        saw = rooms("retrieve")
        assert_declared(saw["byId"])
        assert saw["byId"] == saw["created"]
        assert cast(saw["byName"]) == saw["created"]
        assert cast(saw["byLoudName"]) == saw["created"]

    def test_are_updated(self, rooms: Saw) -> None:
        saw = rooms("update")
        created, changes, updated, by_id = saw["created"], saw["changes"], saw["updated"], saw["byId"]
        assert_declared(updated)
        assert updated == created | changes | {
            "key": f"{created['customer_id']}:{changes['name']}",
            "recording_source_template": False,
            "updated_at": updated["updated_at"],
        }
        assert updated["updated_at"] >= created["updated_at"]
        upload = {
            name: value for name, value in changes["recording_info"]["upload_info"].items() if name != "credentials"
        }
        assert by_id == updated | {"recording_info": {"enabled": True, "upload_info": upload}}
        assert cast(saw["byName"]) == by_id
        assert saw["byOldName"]["message"] == f"No Room found with passed in name - {created['name']}"

    def test_are_disabled_and_enabled(self, rooms: Saw) -> None:
        saw = rooms("disableAndEnable")
        for step, enabled in (("disabled", False), ("meanwhile", False), ("enabled", True)):
            assert_declared(saw[step])
            assert (saw[step]["id"], saw[step]["enabled"]) == (saw["id"], enabled)


class TestRefusals:
    def test_an_unknown_room_is_not_found(self, rooms: Saw) -> None:
        saw = rooms("unknown")
        for call in ("retrieveById", "retrieveByNoId", "update", "disable"):
            assert saw[call] == NO_ROOM
        assert saw["retrieveByName"]["message"] == f"No Room found with passed in name - {saw['name']}"

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ("name", "Invalid body param"),
            ("region", "Error: region not supported"),
            ("template", "Error: template not found"),
            ("location", "Bucket location is missing"),
            ("type", "Invalid upload configuration"),
        ],
    )
    def test_a_wrong_configuration_makes_no_room(self, rooms: Saw, wrong: str, message: str) -> None:
        assert rooms("refusedConfigurations")[wrong] == {"create": bad_request(message), "left": []}

    def test_a_taken_name_is_left_to_its_room(self, rooms: Saw) -> None:
        saw = rooms("takenName")
        assert saw["rename"] == bad_request("Invalid body param")
        assert saw["after"] == saw["second"]

    @pytest.mark.parametrize("who", ["wrongSecret", "unknownKey"])
    def test_a_stranger_is_refused_twice_and_changes_nothing(self, rooms: Saw, who: str) -> None:
        refused = {"saw": BAD_TOKEN, "requests": 2}
        assert rooms("strangers")[who] == dict.fromkeys(("create", "retrieveById", "list"), refused) | {"left": []}


class TestLists:
    """The SDK asks for page after page until one is shorter than the limit, which it takes to be 10."""

    @pytest.mark.parametrize(("scenario", "requests"), [("everyRoom", 26), ("byHundreds", 3)])
    def test_show_every_room_once_newest_first(self, lists: Saw, crowd: Crowd, scenario: str, requests: int) -> None:
        listed = [cast(room) for room in lists(scenario)["saw"]]
        assert [room["id"] for room in listed] == [room["id"] for room in crowd.rooms]
        assert listed == crowd.rooms
        assert lists(scenario)["requests"] == requests
        for room in listed:
            assert_declared(room)

    @pytest.mark.parametrize(("scenario", "count"), [("enabled", 225), ("disabled", 25)])
    def test_show_the_rooms_that_are_enabled_or_not(self, lists: Saw, crowd: Crowd, scenario: str, count: int) -> None:
        expected = [room for room in crowd.rooms if room["enabled"] is (scenario == "enabled")]
        assert len(expected) == count
        assert [cast(room) for room in lists(scenario)] == expected

    def test_show_the_rooms_between_two_moments_as_listed(self, lists: Saw, crowd: Crowd) -> None:
        saw = lists("between")
        oldest, newest = datetime.fromisoformat(saw["after"]), datetime.fromisoformat(saw["before"])
        expected = [room for room in crowd.rooms if oldest <= room["created_at"] <= newest]
        assert 126 <= len(expected) < 250
        assert [cast(room) for room in saw["listed"]] == expected

    def test_with_too_high_a_limit_are_refused_instead_of_cut(self, lists: Saw) -> None:
        assert lists("byTwoHundreds") == {"saw": bad_request("Invalid query parameter"), "requests": 1}


def test_lock_files_are_hashed_and_hold_no_address() -> None:
    packages = json.loads((HERE / "package-lock.json").read_text())["packages"]
    assert packages.pop("")["dependencies"] == {"@100mslive/server-sdk": "0.3.0"}
    for package in packages.values():
        assert package["integrity"].startswith("sha512-")
        assert "resolved" not in package
    wheels = (HERE / "requirements.txt").read_text()
    assert "--hash=" in wheels
    assert "://" not in wheels
