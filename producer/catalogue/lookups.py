"""Finding by name what a command was told to look at: a catalogue, a batch."""

from typing import Final

from sqlalchemy import Engine, select

from shared.contracts.unknown_words import close_word
from shared.database.engine import reading
from shared.database.models import Batch, Catalogue
from shared.errors import SettingsError

MOST_NAMED: Final = 10


def find_catalogue(engine: Engine, name: str) -> int | None:
    """Return a catalogue's id; None where there is none of that name."""
    with reading(engine).begin() as connection:
        return connection.scalar(select(Catalogue.id).where(Catalogue.name == name))


def catalogue_id(engine: Engine, name: str | None) -> int | None:
    """Return a catalogue's id; None for None, which means all of them.

    Raises :class:`~shared.errors.SettingsError`, with the names there are, where there is none.
    """
    if name is None:
        return None
    found = find_catalogue(engine, name)
    if found is not None:
        return found
    with reading(engine).begin() as connection:
        others = list(connection.scalars(select(Catalogue.name).order_by(Catalogue.name)))
    if not others:
        there_are = "the ledger is empty"
    else:
        named = ", ".join(others[:MOST_NAMED])
        there_are = f"there are: {named}"
        if (meant := close_word(name, others)) is not None:
            there_are = f"did you mean {meant!r}? There are: {named}"
    raise SettingsError(f"--catalogue {name!r}: there is no such catalogue; {there_are}")


def require_batch(engine: Engine, batch_id: int | None) -> None:
    """Return when there is such a batch, or None was given.

    Raises :class:`~shared.errors.SettingsError`, with the newest batches there are, otherwise.
    """
    if batch_id is None:
        return
    with reading(engine).begin() as connection:
        if connection.scalar(select(Batch.id).where(Batch.id == batch_id)) is not None:
            return
        newest = select(Batch.id).order_by(Batch.id.desc()).limit(MOST_NAMED + 1)
        others = [str(number) for number in connection.scalars(newest)]
    there_are = f"there are: {', '.join(others[:MOST_NAMED])}" if others else "there is none yet"
    if len(others) > MOST_NAMED:
        there_are = f"the newest are: {', '.join(others[:MOST_NAMED])}"
    raise SettingsError(f"--batch {batch_id}: there is no such batch; {there_are}")
