"""A fact of the domain that a dialect, or the command line, can meet has an answer there.

Found by reading the code: a function of the domain meets the facts it names, and those of the functions it calls.
"""

import ast
import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.routing import APIRoute
from starlette.requests import Request

from app.apis.carbonio import (
    attachments,
    authentication,
    events,
    health,
    meetings,
    members,
    messages,
    pictures,
    previews,
    rooms,
    streams,
    users,
)
from app.apis.carbonio import errors as chats
from app.apis.hms import errors as hms
from app.apis.vcs import errors as vcs
from app.cli import desk
from app.domain import errors
from app.settings import Settings

APP = Path(errors.__file__).parents[1]
Fact = type[errors.DomainError]
Function = tuple[str, str]
Functions = Mapping[Function, ast.AST]
CHATS = [
    rooms,
    attachments,
    messages,
    members,
    users,
    pictures,
    previews,
    meetings,
    streams,
    events,
    authentication,
    health,
]
#: A fact that an operation names and cannot meet: the room was made a moment before, by the same transaction.
NEVER_MET = {("insert_room", errors.RoomNotFound)}


def trees(folder: Path) -> dict[str, ast.Module]:
    return {path.stem: ast.parse(path.read_text()) for path in folder.glob("*.py")}


def functions(modules: Mapping[str, ast.Module]) -> Functions:
    """Return every function and method, by its module and name."""
    return {
        (module, node.name): node
        for module, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


DOMAIN = trees(APP / "domain")
FUNCTIONS = functions(DOMAIN)
METHODS = {
    node.name: (module, node.name)
    for module, tree in DOMAIN.items()
    for class_ in ast.walk(tree)
    if isinstance(class_, ast.ClassDef)
    for node in class_.body
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
}


def called(tree: ast.AST, module: str | None = None) -> Iterator[Function]:
    """Yield (module, function) of the domain for each use in the tree, which stands in `module` of the domain."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=function) if (name, function) in FUNCTIONS:
                yield name, function
            case ast.Attribute(value=ast.Name(id="secret_key" | "sealing"), attr=function):
                yield "secrets", function
            case ast.Attribute(attr=method) if method in METHODS:
                yield METHODS[method]
            case ast.Name(id=function) if (module, function) in FUNCTIONS:
                yield str(module), function


def caught(tree: ast.AST) -> list[ast.AST]:
    return [node.type for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.type]


def facts_named(tree: ast.AST) -> set[Fact]:
    """What a tree names, but to catch it."""
    to_catch = {id(node) for kind in caught(tree) for node in ast.walk(kind)}
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in to_catch}
    found = {getattr(errors, name, None) for name in names}
    return {fact for fact in found if isinstance(fact, type) and not fact.__subclasses__()}


def without_caught(facts: set[Fact], tree: ast.AST) -> set[Fact]:
    return facts.difference(*map(facts_named, caught(tree)))


def met(function: Function, seen: set[Function]) -> set[Fact]:
    if function in seen or function not in FUNCTIONS:
        return set()
    seen.add(function)
    tree = FUNCTIONS[function]
    below = set().union(*(met(other, seen) for other in called(tree, function[0])))
    return facts_named(tree) | without_caught(below, tree)


def let_out(tree: ast.AST) -> set[Fact]:
    """What a part of a dialect meets, or names itself, and does not catch."""
    return facts_named(tree) | without_caught(set().union(*(met(use, set()) for use in called(tree))), tree)


def met_in(modules: Mapping[str, ast.Module]) -> set[Fact]:
    """Return what a dialect, or the command line, meets; the words that it has for facts are no use of them."""
    return set().union(
        *(let_out(node) for module, tree in modules.items() if module not in ("errors", "desk") for node in tree.body)
    )


@pytest.mark.parametrize(
    ("folder", "answers"),
    [
        pytest.param(APP / "apis" / "hms", hms.ANSWERS, id="hms"),
        pytest.param(APP / "apis" / "vcs", vcs.ANSWERS, id="vcs"),
        pytest.param(APP / "apis" / "carbonio", chats.ANSWERS, id="carbonio"),
        pytest.param(APP / "cli", desk.WORDS, id="cli"),
    ],
)
def test_every_fact_that_can_be_met_has_an_answer(folder: Path, answers: Mapping[Any, object]) -> None:
    facts = met_in(trees(folder))
    assert facts, "the reading of the code found nothing"
    assert {fact for fact in facts if fact not in answers} == set()


def test_the_chats_have_no_answer_to_what_nobody_meets() -> None:
    facts = {answer for answer in chats.ANSWERS if isinstance(answer, type) and issubclass(answer, errors.DomainError)}
    folders = [APP / "adapters" / name for name in (".", "blobs", "previews")]
    adapters = set().union(*(met_in(trees(folder)) for folder in folders))
    assert facts == met_in(trees(APP / "apis" / "carbonio")) | adapters


DIALECT = trees(APP / "apis" / "carbonio")
OF_DIALECT = functions(DIALECT)
OF_PATHS = {
    node.targets[0].id: facts_named(node)
    for node in DIALECT["schemas"].body
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
}


def met_by(function: Function) -> set[Fact]:
    """Return what an operation of the chats meets: by itself, by helpers of the dialect, by the ids of its path."""
    tree = OF_DIALECT[function]
    used = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    names = {node.id for node in used} - {node.id for node in used if isinstance(node.ctx, ast.Store)}
    helpers = {(function[0], name) for name in names} | {
        (node.value.id, node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "documents"
    }
    below = [met_by(helper) for helper in helpers if helper in OF_DIALECT and helper != function]
    return let_out(tree).union(*below, *(OF_PATHS[name] for name in names if name in OF_PATHS))


ROUTES = [route for section in CHATS for route in section.router.routes if isinstance(route, APIRoute)]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
async def test_an_operation_of_the_chats_documents_a_status_of_each_fact(route: APIRoute, settings: Settings) -> None:
    module = route.endpoint.__module__.rpartition(".")[2]
    state = {"resources": SimpleNamespace(settings=settings), "trace_id": "0" * 32}
    request = Request({"type": "http", "route": route, "state": state})
    for fact in met_by((module, route.name)):
        if (route.name, fact) not in NEVER_MET:
            answer = await chats.ANSWERS[fact](request, fact())
            assert answer.status_code in {route.status_code, *route.responses}, fact


def test_reading_finds_what_operations_meet() -> None:
    assert met_by(("meetings", "get_meeting_by_room_id")) == {
        errors.RoomNotFound,
        errors.NotAMember,
        errors.MeetingNotFound,
    }
    assert met_by(("rooms", "delete_room")) == {
        errors.RoomNotFound,
        errors.NotAMember,
        errors.NotAnOwner,
        errors.FixedRoom,
    }
    assert met_by(("authentication", "get_tokens")) == set()


def test_the_tree_in_the_docstring_names_every_fact() -> None:
    drawn = {line.strip("│├└─ ") for line in str(importlib.import_module("app.domain.errors").__doc__).splitlines()}
    defined = {node.name for node in DOMAIN["errors"].body if isinstance(node, ast.ClassDef)}
    assert defined <= drawn
