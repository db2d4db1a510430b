"""Updating a thousand rows in one statement, in the way that is fastest on each database."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Connection, bindparam, cast, column, func, literal, update
from sqlalchemy.dialects import postgresql

from shared.database.models import Row


def update_rows(
    connection: Connection,
    model: type[Row],
    keys: Sequence[int],
    columns: Mapping[str, Sequence[Any]],
    same: Mapping[str, object],
) -> None:
    """Update rows by their ids.

    ``columns`` maps names to the values of all rows, plain JSON values, in the order of ``keys``;
    ``same`` holds what is the same in each: values, or expressions of the row's own columns.
    """
    if not keys:
        return
    table = model.__table__.c
    if connection.dialect.name != "postgresql":
        parameters = ("key", *(f"new_{name}" for name in columns))
        new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
        rows = zip(keys, *columns.values(), strict=True)
        connection.execute(
            update(model).where(table["id"] == bindparam("key")).values({**same, **new}),
            [dict(zip(parameters, row, strict=True)) for row in rows],
        )
        return
    # All rows as one document. In arrays, one for each column, every JSON value would become a
    # text of its own, with each quote in it escaped.
    names = ("id", *columns)
    rows = [dict(zip(names, row, strict=True)) for row in zip(keys, *columns.values(), strict=True)]
    document = literal(to_json(rows).decode())
    given = (
        func.jsonb_to_recordset(cast(document, postgresql.JSONB))
        .table_valued(*(column(name, table[name].type) for name in names))
        .render_derived(with_types=True)
    )
    new = {name: given.c[name] for name in columns}
    connection.execute(update(model).where(table["id"] == given.c.id).values({**same, **new}))
