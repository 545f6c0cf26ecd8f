"""Who is in a room, and who comes in: `GET` and `POST /rooms/{roomId}/members` (chats.md, its table and §5)."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from asgi_lifespan import LifespanManager
from people import JSON, NOBODY, TIME, Acquaint, Person, Room, is_in, of
from transcripts import assert_empty, assert_same

from app.main import create_app
from app.settings import ChatsSettings, Settings

Spell = Callable[[Any], Any]


def inserted(person: Person, **more: object) -> dict[str, Any]:
    return {"userId": person.id, "historyCleared": False, **more}


class TestList:
    """GET /rooms/{roomId}/members."""

    async def test_tells_who_is_in_by_joining(
        self, ada: Person, ben: Person, cleo: Person, dora: Person, group: Room
    ) -> None:
        expected = [is_in(ben), is_in(cleo), is_in(ada, owner=True)]
        for person in (ada, ben, cleo):
            assert_same(await person("GET", of(group)), expected)
        await ada("POST", of(group), json=inserted(dora, owner=True))
        assert_same(await ada("GET", of(group)), [*expected, is_in(dora, owner=True)])

    async def test_of_a_one_to_one_has_two_owners(self, ada: Person, ben: Person) -> None:
        room = await ada.created("one_to_one", ben)
        assert_same(await ben("GET", of(room)), [is_in(ben, owner=True), is_in(ada, owner=True)])

    async def test_of_a_room_without_others_has_its_owner(self, ada: Person) -> None:
        room = await ada.created("temporary", name="Alone")
        assert_same(await ada("GET", of(room)), [is_in(ada, owner=True)])

    async def test_of_a_channel_is_that_of_its_workspace(
        self, ada: Person, ben: Person, cleo: Person, dora: Person
    ) -> None:
        workspace = await ada.created("workspace", ben, cleo, name="House")
        channel = await ada.created("channel", name="Hall", parentId=workspace["id"])
        expected = [is_in(ben), is_in(cleo), is_in(ada, owner=True)]
        assert_same(await ben("GET", of(channel)), expected)
        await ada("POST", of(workspace), json=inserted(dora))
        assert_same(await dora("GET", of(channel)), [*expected, is_in(dora)])

    async def test_is_for_members_only(self, ada: Person, dora: Person, ben: Person, cleo: Person, group: Room) -> None:
        workspace = await ada.created("workspace", ben, cleo, name="House")
        channel = await ada.created("channel", name="Hall", parentId=workspace["id"])
        for room in (group, workspace, channel):
            assert_empty(await dora("GET", of(room)), 403)

    async def test_of_an_unknown_room_is_not_found(self, ada: Person) -> None:
        assert_empty(await ada("GET", f"/rooms/{NOBODY}/members"), 404)

    async def test_finds_an_id_in_capitals(self, ada: Person, group: Room) -> None:
        assert_same(await ada("GET", f"/rooms/{group['id'].upper()}/members"), group["members"])


class TestAddOne:
    """POST /rooms/{roomId}/members with an object."""

    async def test_makes_a_plain_member(self, ada: Person, dora: Person, group: Room) -> None:
        assert_same(await ada("POST", of(group), json=inserted(dora)), is_in(dora), 201)
        assert_same(await dora("GET", of(group)), [*group["members"], is_in(dora)])
        [room] = (await dora("GET", "/rooms")).json()
        assert room["id"] == group["id"]

    async def test_can_make_an_owner(self, ada: Person, ben: Person, dora: Person, group: Room) -> None:
        answer = await ada("POST", of(group), json=inserted(dora, owner=True))
        assert_same(answer, is_in(dora, owner=True), 201)
        assert_empty(await dora("DELETE", f"{of(group)}/{ben.id}"), 204)

    @pytest.mark.parametrize("more", [{"owner": None}, {"owner": False}, {"clearedAt": "x", "role": 1}])
    async def test_overlooks_what_counts_as_absent(
        self, ada: Person, dora: Person, group: Room, more: dict[str, Any]
    ) -> None:
        assert_same(await ada("POST", of(group), json=inserted(dora, **more)), is_in(dora), 201)

    async def test_with_history_cleared_hides_what_was_before(self, ada: Person, dora: Person, group: Room) -> None:
        answer = await ada("POST", of(group), json=inserted(dora, historyCleared=True))
        moment = answer.json()["clearedAt"]
        assert TIME.fullmatch(moment)
        assert group["createdAt"] <= moment
        assert_same(answer, is_in(dora) | {"clearedAt": moment}, 201)
        seen = (await dora("GET", f"/rooms/{group['id']}")).json()
        assert seen["userSettings"] == {"muted": False, "clearedAt": moment}

    async def test_without_it_all_is_seen(self, ada: Person, dora: Person, group: Room) -> None:
        await ada("POST", of(group), json=inserted(dora))
        seen = (await dora("GET", f"/rooms/{group['id']}")).json()
        assert seen["userSettings"] == {"muted": False}

    async def test_of_capitals_is_answered_in_small_letters(self, ada: Person, dora: Person, group: Room) -> None:
        answer = await ada("POST", of(group), json=inserted(dora, userId=dora.id.upper()))
        assert_same(answer, is_in(dora), 201)

    async def test_takes_a_guest(self, ada: Person, acquaint: Acquaint, group: Room) -> None:
        guest = await acquaint("Gus", type="guest")
        assert_same(await ada("POST", of(group), json=inserted(guest)), is_in(guest), 201)

    async def test_to_a_workspace_gives_the_next_rank(self, ada: Person, ben: Person, cleo: Person) -> None:
        own = [await cleo.created("workspace", ada, ben, name=name) for name in ("1", "2")]
        other = await ada.created("workspace", ada, ben, name="3")
        answer = await ada("POST", of(other), json=inserted(cleo, historyCleared=True))
        assert_same(answer, is_in(cleo) | {"clearedAt": answer.json()["clearedAt"]}, 201)
        seen = (await cleo("GET", "/rooms")).json()
        assert [(room["id"], room["rank"]) for room in seen] == [(own[0]["id"], 1), (own[1]["id"], 2), (other["id"], 3)]
        assert "userSettings" not in (await cleo("GET", f"/rooms/{other['id']}")).json()

    async def test_to_a_temporary_room(self, ada: Person, ben: Person) -> None:
        room = await ada.created("temporary", name="Alone")
        assert_same(await ada("POST", of(room), json=inserted(ben)), is_in(ben), 201)
        assert_same(await ben("GET", of(room)), [is_in(ada, owner=True), is_in(ben)])


class TestAddSeveral:
    """POST /rooms/{roomId}/members with an array."""

    async def test_answers_in_the_order_sent(self, ada: Person, acquaint: Acquaint, group: Room) -> None:
        finn, emma, gus = [await acquaint(name) for name in ("Finn", "Emma", "Gus")]
        sent = [{"userId": gus.id}, inserted(emma, owner=True), {"userId": finn.id, "historyCleared": None}]
        expected = [is_in(gus), is_in(emma, owner=True), is_in(finn)]
        assert_same(await ada("POST", of(group), json=sent), expected, 201)
        assert_same(await ada("GET", of(group)), [*group["members"], *expected])

    async def test_clears_history_where_it_is_said(
        self, ada: Person, dora: Person, acquaint: Acquaint, group: Room
    ) -> None:
        emma = await acquaint("Emma")
        sent = [inserted(dora, historyCleared=True), inserted(emma)]
        answer = await ada("POST", of(group), json=sent)
        moment = answer.json()[0]["clearedAt"]
        assert TIME.fullmatch(moment)
        assert_same(answer, [is_in(dora) | {"clearedAt": moment}, is_in(emma)], 201)
        seen = (await dora("GET", f"/rooms/{group['id']}")).json()
        assert seen["userSettings"] == {"muted": False, "clearedAt": moment}

    async def test_of_one_is_an_array_still(self, ada: Person, dora: Person, group: Room) -> None:
        assert_same(await ada("POST", of(group), json=[{"userId": dora.id}]), [is_in(dora)], 201)

    async def test_of_none_adds_nobody(self, ada: Person, group: Room) -> None:
        assert_same(await ada("POST", of(group), json=[]), [], 201)
        assert_same(await ada("GET", of(group)), group["members"])

    async def test_to_a_workspace_gives_each_his_next_rank(
        self, ada: Person, ben: Person, cleo: Person, dora: Person, acquaint: Acquaint
    ) -> None:
        emma = await acquaint("Emma")
        await dora.created("workspace", ada, ben, name="Dora's")
        workspace = await ada.created("workspace", ben, cleo, name="House")
        await ada("POST", of(workspace), json=[{"userId": dora.id}, {"userId": emma.id}])
        for person, rank in ((dora, 2), (emma, 1)):
            assert (await person("GET", f"/rooms/{workspace['id']}")).json()["rank"] == rank

    @pytest.mark.parametrize("wrong", ["a member", "himself", "the same", "in capitals", "nobody", "junk", "no object"])
    async def test_is_all_or_nothing(self, ada: Person, ben: Person, dora: Person, group: Room, wrong: str) -> None:
        odd = {
            "a member": {"userId": ben.id},
            "himself": {"userId": ada.id},
            "the same": {"userId": dora.id},
            "in capitals": {"userId": dora.id.upper()},
            "nobody": {"userId": NOBODY},
            "junk": {"userId": "junk"},
            "no object": dora.id,
        }
        for sent in ([{"userId": dora.id}, odd[wrong]], [odd[wrong], {"userId": dora.id}]):
            assert_empty(await ada("POST", of(group), json=sent), 400)
            assert_same(await ada("GET", of(group)), group["members"])


@pytest.mark.parametrize("spell", [lambda body: body, lambda body: [body]], ids=["object", "array"])
class TestRefusal:
    """The order is: 404 of the room, 403, 400 of its type, 400 of all the rest."""

    async def test_of_an_unknown_room(self, ada: Person, ben: Person, spell: Spell) -> None:
        for id in (NOBODY, "junk", "workspaces"):
            for user in (ben.id, NOBODY):
                sent = spell({"userId": user, "historyCleared": False})
                assert_empty(await ada("POST", f"/rooms/{id}/members", json=sent), 404)

    async def test_of_who_is_no_owner(self, ben: Person, dora: Person, cleo: Person, group: Room, spell: Spell) -> None:
        for person in (ben, dora):
            for user in (dora.id, cleo.id, NOBODY):
                sent = spell({"userId": user, "historyCleared": False})
                assert_empty(await person("POST", of(group), json=sent), 403)
        assert_same(await ben("GET", of(group)), group["members"])

    async def test_of_a_one_to_one(self, ada: Person, ben: Person, dora: Person, spell: Spell) -> None:
        room = await ada.created("one_to_one", ben)
        for person, status in ((ada, 400), (ben, 400), (dora, 403)):
            assert_empty(await person("POST", of(room), json=spell(inserted(dora))), status)

    async def test_of_a_channel(self, ada: Person, ben: Person, cleo: Person, dora: Person, spell: Spell) -> None:
        workspace = await ada.created("workspace", ben, cleo, name="House")
        channel = await ada.created("channel", name="Hall", parentId=workspace["id"])
        for person, status in ((ada, 400), (ben, 403), (dora, 403)):
            assert_empty(await person("POST", of(channel), json=spell(inserted(dora))), status)

    async def test_of_one_who_is_in(self, ada: Person, ben: Person, group: Room, spell: Spell) -> None:
        for person in (ada, ben):
            answer = await ada("POST", of(group), json=spell(inserted(person, owner=True, historyCleared=True)))
            assert_empty(answer, 400)
        assert_same(await ada("GET", of(group)), group["members"])
        assert (await ben("GET", f"/rooms/{group['id']}")).json()["userSettings"] == {"muted": False}

    @pytest.mark.parametrize("id", [NOBODY, "", "junk", "\0", "😀", f"{{{NOBODY}}}", 1, True, [], {}, None])
    async def test_of_who_is_no_user(self, ada: Person, group: Room, spell: Spell, id: object) -> None:
        assert_empty(await ada("POST", of(group), json=spell({"userId": id, "historyCleared": False})), 400)

    @pytest.mark.parametrize(
        "more",
        [
            {"owner": "true"},
            {"owner": 1},
            {"owner": 0.0},
            {"owner": []},
            {"historyCleared": "false"},
            {"historyCleared": 0},
            {"historyCleared": {}},
        ],
    )
    async def test_of_a_wrong_type(
        self, ada: Person, dora: Person, group: Room, spell: Spell, more: dict[str, Any]
    ) -> None:
        assert_empty(await ada("POST", of(group), json=spell(inserted(dora, **more))), 400)
        assert_same(await ada("GET", of(group)), group["members"])

    async def test_of_a_body_without_a_user(self, ada: Person, group: Room, spell: Spell) -> None:
        assert_empty(await ada("POST", of(group), json=spell({"historyCleared": False})), 400)

    async def test_of_a_lone_surrogate(self, ada: Person, dora: Person, group: Room, spell: Spell) -> None:
        for more in ({"userId": "\ud800"}, {"name": "\udfff"}, {"\ud800": 1}):
            sent = json.dumps(spell(inserted(dora) | more))
            assert_empty(await ada("POST", of(group), content=sent, headers=JSON), 400)
        assert_same(await ada("GET", of(group)), group["members"])


class TestBody:
    @pytest.mark.parametrize("said", [{}, {"historyCleared": None}], ids=["absent", "null"])
    async def test_of_an_object_must_say_whether_history_is_cleared(
        self, ada: Person, dora: Person, group: Room, said: dict[str, Any]
    ) -> None:
        assert_empty(await ada("POST", of(group), json={"userId": dora.id} | said), 400)
        assert_same(await ada("GET", of(group)), group["members"])

    @pytest.mark.parametrize("body", ["", "{", "[", "null", "true", "1", '"x"', "[[]]", "[null]", "[1]", "{}", "\xff"])
    async def test_of_another_kind_is_refused(self, ada: Person, group: Room, body: str) -> None:
        assert_empty(await ada("POST", of(group), content=body.encode("latin-1"), headers=JSON), 400)


class TestLimit:
    """`maxGroupMembers`: all members of a group are counted, and of no other room."""

    @pytest.fixture(scope="class")
    @classmethod
    async def application(cls, settings: Settings) -> AsyncIterator[object]:
        small = settings.model_copy(update={"chats": ChatsSettings(max_group_members=4)})
        async with LifespanManager(create_app(small)) as manager:
            yield manager.app

    async def test_is_reached_and_not_passed(self, ada: Person, dora: Person, acquaint: Acquaint, group: Room) -> None:
        emma = await acquaint("Emma")
        assert_empty(await ada("POST", of(group), json=[{"userId": dora.id}, {"userId": emma.id}]), 400)
        assert_same(await ada("GET", of(group)), group["members"])
        assert_same(await ada("POST", of(group), json=inserted(dora)), is_in(dora), 201)
        assert_empty(await ada("POST", of(group), json=inserted(emma)), 400)
        assert_same(await ada("POST", of(group), json=[]), [], 201)
        await ada("DELETE", f"{of(group)}/{dora.id}")
        assert_same(await ada("POST", of(group), json=inserted(emma)), is_in(emma), 201)

    @pytest.mark.parametrize("type", ["workspace", "temporary"])
    async def test_is_for_groups_only(
        self, ada: Person, ben: Person, cleo: Person, acquaint: Acquaint, type: str
    ) -> None:
        room = await ada.created(type, ben, cleo, name="Many")
        others = [await acquaint(name) for name in ("Emma", "Finn", "Gus")]
        answer = await ada("POST", of(room), json=[{"userId": other.id} for other in others])
        assert_same(answer, [is_in(other) for other in others], 201)
