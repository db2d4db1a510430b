"""The nightly hour: when beat has the nightly run begin."""

import re
from typing import Any, Final

from celery.schedules import ParseException, crontab

from shared.errors import SettingsError
from shared.settings import Settings

BEGIN_WITHIN_S: Final = 3600.0
"""A request for a nightly run expires after so long; the next start makes up for it."""

FIELDS: Final = ("minute", "hour", "day of the month", "month", "day of the week")

# Celery's own parser ignores what follows a step.
_NUMBERS: Final = re.compile(r"(\*|\d+(-\d+)?)(/[1-9]\d*)?(,(\*|\d+(-\d+)?)(/[1-9]\d*)?)*")
_WORDS: Final = re.compile(r"(\*|\w+(-\w+)?)(/[1-9]\d*)?(,(\*|\w+(-\w+)?)(/[1-9]\d*)?)*")


def nightly_hour(settings: Settings) -> crontab | None:
    """Return when the nightly run begins; None where it is switched off.

    Raises :class:`~shared.errors.SettingsError`, with the variable's name, for invalid fields.
    """
    text = settings.nightly_cron.strip()
    if not text:
        return None
    try:
        return read_cron(text)
    except ValueError as error:
        raise SettingsError(
            f"check these settings: COLOURWAY_NIGHTLY_CRON: {text!r}: {error}"
        ) from error


def read_cron(text: str) -> crontab:
    """Read five fields of a crontab. Raises ValueError that names the field, or says what is wrong.

    Where both days are given, both must match, unlike in cron itself.
    """
    fields = text.split()
    if len(fields) != len(FIELDS):
        raise ValueError(f"expected five fields ({', '.join(FIELDS)}), such as '0 3 * * *'")
    for name, field in zip(FIELDS, fields, strict=True):
        pattern = _WORDS if name in FIELDS[3:] else _NUMBERS
        if not pattern.fullmatch(field):
            raise ValueError(f"{field!r} is no {name}; write such as *, 5, 1-5, */15 or 0,30")
        _require_values(name, field)
    return crontab.from_string(" ".join(fields))


def _require_values(name: str, field: str) -> None:
    values = dict.fromkeys(("minute", "hour", "day_of_month", "month_of_year", "day_of_week"), "*")
    argument = tuple(values)[FIELDS.index(name)]
    try:
        crontab(**values | {argument: field})
    except (ValueError, ParseException) as error:
        raise ValueError(f"{field!r} is no {name}: {error}") from error


def nightly_entry(settings: Settings, task: str) -> dict[str, Any]:
    """Return beat's entries for the nightly run: one, or none where it is switched off."""
    hour = nightly_hour(settings)
    if hour is None:
        return {}
    return {"nightly": {"task": task, "schedule": hour, "options": {"expires": BEGIN_WITHIN_S}}}
