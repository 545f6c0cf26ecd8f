"""Templates of `/v2`: requests are led to those that are there and to their roles, and what is written is shown."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlsplit

import schemathesis
from fuzz.listener import show
from schemathesis import Case, CheckContext, Response

Json = dict[str, Any]

_LATEST = 5  # templates
_ANOTHER = 3  # one of so many roles that are written
#: The names of their roles by the ids of the templates that were written.
_roles: dict[str, list[str]] = {}


def agree(case: Case) -> None:
    """Name all that stands in maps by its key, in what is generated to be wrong, too: it would be wrong by its name."""
    if _is_of_templates(case):
        _replace(case, _named(case.body))


def _is_of_templates(case: Case) -> bool:
    return case.operation.path.startswith("/templates")


def _replace(case: Case, body: Any) -> None:
    """Set a body that is another one: schemathesis takes one that was never there for wrong, once it is set."""
    if body != case.body:
        case.body = body


def _named(document: Any) -> Any:
    if not isinstance(document, dict):
        return document
    return {key: _named({**entry, "name": key} if _has_name(entry) else entry) for key, entry in document.items()}


def _has_name(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("name"), str)


def lead(name: str, case: Case, turn: int) -> None:
    """Lead a request to a template, and to a role that it has, unless another is to be written."""
    if _is_of_templates(case):
        _replace(case, _descending(case.body))
    if not _roles:
        return
    id, roles = _one(list(_roles.items())[-_LATEST:], turn)
    if name == "create_room" and isinstance(case.body, dict) and case.body.get("template_id"):
        case.body = {**case.body, "template_id": id}
    elif case.operation.path.startswith("/templates/"):
        is_new = name == "write_role" and turn % _ANOTHER == 0
        role = {"role": _one(roles, turn)} if roles and "role" in case.path_parameters and not is_new else {}
        case.path_parameters.update({"id": id, **role})


def _one(things: Sequence[Any], turn: int) -> Any:
    return things[turn % len(things)]


def _descending(document: Any) -> Any:
    """Let each of the sizes that a role sends at once be smaller than the one before it."""
    if isinstance(document, dict):
        return {name: _descending(value) for name, value in document.items()}
    if not isinstance(document, list) or not all(isinstance(layer, dict) and "rid" in layer for layer in document):
        return document
    smaller = [{"rid": rid, "scaleResolutionDownBy": by} for rid, by in (("f", 1), ("h", 2.5), ("q", 12))]
    return [layer | of_its_place for layer, of_its_place in zip(document, smaller, strict=False)]


def remember(name: str, case: Case, response: Response) -> None:
    """Learn which templates there are, and their roles."""
    if name in ("create_template", "update_template") and response.status_code == 200:
        told = response.json()
        _roles.pop(told["id"], None)
        _roles[told["id"]] = list(told["roles"])
    elif name in ("write_role", "delete_role") and response.status_code in (200, 204):
        others = [role for role in _roles.get(case.path_parameters["id"], ()) if role != case.path_parameters["role"]]
        _roles[case.path_parameters["id"]] = others + ([response.json()["name"]] if response.content else [])


@schemathesis.check
def what_is_written_is_shown(ctx: CheckContext, response: Response, case: Case) -> None:
    """A template and each of its parts is what it was said to be when it was written, but without credentials."""
    if not _is_of_templates(case) or case.method != "POST" or response.status_code != 200:
        return
    told, path = response.json(), urlsplit(str(response.request.url)).path
    if case.operation.path == "/templates":
        path = f"{path}/{told['id']}"
    elif "role" in case.path_parameters:
        path = f"{path.rpartition('/')[0]}/{quote(told['name'], safe='')}"
    shown = show(path).json()
    assert shown == _without_credentials(told), shown


def _without_credentials(document: Any) -> Any:
    if not isinstance(document, dict):
        return document
    return {name: _without_credentials(value) for name, value in document.items() if name != "credentials"}
