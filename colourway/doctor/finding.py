"""What the doctor says of one thing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from shared.errors import ColourwayError
from shared.redaction import redact


class Health(StrEnum):
    """How a thing is: ``wrong`` must be mended, ``warning`` should be; ``skipped``: not tried."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class HealthFinding:
    """What was found of one thing, and what to do; neither shows a secret."""

    name: str
    health: Health
    says: str
    do: str | None = None

    def as_json(self) -> dict[str, str | None]:
        """Return plain JSON values."""
        return {"name": self.name, "health": self.health.value, "says": self.says, "do": self.do}


def ok(name: str, says: str) -> HealthFinding:
    """Return that a thing is as it should be."""
    return HealthFinding(name, Health.OK, redact(says))


def skipped(name: str, says: str) -> HealthFinding:
    """Return why a thing was not tried."""
    return HealthFinding(name, Health.SKIPPED, redact(says))


def warning(name: str, says: str, do: str) -> HealthFinding:
    """Return what should be mended, though everything works."""
    return HealthFinding(name, Health.WARNING, redact(says), redact(do))


def wrong(name: str, says: object, do: str) -> HealthFinding:
    """Return what must be mended; ``says`` may be an error, of which the first line is told."""
    lines = str(getattr(says, "orig", None) or says or repr(says)).strip().splitlines()
    return HealthFinding(name, Health.WRONG, redact(lines[0] if lines else repr(says)), redact(do))


def examine(
    name: str, do: str, look: Callable[[], Iterator[HealthFinding]]
) -> Iterator[HealthFinding]:
    """Yield what ``look`` finds; whatever it raises is a finding too, with ``do`` for advice.

    An error of our own says by itself what to do.
    """
    try:
        yield from look()
    except ColourwayError as error:
        says, _, advice = str(error).partition("; ")
        yield wrong(name, says, advice or do)
    except Exception as error:  # noqa: BLE001 - a library's, and the next thing is to be tried
        yield wrong(name, error, do)
