"""Inserting a thousand rows in one statement, in the quick way of each database."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Connection, CursorResult, Insert, func, insert, literal, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.dml import ReturningInsert

from shared.models import Row

Columns = tuple[Any, ...]


def insert_rows(
    connection: Connection,
    model: type[Row],
    columns: Mapping[str, Sequence[object]],
    same: Mapping[str, object],
    returning: Sequence[InstrumentedAttribute[Any]],
) -> CursorResult[*Columns]:
    """Insert rows and return some of their columns, in no order.

    ``columns`` maps names to the values of all rows, of which there is at least one; ``same`` holds
    what is the same in each.
    """
    if connection.dialect.name != "postgresql":
        statement = _returning(insert(model), returning)
        rows = zip(*columns.values(), strict=True)
        values = [{**same, **dict(zip(columns, row, strict=True))} for row in rows]
        return connection.execute(statement, values)
    # Most columns say the same in every row, such as those that a feed does not have. The first is
    # left, for the number of rows.
    alike = {name: given[0] for name, given in list(columns.items())[1:] if len(set(given)) == 1}
    columns = {name: given for name, given in columns.items() if name not in alike}
    same = {**same, **alike}
    # One array a column. With a parameter for each value the driver searches thousands of them in
    # the text of each statement, and that takes longer than all the rest.
    table = model.__table__.c
    arrays = [literal(given, postgresql.ARRAY(table[name].type)) for name, given in columns.items()]
    given = func.unnest(*arrays).table_valued(*columns).render_derived()
    constants = [literal(value, table[name].type) for name, value in same.items()]
    chosen = select(*given.c, *constants)
    statement = insert(model).from_select([*columns, *same], chosen)
    return connection.execute(_returning(statement, returning))


def _returning(
    statement: Insert, columns: Sequence[InstrumentedAttribute[Any]]
) -> ReturningInsert[*Columns]:
    # For a type checker the number of columns is unknown.
    return cast("ReturningInsert[*Columns]", statement.returning(*columns))
