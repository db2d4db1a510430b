"""Secrets that stand in files, as container platforms hand them over."""

import os
from pathlib import Path
from typing import Final

from shared.errors import SettingsError

SECRETS: Final = {
    "database_url": "DATABASE_URL",
    "broker_url": "CELERY_BROKER_URL",
    "fetch_proxy": "COLOURWAY_FETCH_PROXY",
    "web_secret": "COLOURWAY_WEB_SECRET",
    "events_token": "COLOURWAY_EVENTS_TOKEN",
    "events_token_previous": "COLOURWAY_EVENTS_TOKEN_PREVIOUS",
    "events_secret": "COLOURWAY_EVENTS_SECRET",
    "events_secret_previous": "COLOURWAY_EVENTS_SECRET_PREVIOUS",
}
"""Settings that may hold a secret, and their variables: each with ``_FILE`` behind it names a file
that holds the value, as container platforms hand secrets over. No ``repr`` shows them."""


def secrets_from_files() -> dict[str, str]:
    """Return settings by field: those whose ``DATABASE_URL_FILE`` and its like name a file.

    White space around a value goes. Raises :class:`~shared.errors.SettingsError` where a file
    cannot be read or is empty, or where the variable itself is set too.
    """
    there = {name.upper(): value for name, value in os.environ.items() if value}
    found: dict[str, str] = {}
    for field, variable in SECRETS.items():
        from_file = f"{variable}_FILE"
        if from_file not in there:
            continue
        if variable in there:
            raise SettingsError(f"check these settings: set {variable} or {from_file}, not both")
        found[field] = _content(Path(there[from_file]), from_file)
    return found


def _content(path: Path, variable: str) -> str:
    try:
        content = path.read_text("utf-8").strip()
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(
            f"check these settings: {variable}: cannot read {path}: {reason}"
        ) from None
    if not content:
        raise SettingsError(f"check these settings: {variable}: {path} is empty")
    return content
