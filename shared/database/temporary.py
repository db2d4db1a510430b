"""A temporary database on disk, for what a command must remember and memory cannot hold."""

import sqlite3
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Final, Self

CACHE_KIB: Final = 8192
"""How much of it is kept in memory, unless another number is given."""


class TemporaryDatabase:
    """A database of one process, deleted when the block ends; ``tables`` are created at once."""

    def __init__(self, *tables: str, cache_kib: int = CACHE_KIB) -> None:
        self._database = sqlite3.connect("", isolation_level=None)  # "": an unnamed temporary file
        for statement in (
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            f"PRAGMA cache_size = -{cache_kib}",
            *tables,
        ):
            self._database.execute(statement)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._database.close()

    def _write(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        # Nothing here is ever rolled back; one transaction is only faster than a thousand.
        self._database.execute("BEGIN")
        self._database.executemany(statement, rows)
        self._database.execute("COMMIT")
