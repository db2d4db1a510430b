"""The words and the values that producer, ledger and worker exchange.

Plain frozen dataclasses and enums, standard library only. The glossary in ``docs/`` defines the
words; the rows of the database are in :mod:`shared.database.models`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal, Self, cast

from shared.colour.pattern import Pattern
from shared.contracts.fingerprint import Seen

LARGEST_ID: Final = 2**63 - 1
"""The largest row id that both databases can hold."""

Subject = Literal["person", "packshot"]
"""What a picture shows: somebody wearing the product, or the product alone."""

WhiteBalance = Literal["off", "backdrop", "grey-world"]
"""How the colour of the light is judged before it is taken out of a picture."""

Heads = Literal["keep", "blur", "cut"]
"""What becomes of people's heads in stored pictures."""


class Stage(StrEnum):
    """One step of the road that every picture takes, in this order."""

    FETCH = "fetch"
    DECODE = "decode"
    MASK = "mask"
    GREY_FILL = "grey_fill"
    SEGMENT = "segment"
    COLOURS = "colours"
    CROP = "crop"
    STORE = "store"
    RECORD = "record"


class Queue(StrEnum):
    """Where a job's doorbells wait, those first that are served first."""

    UPLOADS = "uploads"
    NIGHTLY = "nightly"
    BACKFILL = "backfill"


class Trigger(StrEnum):
    """What made somebody enqueue a batch."""

    NIGHTLY = "nightly"
    BACKFILL = "backfill"
    UPLOAD = "upload"
    MANUAL = "manual"

    @property
    def queue(self) -> Queue:
        """Where doorbells for such a batch wait: a feed by hand goes with the nightly ones."""
        if self is Trigger.UPLOAD:
            return Queue.UPLOADS
        return Queue.BACKFILL if self is Trigger.BACKFILL else Queue.NIGHTLY


class JobState(StrEnum):
    """Where a job stands in the ledger."""

    PENDING = "pending"
    LEASED = "leased"
    DONE = "done"
    NO_PERSON = "no_person"
    RETRY = "retry"
    FAILED = "failed"
    QUARANTINED = "quarantined"


FINAL_STATES: Final = frozenset(
    {JobState.DONE, JobState.NO_PERSON, JobState.FAILED, JobState.QUARANTINED}
)
"""The states that a job never leaves."""


class Hold(StrEnum):
    """Where a held batch stands: its results wait as drafts until somebody promotes them.

    While it is being promoted or rolled back, only part of it may be; either can be run again.
    """

    HELD = "held"
    PROMOTING = "promoting"
    PROMOTED = "promoted"
    ROLLING_BACK = "rolling_back"
    ROLLED_BACK = "rolled_back"


class Region(StrEnum):
    """A part of the picture that has colours of its own."""

    CLOTHES = "clothes"
    SKIN = "skin"
    HAIR = "hair"


class Code(StrEnum):
    """Why a job ended, or was put off: one word for every outcome."""

    OK = "ok"
    NO_PERSON = "no_person"
    UNCHANGED = "unchanged"  # a recheck found the picture that is known already
    FETCH_BAD_URL = "fetch_bad_url"
    FETCH_FORBIDDEN_ADDRESS = "fetch_forbidden_address"
    FETCH_OUTSIDE_FEED = "fetch_outside_feed"
    FETCH_TIMEOUT = "fetch_timeout"
    FETCH_UNREACHABLE = "fetch_unreachable"
    FETCH_TOO_LARGE = "fetch_too_large"
    FETCH_TOO_MANY_REDIRECTS = "fetch_too_many_redirects"
    FETCH_NOT_FOUND = "fetch_not_found"  # 404, 410
    FETCH_DENIED = "fetch_denied"  # 401, 403
    FETCH_REJECTED = "fetch_rejected"  # any other 4xx
    FETCH_THROTTLED = "fetch_throttled"  # 429, or 503 with Retry-After
    FETCH_SERVER_ERROR = "fetch_server_error"  # 5xx
    FETCH_INCOMPLETE = "fetch_incomplete"  # body shorter than Content-Length
    NOT_AN_IMAGE = "not_an_image"
    UNSUPPORTED_IMAGE = "unsupported_image"
    IMAGE_TOO_LARGE = "image_too_large"  # in pixels
    IMAGE_TRUNCATED = "image_truncated"
    IMAGE_CORRUPT = "image_corrupt"
    STORE_FAILED = "store_failed"
    LEASE_EXPIRED = "lease_expired"  # the attempt before ended without a word
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"  # so did all of them
    SUPERSEDED = "superseded"  # the picture was replaced before the job was done
    INTERNAL_ERROR = "internal_error"


@dataclass(frozen=True, slots=True)
class Shade:
    """One dominant colour of a region.

    ``hex`` is sRGB as ``#rrggbb`` in small letters; ``lab`` is CIELAB under D65; ``share`` is this
    colour's part of the region, 0..1; ``name`` and ``family`` come from the naming table, and so
    does ``family_second``: the other family where the colour lies between two, else None.
    """

    hex: str
    lab: tuple[float, float, float]
    share: float
    name: str
    family: str
    family_second: str | None = None

    def to_json(self) -> dict[str, object]:
        """Return the shade as plain JSON values."""
        return {
            "hex": self.hex,
            "lab": [float(value) for value in self.lab],
            "share": float(self.share),
            "name": self.name,
            "family": self.family,
            "family_second": self.family_second,
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
        )


@dataclass(frozen=True, slots=True)
class Provenance:
    """What made a result: enough to tell whether today's pipeline would make another.

    ``weights`` maps a network's name to its file's sha256; ``pieces_version`` is the lexicon's.
    Results of versions that did not say how the light was judged have no ``white_balance``.
    """

    image_sha256: str
    pipeline_version: str
    weights: dict[str, str]
    palette_version: str
    naming_version: str
    pieces_version: str | None = None
    white_balance: WhiteBalance | None = None

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
        }


@dataclass(frozen=True, slots=True)
class PictureKeys:
    """Where the storage holds what was cut from one picture."""

    crop: str
    cutout: str
    thumbnail: str


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
    seen: Seen | None = None
    pattern: Pattern | None = None
    warnings: tuple[str, ...] = ()
    piece: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What a worker holds for one job while its lease lasts.

    ``attempts`` counts this attempt too. ``lease_token`` and ``generation`` are the fence: the
    ledger writes a result only where both still fit. ``held_batch`` is the job's batch where that
    is held: the result then becomes a draft. ``known`` is there for a recheck alone: a picture that
    is still the one that was seen has its outcome already.
    """

    job_id: int
    image_id: int
    product_id: int
    catalogue: str
    sku: str
    url: str
    position: int
    category: str | None
    generation: int
    attempts: int
    lease_token: str
    held_batch: int | None = None
    known: Seen | None = None
