"""The fingerprint of a picture's source, and what a recheck gives that finds it unchanged."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class SourceFingerprint:
    """What a picture's URL last served, so that a recheck can be a cheap conditional request.

    ``sha256`` is that of the bytes, None where it is not known. ``etag`` and ``last_modified`` are
    headers of the response, as they came; at most one is kept, and none that could mislead.
    ``found_at`` is a digest of the URL that redirects led to, if any did: the headers hold for that
    URL alone. Not the URL itself, since its query may be a signature.
    """

    sha256: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    found_at: str | None = None

    def to_json(self) -> dict[str, object]:
        """Return what is known as plain JSON values."""
        known = {
            "sha256": self.sha256,
            "etag": self.etag,
            "last_modified": self.last_modified,
            "found_at": self.found_at,
        }
        return {name: value for name, value in known.items() if value is not None}

    @classmethod
    def from_json(cls, raw: Mapping[str, object]) -> Self:
        """Read what :meth:`to_json` wrote; what is not text is not known."""
        found = {name: raw.get(name) for name in ("sha256", "etag", "last_modified", "found_at")}
        return cls(**{name: value for name, value in found.items() if isinstance(value, str)})


@dataclass(frozen=True, slots=True)
class Unchanged:
    """What a recheck gives that finds the same picture: nothing of it was decoded."""

    seen: SourceFingerprint
    timings_ms: dict[str, float]
