"""What a request names and is not there: answered as an address that leads nowhere."""

from collections.abc import Generator
from contextlib import contextmanager

from fastapi import HTTPException

from shared.errors import SettingsError


@contextmanager
def named_things() -> Generator[None]:
    """Answer 404 where a batch or a catalogue that is looked up in the block does not exist.

    To a command it is a wrong option, a :class:`~shared.errors.SettingsError` that says what there
    is.
    """
    try:
        yield
    except SettingsError as error:
        raise HTTPException(404, str(error).removeprefix("--")) from error
