"""What Alembic runs around every migration.

``colourway db upgrade`` passes a connection; the ``alembic`` command, for people who write
migrations, gets one from ``DATABASE_URL``.
"""

import time
from collections.abc import Generator
from contextlib import contextmanager

from alembic import context
from sqlalchemy import Connection, text

from migrations.comments import set_comments
from shared.database.engine import open_engine
from shared.database.tables import METADATA
from shared.settings import get_settings

OUR_LOCK = 7_235_421_386_119
"""Key of the PostgreSQL lock under which migrations run; any number of our own serves."""


@contextmanager
def one_at_a_time(connection: Connection) -> Generator[None]:
    """Hold off other migrations, and give up quickly on tables that are in use."""
    if connection.dialect.name != "postgresql":
        with connection.begin():  # takes SQLite's write lock before the schema is looked at
            yield
        return
    key = {"key": OUR_LOCK}
    # Polled, not waited for: a session that waits keeps its snapshot, and an index that is built
    # concurrently would wait for that snapshot.
    while not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), key):
        connection.rollback()
        time.sleep(0.1)
    # A migration that waits for a table makes every later query on it wait behind itself.
    connection.execute(text("SET lock_timeout = '5s'"))
    connection.commit()
    try:
        yield
        connection.commit()
    finally:
        connection.rollback()
        connection.execute(text("RESET lock_timeout"))
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)
        connection.commit()


def migrate(connection: Connection) -> None:
    """Run the migrations that were asked for, each in a transaction of its own."""
    with one_at_a_time(connection):
        context.configure(
            connection=connection,
            target_metadata=METADATA,
            transaction_per_migration=True,
            # SQLite cannot alter a column in place: Alembic copies the table there.
            render_as_batch=connection.dialect.name == "sqlite",
        )
        with context.begin_transaction():
            context.run_migrations()
        if context.config.attributes.get("comments") and _is_current(connection):
            set_comments(connection, METADATA)


def _is_current(connection: Connection) -> bool:
    current = context.get_context().get_current_revision()
    return current == context.script.get_current_head()


def offline() -> None:
    """Write the SQL instead of running it (``alembic upgrade head --sql``)."""
    context.configure(url=get_settings().database_url, target_metadata=METADATA, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    offline()
elif (given := context.config.attributes.get("connection")) is not None:
    migrate(given)
else:
    engine = open_engine(get_settings().database_url)
    with engine.connect() as own:
        migrate(own)
    engine.dispose()
