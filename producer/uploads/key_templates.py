"""To which product an uploaded object belongs: templates that its key is matched with.

A template is a key in which ``{sku}`` stands for the product, ``{catalogue}`` for its catalogue,
and ``{position}`` (from 0) or ``{number}`` (from 1) for which of its pictures it is. ``*`` is
anything without a slash, ``**`` anything at all. One that begins with ``s3://`` holds for its
bucket alone; any other, for every bucket that may be read (``COLOURWAY_ALLOWED_BUCKETS``).
"""

import re
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

from producer.feeds.products import MOST_PICTURES
from shared.contracts.jobs import LONGEST_NAME
from shared.errors import SettingsError
from shared.settings import Settings
from shared.storage.buckets import AllowedBuckets, template_bucket

_PIECE = re.compile(r"\{(?P<name>[^{}]*)\}|(?P<any>\*\*?)|(?P<brace>[{}])|(?P<literal>[^{}*]+)")
_FIELDS: Final = {
    "catalogue": "[^/]+",
    "sku": "[^/]+",
    "position": "[0-9]{1,9}",
    "number": "[0-9]{1,9}",
}


class UploadPlace(NamedTuple):
    """A product's picture, by its catalogue, its sku and its position (0 is the main one)."""

    catalogue: str
    sku: str
    position: int


@dataclass(frozen=True, slots=True)
class UploadKeys:
    """The templates of ``COLOURWAY_UPLOAD_KEYS``; the first that fits a key decides.

    ``buckets`` are those whose events count at all.
    """

    templates: tuple[re.Pattern[str], ...]
    catalogue: str
    buckets: AllowedBuckets

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Read the templates. Raises SettingsError where one makes no sense."""
        written = [part.strip() for part in settings.upload_keys.split(",")]
        buckets = AllowedBuckets.from_settings(settings)
        try:
            templates = tuple(_compile(template) for template in written if template)
            for template in written:
                bucket = template_bucket(template)
                if bucket is not None and bucket not in buckets:
                    raise ValueError(f"{bucket!r} is missing in COLOURWAY_ALLOWED_BUCKETS")
        except ValueError as error:
            raise SettingsError(f"check these settings: COLOURWAY_UPLOAD_KEYS: {error}") from None
        return cls(templates, settings.upload_catalogue, buckets)

    def place(self, bucket: str, key: str) -> UploadPlace | None:
        """Return where an object belongs, None where no template fits.

        Raises ValueError where one fits, but names what no product can have.
        """
        for template in self.templates:
            if found := template.fullmatch(f"s3://{bucket}/{key}"):
                return self._checked(found.groupdict())
        return None

    def _checked(self, found: dict[str, str]) -> UploadPlace:
        names = {"catalogue": self.catalogue, **found}
        for what in ("catalogue", "sku"):
            name = names[what] = names[what].strip()
            if not name or len(name) > LONGEST_NAME:
                raise ValueError(f"{name!r:.60} is no {what}: it has {len(name):,} characters")
        position = int(found.get("position", 0))
        if "number" in found:
            position = int(found["number"]) - 1
        if not 0 <= position < MOST_PICTURES:
            raise ValueError(f"a product has {MOST_PICTURES} pictures, and this is none of them")
        return UploadPlace(names["catalogue"], names["sku"], position)


def _compile(template: str) -> re.Pattern[str]:
    whole = template if template.startswith("s3://") else f"s3://*/{template}"
    pattern = "".join(_as_pattern(piece, template) for piece in _PIECE.finditer(whole))
    names = re.findall(r"\(\?P<(\w+)>", pattern)
    if "sku" not in names:
        raise ValueError(f"{template!r} names no {{sku}}")
    if len(set(names)) < len(names) or {"position", "number"} <= set(names):
        raise ValueError(f"{template!r} says the same thing twice")
    return re.compile(pattern, re.DOTALL)


def _as_pattern(piece: re.Match[str], template: str) -> str:
    if piece["any"]:
        return ".*" if piece["any"] == "**" else "[^/]*"
    if piece["literal"]:
        return re.escape(piece["literal"])
    if piece["name"] not in _FIELDS:
        raise ValueError(
            f"{template!r}: {piece[0]!r} is none of {', '.join(f'{{{name}}}' for name in _FIELDS)}"
        )
    return f"(?P<{piece['name']}>{_FIELDS[piece['name']]})"
