"""The store: a probe is written, read again and deleted."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import uuid4

from colourway.doctor.finding import HealthFinding, examine, ok, warning, wrong
from shared.errors import KeyNotFound, StorageError
from shared.settings import Settings
from shared.storage.storage import open_storage
from shared.storage.watched import PROBE

_ADVICE: Final = "check COLOURWAY_STORAGE, and the credentials (AWS_…) and their rights"


def examine_store(settings: Settings) -> Iterator[HealthFinding]:
    """Yield what is found of the store."""
    yield from examine("store", _ADVICE, lambda: _probe(settings))


def _probe(settings: Settings) -> Iterator[HealthFinding]:
    if not settings.storage.startswith("s3://") and not Path(settings.storage).exists():
        yield _folder_to_be(Path(settings.storage).absolute())
        return
    patient = settings.model_copy(update={"store_timeout_s": min(5.0, settings.store_timeout_s)})
    storage = open_storage(patient, attempts=1)
    # As the policies of deploy/s3 have it.
    key = f"colourway-probe-{uuid4().hex}.txt"
    where = settings.storage
    storage.put(key, PROBE, "text/plain")
    try:
        came = storage.get(key)
    except KeyNotFound:
        came = b""
    if came != PROBE:
        yield wrong("store", f"{where} gave back another content than was stored", _ADVICE)
    try:
        storage.delete(key)
    except StorageError as error:
        left = f"{where} takes and gives files, but the probe {key} stays: {error}"
        yield warning("store", left, "allow deleting colourway-probe* (deploy/s3), or delete it")
    else:
        if came == PROBE:
            yield ok("store", f"{where} takes, gives and deletes files")


def _folder_to_be(folder: Path) -> HealthFinding:
    parent = next(place for place in folder.parents if place.exists())
    if os.access(parent, os.W_OK | os.X_OK):
        return ok("store", f"{folder} is made when the first picture is stored")
    return wrong("store", f"{folder} cannot be made: {parent} is not writable", _ADVICE)
