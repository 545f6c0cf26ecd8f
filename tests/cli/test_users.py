"""`enfilade users`: as operator.md has it."""

import re
from typing import Any

import pytest

ID = "7403cb88-8e88-452a-8bb7-0923923348f7"
OTHER_ID = "0d3e2b6c-1f4a-4c55-9a51-3a1f7a9f2b11"
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class TestWhereverItIsTyped:
    def test_users_are_added_listed_and_removed(self, anywhere: Any) -> None:
        assert anywhere.json("users", "list") == []
        zoe = anywhere.json("users", "add", "zoe@example.org", "Zoë 🦀")
        assert list(zoe.items()) == [
            ("id", zoe["id"]),
            ("email", "zoe@example.org"),
            ("name", "Zoë 🦀"),
            ("type", "internal"),
        ]
        ada = anywhere.json("users", "add", "Ada@example.org", "Ada", "--type", "guest", "--id", ID)
        assert ada == {"id": ID, "email": "Ada@example.org", "name": "Ada", "type": "guest"}
        assert anywhere.json("users", "list") == [ada, zoe]
        assert anywhere.json("users", "remove", ID) == ada
        assert anywhere.json("users", "remove", zoe["id"]) == zoe
        assert anywhere.json("users", "list") == []


class TestAdd:
    def test_gives_an_id_of_its_own(self, shell: Any) -> None:
        ids = {shell.json("users", "add", f"{name}@example.org", name)["id"] for name in ("ada", "ben")}
        assert len(ids) == 2
        assert all(re.fullmatch(UUID, id) for id in ids)

    def test_keeps_the_case_of_the_email(self, shell: Any) -> None:
        assert shell.json("users", "add", "Ada@Example.org", "Ada")["email"] == "Ada@Example.org"

    @pytest.mark.parametrize("again", ["ada@example.org", "ADA@EXAMPLE.ORG"])
    def test_the_same_email_in_any_case_is_refused(self, shell: Any, again: str) -> None:
        shell.json("users", "add", "Ada@example.org", "Ada")
        assert shell.refusal("users", "add", again, "Another") == "Error: a user with this email exists already"
        assert [user["name"] for user in shell.json("users", "list")] == ["Ada"]

    def test_the_same_id_is_refused(self, shell: Any) -> None:
        shell.json("users", "add", "ada@example.org", "Ada", "--id", ID)
        told = shell.refusal("users", "add", "ben@example.org", "Ben", "--id", ID.upper())
        assert told == "Error: a user with this id exists already"

    @pytest.mark.parametrize(
        "email", ["", "ada", "@example.org", "ada@", "a@b@c", "a da@example.org", "ada@exam\tple.org", "a\udcff@b.org"]
    )
    def test_what_is_no_email_is_misuse(self, terminal: Any, email: str) -> None:
        assert "EMAIL" in terminal().misused("users", "add", email, "Ada")

    @pytest.mark.parametrize("name", ["", "  ", "line\nbreak", "\udcff", "x" * 256])
    def test_what_is_no_name_is_misuse(self, terminal: Any, name: str) -> None:
        assert "NAME" in terminal().misused("users", "add", "ada@example.org", name)

    @pytest.mark.parametrize("options", [["--type", "admin"], ["--id", "7403cb88"], ["--id", ""], ["--type"], ["more"]])
    def test_other_types_and_ids_are_misuse(self, terminal: Any, options: list[str]) -> None:
        terminal().misused("users", "add", "ada@example.org", "Ada", *options)

    def test_without_json_it_is_for_people(self, shell: Any) -> None:
        done = shell.run("users", "add", "ada@example.org", "Ada", "--id", ID)
        assert (done.status, done.err) == (0, "")
        assert done.out == f"id: {ID}\nemail: ada@example.org\nname: Ada\ntype: internal\n"


class TestList:
    def test_without_json_it_is_a_line_for_each_by_email(self, shell: Any) -> None:
        shell.json("users", "add", "ben@example.org", "Ben", "--id", ID)
        shell.json("users", "add", "Ada@example.org", "Ada", "--id", OTHER_ID, "--type", "guest")
        assert shell.run("users", "list").out == (
            f"{OTHER_ID}\tAda@example.org\tAda\tguest\n{ID}\tben@example.org\tBen\tinternal\n"
        )


class TestRemove:
    def test_takes_the_tokens_along_and_nobody_elses(self, shell: Any) -> None:
        shell.json("users", "add", "ada@example.org", "Ada", "--id", ID)
        shell.json("users", "add", "ben@example.org", "Ben", "--id", OTHER_ID)
        for user in (ID, ID, OTHER_ID):
            shell.json("tokens", "create", user)
        shell.json("users", "remove", ID)
        left = shell.sql("SELECT user_id FROM user_token")
        assert [str(row["user_id"]) for row in left] == [OTHER_ID]

    @pytest.mark.parametrize("id", [OTHER_ID, "nonsense", "", "\udcff"])
    def test_of_an_unknown_id_is_refused(self, shell: Any, id: str) -> None:
        assert shell.refusal("users", "remove", id) == "Error: there is no such user"

    def test_of_nothing_is_misuse(self, terminal: Any) -> None:
        terminal().misused("users", "remove")
