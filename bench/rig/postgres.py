"""A PostgreSQL database for one benchmark: made on a server that is there, dropped at the end.

One that is to be kept has a name, and is there again for the next one that asks for the name.
"""

import getpass
import os
from collections.abc import Generator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url

from shared.database.engine import upgrade


class NoServerError(Exception):
    """No PostgreSQL server let us in, and why."""


@contextmanager
def new_database(
    server: str | None = None, revision: str = "head", keep: str | None = None
) -> Generator[str]:
    """Make a database on a server, by URL or on the usual port, and migrate it; yield its URL.

    ``keep`` names one that is left there, and used again. ``PGHOST``, ``PGPORT`` and ``PGUSER``
    count where no URL is given. Raises :class:`NoServerError` where no server lets us in.
    """
    urls = [server] if server else _usual_urls()
    url = make_url(next(filter(_answers, urls), "") or _give_up(urls))
    name = keep or f"colourway_bench_{uuid4().hex[:12]}"
    with _connect(url.render_as_string(hide_password=False)) as connection:
        there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if there.fetchone() is None:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    try:
        made = url.set(database=name).render_as_string(hide_password=False)
        upgrade(made, revision)
        yield made
    finally:
        if keep is None:
            with _connect(url.render_as_string(hide_password=False)) as connection:
                drop = SQL("DROP DATABASE {} WITH (FORCE)")
                connection.execute(drop.format(Identifier(name)))


def _usual_urls() -> list[str]:
    host, port = os.environ.get("PGHOST", "127.0.0.1"), os.environ.get("PGPORT", "5432")
    users = filter(None, [os.environ.get("PGUSER"), "postgres", getpass.getuser()])
    return [f"postgresql+psycopg://{user}@{host}:{port}/postgres" for user in users]


def _answers(url: str) -> bool:
    try:
        _connect(url).close()
    except psycopg.Error:
        return False
    return True


def _give_up(urls: list[str]) -> str:
    tried = ", ".join(make_url(url).render_as_string() for url in urls)
    raise NoServerError(f"no PostgreSQL answers at {tried}; give the URL of one")


def _connect(url: str) -> psycopg.Connection:
    plain = url.replace("postgresql+psycopg://", "postgresql://", 1)
    return psycopg.connect(plain, autocommit=True, connect_timeout=5)
