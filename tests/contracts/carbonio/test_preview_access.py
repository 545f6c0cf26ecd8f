"""Who may see previews: whoever is in the file's room, as long as he is; to all others there is no such file."""

from typing import NamedTuple

import asyncpg
import httpx
import pytest
from papers import numbered
from people import BASES, NOBODY, Person, Room, of, removed
from pictures import quadrants, saved
from transcripts import assert_empty

PICTURE = saved(quadrants(), "PNG")
PAPER = numbered(2)


class Kind(NamedTuple):
    """What is previewed, and where."""

    content: bytes
    path: str

    async def sent(self, person: Person, room: Room) -> str:
        """Upload such a file, and return where its preview is."""
        return self.of(await person.sent(room, "a", self.content))

    def of(self, id: str) -> str:
        return self.path.format(id)


KINDS = {
    "image": Kind(PICTURE, "/preview/image/{}/8x8"),
    "image thumbnail": Kind(PICTURE, "/preview/image/{}/8x8/thumbnail"),
    "pdf": Kind(PAPER, "/preview/pdf/{}"),
    "pdf thumbnail": Kind(PAPER, "/preview/pdf/{}/8x8/thumbnail"),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


async def assert_seen(path: str, *people: Person) -> None:
    answers = [await person("GET", path) for person in people]
    assert [answer.status_code for answer in answers] == [200] * len(people)
    assert len({answer.content for answer in answers}) == 1


async def assert_unseen(path: str, *people: Person, status: int = 404) -> None:
    for person in people:
        for method in ("GET", "HEAD"):
            assert_empty(await person(method, path), status)


class TestAnonymous:
    @pytest.mark.parametrize("base", BASES)
    async def test_sees_nothing(
        self, client: httpx.AsyncClient, ada: Person, group: Room, kind: Kind, *, base: str
    ) -> None:
        id = await ada.sent(group, "a", kind.content)
        await assert_seen(kind.of(id), ada)
        for each in (id, NOBODY, "nonsense"):
            for method in ("GET", "HEAD"):
                for end in ("", "/", "?quality=none&firstPage=x"):
                    assert_empty(await client.request(method, base + kind.of(each) + end), 401)

    async def test_nor_does_one_with_a_cookie_that_is_none(
        self, client: httpx.AsyncClient, ada: Person, group: Room, kind: Kind
    ) -> None:
        path = await kind.sent(ada, group)
        for cookie in ("", "nonsense", ada.token[:-1]):
            assert_empty(await client.get(path, headers={"Cookie": f"ZM_AUTH_TOKEN={cookie}"}), 401)


class TestIds:
    @pytest.mark.parametrize("id", [NOBODY, "nonsense", "1", f"{NOBODY}0", NOBODY[:-1], f"%7B{NOBODY}%7D", "%00"])
    async def test_of_no_file(self, ada: Person, kind: Kind, *, id: str) -> None:
        await assert_unseen(kind.of(id), ada)

    async def test_of_a_room(self, ada: Person, group: Room, kind: Kind) -> None:
        await assert_unseen(kind.of(group["id"]), ada)

    async def test_of_a_file_that_was_deleted(self, ada: Person, ben: Person, group: Room, kind: Kind) -> None:
        id = await ada.sent(group, "a", kind.content)
        await assert_seen(kind.of(id), ada, ben)
        assert_empty(await ada("DELETE", f"/attachments/{id}"), 204)
        await assert_unseen(kind.of(id), ada, ben)


class TestMembers:
    async def test_all_see_the_same(self, ada: Person, ben: Person, cleo: Person, group: Room, *, kind: Kind) -> None:
        await assert_seen(await kind.sent(ben, group), ada, ben, cleo)

    async def test_one_who_came_later(self, ada: Person, dora: Person, group: Room, kind: Kind) -> None:
        path = await kind.sent(ada, group)
        await assert_unseen(path, dora)
        await ada("POST", of(group), json={"userId": dora.id, "historyCleared": False})
        await assert_seen(path, dora, ada)

    @pytest.mark.parametrize("seen", [True, False], ids=["seen before", "never seen"])
    @pytest.mark.parametrize("by", ["kicked", "left"])
    async def test_one_who_went_sees_it_no_more(
        self, ada: Person, ben: Person, group: Room, kind: Kind, *, seen: bool, by: str
    ) -> None:
        path = await kind.sent(ben, group)
        if seen:
            await assert_seen(path, ben)
        who = ada if by == "kicked" else ben
        assert_empty(await who("DELETE", f"/rooms/{group['id']}/members/{ben.id}"), 204)
        await assert_unseen(path, ben)
        await assert_seen(path, ada)

    async def test_one_who_was_removed_is_nobody(
        self, ada: Person, ben: Person, group: Room, database: asyncpg.Connection, *, kind: Kind
    ) -> None:
        path = await kind.sent(ben, group)
        await assert_seen(path, ben)
        await removed(ben, database)
        await assert_unseen(path, ben, status=401)
        await assert_seen(path, ada)


class TestOthers:
    async def test_a_stranger(self, ada: Person, dora: Person, group: Room, kind: Kind) -> None:
        path = await kind.sent(ada, group)
        await assert_unseen(path, dora)
        await assert_seen(path, ada)
        await assert_unseen(path, dora)

    async def test_one_of_another_room(
        self, ada: Person, ben: Person, dora: Person, group: Room, *, kind: Kind
    ) -> None:
        other = await ada.created("one_to_one", dora)
        ids = [await ada.sent(room, "a", kind.content) for room in (group, other)]
        await assert_seen(kind.of(ids[0]), ada, ben)
        await assert_seen(kind.of(ids[1]), ada, dora)
        await assert_unseen(kind.of(ids[0]), dora)
        await assert_unseen(kind.of(ids[1]), ben)

    async def test_one_who_has_the_same_bytes_by_forwarding(
        self, ada: Person, dora: Person, group: Room, kind: Kind
    ) -> None:
        id = await ada.sent(group, "a", kind.content)
        copy = await ada.forwarded(id, await ada.created("one_to_one", dora))
        await assert_seen(kind.of(copy), ada, dora)
        await assert_unseen(kind.of(id), dora)


class TestWorkspaces:
    """Files come there by forwarding alone; whoever is in the workspace is in its channels."""

    async def test_members_see_what_is_in_it_and_in_its_channels(
        self, ada: Person, ben: Person, dora: Person, workspace: Room, channel: Room, *, kind: Kind
    ) -> None:
        source = await ben.sent(await ben.created("temporary", name="Own"), "a", kind.content)
        for room in (workspace, channel):
            copy = kind.of(await ben.forwarded(source, room))
            await assert_seen(copy, ada, ben)
            await assert_unseen(copy, dora)
        await assert_unseen(kind.of(source), ada)

    async def test_one_who_went_sees_neither(
        self, ada: Person, ben: Person, workspace: Room, channel: Room, *, kind: Kind
    ) -> None:
        source = await ben.sent(await ben.created("temporary", name="Own"), "a", kind.content)
        copies = [kind.of(await ben.forwarded(source, room)) for room in (workspace, channel)]
        for copy in copies:
            await assert_seen(copy, ada, ben)
        await ada("DELETE", f"/rooms/{workspace['id']}/members/{ben.id}")
        for copy in copies:
            await assert_unseen(copy, ben)
            await assert_seen(copy, ada)
        await assert_seen(kind.of(source), ben)
