"""A pin: the sha256 that a fetched file had when it was first checked, kept beside the file.

Later checks compare with it, so a file that changes afterwards, here or on its server, is noticed.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

from shared.errors import WeightsError


@dataclass(frozen=True)
class Pin:
    """What is recorded of a file.

    ``url`` is where it came from, without a password; None where a user had put the file there.
    ``pinned_at`` is an ISO 8601 time in UTC. ``asked_for`` is True where the user insisted on this
    digest: then it stands above all that others name.
    """

    file: str
    size_bytes: int
    sha256: str
    url: str | None
    pinned_at: str
    asked_for: bool = False

    @property
    def day(self) -> str:
        """The date of the record, for messages."""
        return self.pinned_at[:10]


def pin_path(path: Path) -> Path:
    """Where the pin of a file is."""
    return path.with_name(f"{path.name}.json")


def read_pin(path: Path) -> Pin | None:
    """The pin of a file; None where none was recorded yet.

    Raises:
        WeightsError: there is one that cannot be read.
    """
    place = pin_path(path)
    try:
        content = cast("dict[str, Any]", json.loads(place.read_text("utf-8")))
        return Pin(**{name: content[name] for name in Pin.__dataclass_fields__})
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise WeightsError(f"cannot read {place}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError(
            f"{place} is no record of a sha256 ({error!r}); restore it, or remove it to have the "
            "file's sha256 recorded as if for the first time"
        ) from error


def write_pin(path: Path, pin: Pin) -> None:
    """Record the pin of a file; whoever reads meanwhile finds the old one or the new one, whole.

    Raises:
        OSError: it cannot be written.
    """
    write_json(pin_path(path), asdict(pin))


def write_json(place: Path, content: dict[str, Any]) -> None:
    """Write a small JSON file at one stroke.

    Raises:
        OSError: it cannot be written.
    """
    unfinished = place.with_name(f"{place.name}.new")
    with unfinished.open("w", encoding="utf-8") as file:
        file.write(json.dumps(content, indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(place)
