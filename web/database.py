"""The database of a request: a session of one transaction, and the engine behind it."""

from collections.abc import Generator
from typing import Annotated, Final

from fastapi import Depends, Request
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from shared.database.engine import reading

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""


def ledger(request: Request) -> Engine:
    """Return the engine that the application was made with."""
    return request.app.state.engine


def session(request: Request) -> Generator[Session]:
    """Yield a session of one transaction; what was changed is committed before the answer is sent.

    For methods that change nothing it only reads: on SQLite it waits for no writer. A handler that
    raises rolls back.
    """
    engine = ledger(request)
    bind = reading(engine) if request.method in SAFE_METHODS else engine
    with Session(bind, expire_on_commit=False) as opened, opened.begin():
        yield opened


Db = Annotated[Session, Depends(session, scope="function")]
"""The session of a request, as a parameter's type."""

Ledger = Annotated[Engine, Depends(ledger)]
"""The engine, as a parameter's type, for functions that open transactions of their own."""
