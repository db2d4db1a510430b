"""Upsert: an INSERT that knows what to do about a row that is already there."""

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from shared.database.base import Row

Upsert = postgresql.Insert | sqlite.Insert
"""Both have ``on_conflict_do_nothing`` and ``on_conflict_do_update``."""


def upsert(connection: Connection, model: type[Row]) -> Upsert:
    """Return the database's own INSERT into a table; add values and ``on_conflict_do_…``."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return insert(model)
