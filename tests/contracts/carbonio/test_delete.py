"""`DELETE /rooms/{roomId}` (deleteRoom)."""

from uuid import uuid4

from people import Person
from transcripts import assert_empty, assert_same

ROOMS = "/rooms"


async def rooms_of(person: Person) -> list[str]:
    return [room["id"] for room in (await person("GET", ROOMS)).json()]


class TestDelete:
    async def test_a_room_is_gone_for_everybody(self, ada: Person, ben: Person, cleo: Person, dora: Person) -> None:
        for type in ("group", "temporary", "workspace"):
            room = await ada.created(type, ben, cleo, name="A")
            assert_empty(await ada("DELETE", f"{ROOMS}/{room['id']}"), 204)
            for person in (ada, ben, cleo, dora):
                assert_empty(await person("GET", f"{ROOMS}/{room['id']}"), 404)
                assert_same(await person("GET", ROOMS), [])

    async def test_by_another_owner(self, ada: Person, ben: Person, cleo: Person) -> None:
        room = await ada.created("group", ben, cleo, name="A")
        await ada("PUT", f"{ROOMS}/{room['id']}/members/{ben.id}/owner")
        assert_empty(await ben("DELETE", f"{ROOMS}/{room['id']}"), 204)
        assert_same(await ada("GET", ROOMS), [])

    async def test_a_room_with_nobody_else(self, ada: Person) -> None:
        room = await ada.created("temporary", name="A")
        assert_empty(await ada("DELETE", f"{ROOMS}/{room['id']}"), 204)

    async def test_every_other_room_stays(self, ada: Person, ben: Person, cleo: Person) -> None:
        room, other = [await ada.created("group", ben, cleo, name="A") for _ in range(2)]
        await ada("PUT", f"{ROOMS}/{other['id']}/mute")
        await ada("DELETE", f"{ROOMS}/{room['id']}")
        assert_same(await ada("GET", f"{ROOMS}/{other['id']}"), other | {"userSettings": {"muted": True}})

    async def test_a_room_that_was_muted_and_cleared(self, ada: Person, ben: Person, cleo: Person) -> None:
        room = await ada.created("group", ben, cleo, name="A")
        for person in (ada, ben):
            await person("PUT", f"{ROOMS}/{room['id']}/mute")
            await person("PUT", f"{ROOMS}/{room['id']}/clear")
        assert_empty(await ada("DELETE", f"{ROOMS}/{room['id']}"), 204)

    async def test_a_workspace_goes_with_its_channels(self, ada: Person, ben: Person, cleo: Person) -> None:
        workspace = await ada.created("workspace", ben, cleo, name="A")
        channels = [await ada.created("channel", name=name, parentId=workspace["id"]) for name in "BC"]
        await ben("PUT", f"{ROOMS}/{channels[0]['id']}/mute")
        assert_empty(await ada("DELETE", f"{ROOMS}/{workspace['id']}"), 204)
        for room in (workspace, *channels):
            for person in (ada, ben):
                assert_empty(await person("GET", f"{ROOMS}/{room['id']}"), 404)

    async def test_a_channel_leaves_its_workspace(self, ada: Person, ben: Person, cleo: Person) -> None:
        workspace = await ada.created("workspace", ben, cleo, name="A")
        gone, kept = [await ada.created("channel", name=name, parentId=workspace["id"]) for name in "BC"]
        assert_empty(await ada("DELETE", f"{ROOMS}/{gone['id']}"), 204)
        assert_empty(await ada("GET", f"{ROOMS}/{gone['id']}"), 404)
        shown = (await ben("GET", f"{ROOMS}/{workspace['id']}")).json()
        assert [(child["id"], child["rank"]) for child in shown["children"]] == [(kept["id"], 2)]

    async def test_what_never_was_or_is_gone(self, ada: Person, ben: Person, cleo: Person) -> None:
        room = await ada.created("group", ben, cleo, name="A")
        await ada("DELETE", f"{ROOMS}/{room['id']}")
        for person in (ada, ben):
            assert_empty(await person("DELETE", f"{ROOMS}/{room['id']}"), 204)
            assert_empty(await person("DELETE", f"{ROOMS}/{uuid4()}"), 204)
            assert_empty(await person("DELETE", f"{ROOMS}/junk"), 204)

    async def test_an_id_in_upper_case(self, ada: Person) -> None:
        room = await ada.created("temporary", name="A")
        assert_empty(await ada("DELETE", f"{ROOMS}/{room['id'].upper()}"), 204)
        assert await rooms_of(ada) == []


class TestRefusals:
    async def test_a_stranger(self, ada: Person, ben: Person, cleo: Person, dora: Person) -> None:
        workspace = await ada.created("workspace", ben, cleo, name="A")
        rooms = [
            workspace,
            await ada.created("channel", parentId=workspace["id"]),
            await ada.created("one_to_one", ben),
        ]
        for room in (*rooms, await ada.created("group", ben, cleo, name="A")):
            assert_empty(await dora("DELETE", f"{ROOMS}/{room['id']}"), 403)
            assert (await ada("GET", f"{ROOMS}/{room['id']}")).status_code == 200

    async def test_a_member_who_owns_nothing(self, ada: Person, ben: Person, cleo: Person) -> None:
        workspace = await ada.created("workspace", ben, cleo, name="A")
        rooms = [await ada.created(type, ben, cleo, name="A") for type in ("group", "temporary")]
        for room in (*rooms, await ada.created("channel", name="A", parentId=workspace["id"]), workspace):
            assert_empty(await ben("DELETE", f"{ROOMS}/{room['id']}"), 403)
            assert (await ben("GET", f"{ROOMS}/{room['id']}")).status_code == 200

    async def test_a_one_to_one_by_either(self, ada: Person, ben: Person) -> None:
        room = await ada.created("one_to_one", ben)
        for person in (ada, ben):
            assert_empty(await person("DELETE", f"{ROOMS}/{room['id']}"), 403)
        assert_same(await ada("GET", f"{ROOMS}/{room['id']}"), room)
