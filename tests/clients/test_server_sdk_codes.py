"""The official Node SDK, as it is published, drives a running server: codes of rooms, tokens, and which methods it has.

Its clients exchange codes as the web client does: by `fetch`, with a text for a body and no credential.
"""

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import jwt
import pytest
from processes import SECRET_KEY, Server
from sdk import DRIVES, Saw, assert_declared, cast, run

from app.domain import keys
from app.domain.database import Transaction
from app.domain.secrets import SecretKey

Told = dict[str, Any]

#: How many public methods each service has; and setLogLevel, which is the SDK's own and sends nothing.
METHODS = {
    "activeRooms": 7,
    "analytics": 2,
    "api": 2,
    "auth": 2,
    "externalStreams": 5,
    "liveStreams": 8,
    "recordingAssets": 3,
    "recordings": 5,
    "roomCodes": 4,
    "rooms": 6,
    "sessions": 3,
    "SDK": 1,
}


@pytest.fixture(scope="module")
async def newest(server: Server) -> dict[str, str]:
    """A key by which tokens for codes are signed from now on."""
    desk = await asyncpg.connect(server.environment["ENFILADE_DATABASE_URL"])
    key = await keys.create_hms(Transaction(desk), SecretKey(SECRET_KEY))
    await desk.close()
    return {"access_key": key.access_key, "secret": key.secret}


@pytest.fixture(scope="module")
def codes(node: str, server: Server, newest: dict[str, str]) -> Saw:
    """What codes.mjs saw."""
    return run(node, "codes.mjs", f"{server.url}/v2", newest)


def answered(status: int, body: Told, *, origins: str | None = None) -> Told:
    return {"status": status, "origins": origins, "body": body}


def refused(status: int, message: str, detail: str, *, origins: str | None = None) -> Told:
    return answered(status, {"code": status, "message": message, "details": [detail]}, origins=origins)


NO_MEDIA_ENGINE = answered(501, {"code": 501, "message": "media engine is not configured"})
FORBIDDEN = refused(403, "Forbidden", "The API management token provided doesn't have enough permission")


def claims_of(token: str, key: dict[str, str]) -> Told:
    """Return what a token says that this key has signed."""
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
    claims: Told = jwt.decode(token, key["secret"], algorithms=["HS256"])
    return claims


def sdks_own(claims: Told) -> Told:
    """Return what is in every token, from these claims where it is not the same in all."""
    assert UUID(claims["jti"]).version == 4
    assert claims["iat"] == claims["nbf"]
    return {"version": 2} | {name: claims[name] for name in ("jti", "iat", "nbf", "exp")}


def test_every_method_of_every_service_is_called(codes: Saw) -> None:
    """47: all methods that the prototypes of the SDK's eleven services have, but for what is declared as private.

    That a script calls each method of the services which it drives is seen wherever it is run.
    """
    assert Counter(method.split(".")[0] for method in codes.methods) == METHODS
    assert sum(METHODS.values()) - METHODS["SDK"] == 47
    assert set().union(*DRIVES.values()) == METHODS.keys() - {"SDK"}


class TestRoomCodes:
    def test_are_created_for_each_role_once_and_for_one_role_again(self, codes: Saw) -> None:
        saw = codes("create")
        created = [cast(code) for code in saw["created"]]
        assert saw["again"] == saw["created"]
        for code, role in zip([*created, saw["another"]], ("host", "guest", "host"), strict=True):
            assert_declared(code, "roomCode", "Object")
            own = {"code": code["code"], "created_at": code["created_at"], "updated_at": code["created_at"]}
            assert code == {"room_id": saw["id"], "role": role, "enabled": True} | own
        assert len({code["code"] for code in [*created, saw["another"]]}) == 3

    def test_are_listed_newest_first_page_by_page(self, codes: Saw) -> None:
        saw = codes("list")
        created = [saw["disabled"] if code["code"] == saw["disabled"]["code"] else code for code in saw["created"]]
        for scenario, requests in (("everyCode", 3), ("byHundreds", 1)):
            assert [cast(code) for code in saw[scenario]["saw"]] == created[::-1]
            assert saw[scenario]["requests"] == requests
        assert [cast(code) for code in saw["hosts"]] == [code for code in created[::-1] if code["role"] == "host"]
        assert [cast(code) for code in saw["disabledGuests"]] == [saw["disabled"]]

    def test_are_disabled_and_enabled(self, codes: Saw) -> None:
        saw = codes("enableOrDisable")
        disabled, enabled = saw["disabled"], saw["enabled"]
        assert_declared(disabled, "roomCode", "Object")
        assert_declared(enabled, "roomCode", "Object")
        assert (disabled["enabled"], enabled["enabled"]) == (False, True)
        assert enabled == disabled | {"enabled": True, "updated_at": enabled["updated_at"]}
        assert disabled["created_at"] < disabled["updated_at"] <= enabled["updated_at"]
        assert saw["meanwhile"] == refused(403, *["Room code is disabled"] * 2, origins="*")

    @pytest.mark.parametrize(
        ("scenario", "code", "name", "message"),
        [
            ("unknownRoom", 404, "Not Found", "Error: Room not found"),
            ("unknownRoomOfRole", 404, "Not Found", "Error: Room not found"),
            ("unknownRole", 404, "Not Found", "Error: Role not found"),
            ("unknownCode", 404, "Not Found", "Error: Room code not found"),
            ("noBoolean", 400, "Bad Request", "Invalid body param"),
            ("listOfUnknownRoom", 404, "Not Found", "Error: Room not found"),
            ("listOfUnknownRole", 404, "Not Found", "Error: Role not found"),
            ("limit", 400, "Bad Request", "Invalid query parameter"),
        ],
    )
    def test_are_refused(self, codes: Saw, scenario: str, code: int, *, name: str, message: str) -> None:
        assert codes("refusals")[scenario] == {"code": code, "name": name, "message": message}

    def test_are_not_made_for_a_disabled_room(self, codes: Saw) -> None:
        """The SDK sends again, with another token, what is refused with 403."""
        refusal = {"code": 403, "name": "Forbidden", "message": "Room is disabled"}
        assert codes("refusals")["disabledRoom"] == {"saw": refusal, "requests": 2}


class TestTemplates:
    """The SDK has no service for them, but types, and `api` for whatever it has no service for."""

    def test_are_as_the_sdk_declares_them(self, codes: Saw) -> None:
        saw = codes("roleGone")
        before, after = saw["before"], saw["after"]
        for template, roles in ((before, ["host", "speaker"]), (after, ["host"])):
            moments = {name: datetime.fromisoformat(template[name]) for name in ("createdAt", "updatedAt")}
            assert_declared(template | moments, "policy", "Template")
            assert_declared(template["settings"]["roomState"], "policy", "RoomState")
            assert list(template["roles"]) == roles
            for role in template["roles"].values():
                assert_declared(role, "policy", "TemplateRole")
                assert_declared(role["publishParams"], "policy", "RolePublishParams", without="simulcast")
                assert_declared(role["publishParams"]["video"], "policy", "Video")
                assert_declared(role["subscribeParams"], "policy", "RoleSubscribeParams")
                assert_declared(role["permissions"], "policy", "RolePermissions")
        assert after["id"] == before["id"]
        assert saw["retrieved"] == after
        assert saw["listed"] == {"limit": 10, "data": [after], "last": after["id"]}

    def test_take_the_codes_of_a_role_with_it(self, codes: Saw) -> None:
        saw = codes("roleGone")
        [host] = saw["left"]
        assert (host["role"], host["enabled"]) == ("host", True)
        gone = "Role of the room code does not exist"
        assert saw["exchanged"] == refused(403, gone, gone, origins="*")
        assert saw["enable"] == {"code": 403, "name": "Forbidden", "message": gone}


class TestTokensForCodes:
    @pytest.mark.parametrize(("scenario", "user"), [("ofAda", {"user_id": "ada"}), ("ofSomebody", {})])
    def test_say_who_comes_into_which_room_in_which_role(
        self, codes: Saw, newest: dict[str, str], scenario: str, user: dict[str, str]
    ) -> None:
        saw = codes("exchange")
        token, expires_at = saw[scenario]["body"]["token"], saw[scenario]["body"]["expires_at"]
        assert saw[scenario] == answered(200, {"token": token, "expires_at": expires_at}, origins="*")
        claims = claims_of(token, newest)
        own = {"access_key": newest["access_key"], "type": "app", "room_id": saw["room"], "role": "guest", **user}
        assert claims == own | sdks_own(claims)
        assert claims["exp"] == claims["nbf"] + 86410 == datetime.fromisoformat(expires_at).timestamp()

    def test_are_a_clients_alone(self, codes: Saw) -> None:
        saw = codes("exchange")
        assert saw["asManagement"] == FORBIDDEN
        assert saw["asWhatItIs"] == NO_MEDIA_ENGINE

    def test_need_a_code_that_is_one(self, codes: Saw) -> None:
        saw = codes("exchange")
        text = "Error: Room code not found"
        missing = {"code": 404, "message": text, "data": {"description": text}}
        assert saw["unknown"] == answered(404, missing, origins="*")
        assert saw["nothing"] == refused(400, "Invalid body param", "Invalid body param: code is required", origins="*")


class TestTokensOfTheSdk:
    def test_of_management_are_made_once_or_as_they_are_wanted(self, codes: Saw, newest: dict[str, str]) -> None:
        saw = codes("tokens")
        token, kept, wanted = saw["management"]
        own = {"access_key": newest["access_key"], "type": "management"}
        claims, of_wanted = claims_of(token, newest), claims_of(wanted, newest)
        assert kept == token
        assert claims == own | sdks_own(claims)
        assert of_wanted == own | sdks_own(of_wanted)
        assert claims["exp"] == claims["nbf"] + 86400
        assert (of_wanted["nbf"], of_wanted["exp"]) == (10**9, 4 * 10**9)

    def test_of_clients_say_the_room_the_role_and_who_it_is(self, codes: Saw, newest: dict[str, str]) -> None:
        saw = codes("tokens")
        ada, somebody = (claims_of(token, newest) for token in saw["app"])
        own = {"access_key": newest["access_key"], "type": "app", "room_id": saw["room"]["id"]}
        assert ada == own | {"role": "host", "user_id": "ada"} | sdks_own(ada)
        assert somebody == own | {"role": "guest"} | sdks_own(somebody)
        assert (ada["exp"] - ada["nbf"], somebody["exp"] - somebody["nbf"]) == (86400, 60)

    @pytest.mark.parametrize("scenario", ["accepted", "acceptedAsWanted"])
    def test_of_management_open_the_api(self, codes: Saw, scenario: str) -> None:
        saw = codes("tokens")
        answer = saw[scenario]
        assert (answer["status"], cast(answer["body"])) == (200, saw["room"])

    def test_open_nothing_of_the_other_kind(self, codes: Saw) -> None:
        saw = codes("tokens")
        assert saw["asManagement"] == saw["asClient"] == FORBIDDEN

    def test_of_clients_are_for_rooms_that_are_there(self, codes: Saw) -> None:
        saw = codes("tokens")
        text = "Error: Room not found"
        assert saw["asWhatItIs"] == NO_MEDIA_ENGINE
        assert saw["ofNoRoom"] == answered(404, {"code": 404, "message": text, "data": {"description": text}})
