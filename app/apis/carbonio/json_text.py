"""JSON that Postgres spells as text: two thirds of the work of its own JSON functions (docs/data-model.md).

A value that is null is left out of its object.
"""

from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

_MOMENT = '\'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\''


class Json(sa.Text):
    """JSON as text."""


def json_object(**members: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return the object of these members, in their order, without those that are null."""
    return _json(_word("{"), sa.func.concat_ws(_word(","), *_named(members)), _word("}"))


def complete_json_object(**members: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return the object of these members, none of which is ever null: Postgres need not look for what to leave out."""
    listed = reduce(lambda before, member: before.concat(_word(",")).concat(member), _named(members))
    return sa.type_coerce(_word("{").concat(listed).concat(_word("}")), Json())


def json_array(item: sa.ColumnElement[Any], *order: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return the array of what is spelled for each row, in this order; empty for no row."""
    return _json(_word("["), sa.func.string_agg(_spelled(item), aggregate_order_by(_word(","), *order)), _word("]"))


def base_64(json: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """Return JSON in standard Base64, on one line."""
    encoded = sa.func.encode(sa.func.convert_to(json, _word("UTF8")), _word("base64"))
    return sa.func.replace(encoded, sa.literal_column("E'\\n'", sa.Text), _word(""), type_=sa.Text)


def _named(members: Mapping[str, sa.ColumnElement[Any]]) -> Iterator[sa.ColumnElement[str]]:
    for name, value in members.items():
        yield _word(f'"{name}":').concat(_spelled(value))


def _json(*parts: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.concat(*parts, type_=Json())


def _word(text: str) -> sa.ColumnElement[str]:
    return sa.literal_column(f"'{text}'", sa.Text)


def _spelled(value: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """Spell a value by its type; a null stays one."""
    match value.type:
        case Json():
            return value
        case sa.Uuid():
            return _word('"').concat(sa.cast(value, sa.Text)).concat(_word('"'))
        case sa.Boolean() | sa.Integer():
            return sa.cast(value, sa.Text)
        case sa.DateTime():
            moment = sa.func.to_char(sa.func.timezone(_word("UTC"), value), sa.literal_column(_MOMENT, sa.Text))
            return _word('"').concat(moment).concat(_word('"'))
        case _:
            return sa.cast(sa.func.to_json(value), sa.Text)
