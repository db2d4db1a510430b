"""Comments on tables and columns, brought up to date after every upgrade.

They are not a revision: a comment changes nothing that code depends on, while a new revision keeps
workers of the last release from starting again.
"""

from sqlalchemy import Connection, MetaData, inspect
from sqlalchemy.schema import (
    DropColumnComment,
    DropTableComment,
    SetColumnComment,
    SetTableComment,
)


def set_comments(connection: Connection, metadata: MetaData) -> None:
    """Set the comments of the models where the database has others; SQLite has none.

    Each takes a moment, under a lock for which neither readers nor writers wait.
    """
    if not connection.dialect.supports_comments:
        return
    found = inspect(connection)
    for table in metadata.sorted_tables:
        if table.comment != found.get_table_comment(table.name)["text"]:
            connection.execute(SetTableComment(table) if table.comment else DropTableComment(table))
        columns = {each["name"]: each.get("comment") for each in found.get_columns(table.name)}
        for column in table.columns:
            if column.comment != columns[column.name]:
                kind = SetColumnComment if column.comment else DropColumnComment
                connection.execute(kind(column))
