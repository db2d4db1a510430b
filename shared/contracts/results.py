"""Results: what one picture yielded, and what made it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal, Self, cast

from shared.contracts.fingerprint import SourceFingerprint

Subject = Literal["person", "packshot"]
"""What a picture shows: somebody wearing the product, or the product alone."""

Precision = Literal["float32", "bfloat16", "int8"]
"""What networks compute in."""

WhiteBalance = Literal["off", "backdrop", "grey-world"]
"""How the colour of the light is judged before it is taken out of a picture."""

Role = Literal["ground", "print"]
"""What a colour is on a patterned cloth: what surrounds, or what lies on it."""

Heads = Literal["keep", "blur", "cut"]
"""What becomes of people's heads in stored pictures."""

ReadFrom = Literal["category", "title"]
"""Where the words stood that say what a product is."""

MissingPiece = Literal["nothing", "outfit"]
"""What a product's colours are where the piece that is for sale is not in the picture."""

CutoutFormat = Literal["webp", "png"]
"""The files of cut-outs."""

OUTFIT: Final = "outfit"
"""In the keys of what shows all clothes; pieces have their own names there."""

MULTI: Final = "multi"
"""The family of a garment with many colours and no main one; the table of names lacks it."""


class Region(StrEnum):
    """A part of the picture whose colours are reported separately."""

    CLOTHES = "clothes"
    SKIN = "skin"
    HAIR = "hair"


class StoredKind(StrEnum):
    """A kind of file that is stored of a picture."""

    CUTOUT = "cutout"
    OUTFIT = "outfit"
    CROP = "crop"
    THUMBNAIL = "thumbnail"


class Pattern(StrEnum):
    """What a shopper would call a cloth; ``two-tone`` and ``multicoloured`` count colours alone.

    Those two are said of whole outfits, and of garments by versions that knew no other words.
    """

    PLAIN = "plain"
    STRIPED = "striped"
    CHECKED = "checked"
    DOTTED = "dotted"
    FLORAL = "floral"
    ANIMAL = "animal"
    PRINTED = "printed"
    COLOUR_BLOCKED = "colour-blocked"
    TWO_TONE = "two-tone"
    MULTICOLOURED = "multicoloured"

    @property
    def is_woven_or_printed(self) -> bool:
        """True where the cloth itself has a pattern, and not only several colours."""
        return self not in (Pattern.PLAIN, Pattern.TWO_TONE, Pattern.MULTICOLOURED)


@dataclass(frozen=True, slots=True)
class Shade:
    """One dominant colour of a region.

    ``hex`` is sRGB as ``#rrggbb`` in small letters; ``lab`` is CIELAB under D65; ``share`` is this
    colour's part of the region, 0..1; ``name`` and ``family`` come from the naming table, and so
    does ``family_second``: the other family where the colour lies between two, else None.
    ``probability`` is that people say ``family`` of it, 0..1, and ``probability_second``
    that they say the other; shades of older versions have none. ``role`` is what the colour is on
    a patterned cloth, None on a plain one and where nobody looked.
    """

    hex: str
    lab: tuple[float, float, float]
    share: float
    name: str
    family: str
    family_second: str | None = None
    probability: float | None = None
    probability_second: float | None = None
    role: Role | None = None

    def to_json(self) -> dict[str, object]:
        """Return the shade as plain JSON values."""
        return {
            "hex": self.hex,
            "lab": [float(value) for value in self.lab],
            "share": float(self.share),
            "name": self.name,
            "family": self.family,
            "family_second": self.family_second,
            "probability": self.probability,
            "probability_second": self.probability_second,
            "role": self.role,
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, object]) -> Self:
        """Read what :meth:`to_json` wrote. Raises KeyError, TypeError or ValueError on less."""
        lightness, a, b = cast("list[float]", raw["lab"])
        second = raw.get("family_second")  # older results have none
        return cls(
            hex=str(raw["hex"]),
            lab=(float(lightness), float(a), float(b)),
            share=float(cast("float", raw["share"])),
            name=str(raw["name"]),
            family=str(raw["family"]),
            family_second=None if second is None else str(second),
            probability=_number(raw.get("probability")),
            probability_second=_number(raw.get("probability_second")),
            role=cast("Role | None", raw.get("role")),
        )


def _number(value: object) -> float | None:
    return None if value is None else float(cast("float", value))


@dataclass(frozen=True, slots=True)
class Provenance:
    """What made a result: enough to tell whether today's pipeline would make another.

    ``weights`` maps a network's name to its file's sha256; ``pieces_version`` is the lexicon's.
    Results of versions that did not say how the light was judged have no ``white_balance``.
    ``read_as`` is what the product is by the shop's words (a piece, ``whole`` or ``small``), and
    ``read_from`` where they stood; both are None where they were not understood, and in results of
    versions that did not note it. ``stored`` says what is stored; it is empty in results of
    versions that stored cut-out, crop and thumbnail of every picture. ``precision`` is what the
    networks computed in; it is None in results of versions that did not note it.
    """

    image_sha256: str
    pipeline_version: str
    weights: dict[str, str]
    palette_version: str
    naming_version: str
    pieces_version: str | None = None
    white_balance: WhiteBalance | None = None
    read_as: str | None = None
    read_from: ReadFrom | None = None
    stored: tuple[StoredKind, ...] = ()
    precision: Precision | None = None

    def to_json(self) -> dict[str, object]:
        """Return the provenance as plain JSON values."""
        return {
            "image_sha256": self.image_sha256,
            "pipeline_version": self.pipeline_version,
            "weights": dict(self.weights),
            "palette_version": self.palette_version,
            "naming_version": self.naming_version,
            "pieces_version": self.pieces_version,
            "white_balance": self.white_balance,
            "read_as": self.read_as,
            "read_from": self.read_from,
            "stored": [kind.value for kind in self.stored],
            "precision": self.precision,
        }


@dataclass(frozen=True, slots=True)
class PictureKeys:
    """Where the storage holds what was cut from one picture.

    Attributes:
        cutout: what is for sale with alpha: a piece, else all clothes.
        outfit: all clothes with alpha; None where ``cutout`` shows them, or none are wanted.
        crop: the part of the picture with what is for sale; None unless it is wanted.
        thumbnail: the same, small; None unless it is wanted.
    """

    cutout: str
    outfit: str | None = None
    crop: str | None = None
    thumbnail: str | None = None

    @classmethod
    def of(cls, row: Mapping[Any, Any]) -> Self:
        """Read the keys from columns of a picture or a product that has a result.

        An outfit's has no column: :func:`outfit_key`.
        """
        outfit = outfit_key(row["cutout_key"], row["provenance"])
        return cls(row["cutout_key"], outfit, row["crop_key"], row["thumbnail_key"])

    def columns(self) -> dict[str, str | None]:
        """Return them as columns of a picture or a product."""
        return {
            "crop_key": self.crop,
            "cutout_key": self.cutout,
            "thumbnail_key": self.thumbnail,
        }

    @property
    def shown(self) -> str:
        """What pages show small: the thumbnail, else the cut-out."""
        return self.thumbnail or self.cutout

    @property
    def kinds(self) -> tuple[StoredKind, ...]:
        """What is stored."""
        every = (self.cutout, self.outfit, self.crop, self.thumbnail)
        return tuple(kind for kind, key in zip(StoredKind, every, strict=True) if key is not None)


def outfit_key(cutout_key: str | None, provenance: Mapping[str, Any] | None) -> str | None:
    """The key of an outfit's cut-out, by columns of a picture or a product; None without one.

    It has no column of its own (docs/decisions/0045-stored.md): it lies beside the piece's, where
    the provenance says that it was stored.
    """
    stored = (provenance or {}).get("stored") or ()
    if cutout_key is None or StoredKind.OUTFIT not in stored:
        return None
    return outfit_beside(cutout_key)


def outfit_beside(cutout_key: str) -> str:
    """The key of an outfit's cut-out, by the key of a piece's.

    >>> outfit_beside("5/9f/9f86/top.webp")
    '5/9f/9f86/outfit.webp'
    """
    folder, _, name = cutout_key.rpartition("/")
    return f"{folder}/{OUTFIT}.{name.rpartition('.')[2]}"


@dataclass(frozen=True, slots=True)
class PictureResult:
    """All that one picture yielded: what ``record`` writes.

    ``size_hw`` is the decoded picture's height and width in pixels; ``box_yxyx`` is the subject's
    box in those pixels, ends exclusive; ``score`` and ``confidence`` lie in 0..1; ``shades`` holds
    each region's colours, largest share first, and an empty tuple where the region is missing;
    ``timings_ms`` maps stages to milliseconds; ``seen`` is what the next recheck may ask by.

    ``pattern`` is that of the clothes, None where no clothes were found. ``warnings`` are words on
    what may be wrong, such as ``skin_in_clothes``. ``piece`` is the part of the outfit whose
    colours ``shades`` holds, such as ``top``; None means the whole outfit.
    """

    image_sha256: str
    size_hw: tuple[int, int]
    subject: Subject
    score: float
    box_yxyx: tuple[int, int, int, int]
    shades: dict[Region, tuple[Shade, ...]]
    confidence: float
    keys: PictureKeys
    provenance: Provenance
    timings_ms: dict[str, float]
    seen: SourceFingerprint | None = None
    pattern: Pattern | None = None
    warnings: tuple[str, ...] = ()
    piece: str | None = None
