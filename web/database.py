"""The database of a request: a session of one transaction, and the engine behind it.

Only what asks the database goes to a thread: what is a plain function here, and so goes to one,
costs each request a quarter of a millisecond of processor time.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from shared.database.engine import reading

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""


async def ledger(request: Request) -> Engine:
    """Return the engine that the application was made with."""
    return request.app.state.engine


async def session(request: Request) -> AsyncGenerator[Session]:
    """Yield a session of one transaction; what was changed is committed before the answer is sent.

    For methods that change nothing it only reads: on SQLite it waits for no writer. A handler that
    raises rolls back.
    """
    engine: Engine = request.app.state.engine
    bind = reading(engine) if request.method in SAFE_METHODS else engine
    opened = Session(bind, expire_on_commit=False)
    try:
        yield opened
    except BaseException:
        await _end(opened, commit=False)
        raise
    await _end(opened, commit=True)


async def _end(opened: Session, *, commit: bool) -> None:
    """End a session's transaction, whoever has gone meanwhile, and give its connection back."""

    def end() -> None:
        with opened:
            if commit:
                opened.commit()

    if opened.in_transaction():  # else nobody has asked the database anything
        # A task of its own, which ends the transaction also where this one is cancelled.
        await asyncio.shield(asyncio.create_task(run_in_threadpool(end)))


Db = Annotated[Session, Depends(session, scope="function")]
"""The session of a request, as a parameter's type."""

Ledger = Annotated[Engine, Depends(ledger)]
"""The engine, as a parameter's type, for functions that open transactions of their own."""
