"""The database of a command of the page: what it does is one transaction, in the audit trail."""

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from shared.database.roles import DatabaseRole
from shared.database.session import ledger_session
from shared.settings import get_settings


@contextmanager
def opened() -> Generator[Session]:
    """Yield a session of one transaction; raises what ``ledger_session`` raises."""
    with (
        ledger_session(get_settings(), DatabaseRole.WEB) as engine,
        Session(engine, expire_on_commit=False) as session,
        session.begin(),
    ):
        yield session
