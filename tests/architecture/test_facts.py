"""A fact of the domain that a dialect, or the command line, can meet has an answer there.

Found by reading the code: a function of the domain meets the facts it names, and those of the functions it calls.
"""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.apis.hms import errors as hms
from app.apis.vcs import errors as vcs
from app.cli import desk
from app.domain import errors

APP = Path(errors.__file__).parents[1]
DOMAIN = {path.stem: ast.parse(path.read_text()) for path in (APP / "domain").glob("*.py")}
FUNCTIONS = {
    (module, node.name): node
    for module, tree in DOMAIN.items()
    for node in ast.walk(tree)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
}


def called(tree: ast.AST, module: str | None = None) -> Iterator[tuple[str, str]]:
    """Yield (module, function) of the domain for each use in the tree, which stands in `module` of the domain."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=function) if (name, function) in FUNCTIONS:
                yield name, function
            case ast.Attribute(value=ast.Name(id="secret_key" | "sealing"), attr=function):
                yield "secrets", function
            case ast.Name(id=function) if (module, function) in FUNCTIONS:
                yield str(module), function


def facts_named(tree: ast.AST) -> set[type[errors.DomainError]]:
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    found = {getattr(errors, name, None) for name in names}
    return {fact for fact in found if isinstance(fact, type) and not fact.__subclasses__()}


def met(function: tuple[str, str], seen: set[tuple[str, str]]) -> set[type[errors.DomainError]]:
    if function in seen or function not in FUNCTIONS:
        return set()
    seen.add(function)
    tree = FUNCTIONS[function]
    return facts_named(tree).union(*(met(other, seen) for other in called(tree, function[0])))


def let_out(function: ast.AST) -> set[type[errors.DomainError]]:
    """What a function of a dialect meets and does not catch itself."""
    caught = [node.type for node in ast.walk(function) if isinstance(node, ast.ExceptHandler) and node.type]
    met_here = set().union(*(met(use, set()) for use in called(function)))
    return met_here.difference(*(facts_named(facts) for facts in caught))


def met_in(files: list[Path]) -> set[type[errors.DomainError]]:
    nodes = [node for path in files for node in ast.walk(ast.parse(path.read_text()))]
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return set().union(*map(let_out, functions))


@pytest.mark.parametrize(
    ("files", "answers"),
    [
        pytest.param(list((APP / "apis" / "hms").glob("*.py")), hms.ANSWERS, id="hms"),
        pytest.param(list((APP / "apis" / "vcs").glob("*.py")), vcs.ANSWERS, id="vcs"),
        pytest.param(list((APP / "cli").glob("*.py")), desk.WORDS, id="cli"),
    ],
)
def test_every_fact_that_can_be_met_has_an_answer(files: list[Path], answers: dict[type, object]) -> None:
    facts = met_in(files)
    assert facts, "the reading of the code found nothing"
    assert {fact for fact in facts if fact not in answers} == set()


def test_the_tree_in_the_docstring_names_every_fact() -> None:
    drawn = {line.strip("│├└─ ") for line in str(importlib.import_module("app.domain.errors").__doc__).splitlines()}
    defined = {node.name for node in DOMAIN["errors"].body if isinstance(node, ast.ClassDef)}
    assert defined <= drawn
