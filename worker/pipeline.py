"""The road that every picture takes, stage by stage."""

import hashlib
import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

from shared.catalogue.pieces import Pieces
from shared.colour.naming import Naming
from shared.colour.pattern import pattern_of
from shared.contracts.fingerprint import SourceFingerprint, Unchanged
from shared.contracts.jobs import Claim
from shared.contracts.results import PictureResult, Provenance, Region, Shade
from shared.contracts.stages import Code, Stage
from shared.errors import StageError
from shared.settings import Settings
from shared.storage.storage import Storage
from worker.imaging.colours.balance import balanced
from worker.imaging.colours.sample import working_picture
from worker.imaging.palette import PALETTE_VERSION
from worker.imaging.person.head import hide_head
from worker.imaging.person.piece import PieceTable
from worker.imaging.regions import Pixels
from worker.networks.mask_rcnn.finder import SubjectFinder
from worker.stages.colours import colours, doubts
from worker.stages.crop import Crops, crop
from worker.stages.decode import decode
from worker.stages.fetch import Fetched, Fetcher
from worker.stages.grey_fill import grey_fill, widen
from worker.stages.mask import SubjectMask, cut_packshot, mask
from worker.stages.product import ProductFinder
from worker.stages.segment import (
    PaintNetwork,
    Segments,
    mean_confidence,
    segment,
    segment_packshot,
)
from worker.stages.store import store

PIPELINE_VERSION: Final = "3"
"""Part of every key and of every provenance; raise it when the same picture gives other results."""


@dataclass(frozen=True)
class Networks:
    """Both networks, compiled, and the sha256 of each one's weights."""

    person: SubjectFinder
    generator: PaintNetwork
    weights: dict[str, str]


@dataclass(frozen=True)
class Loaded:
    """A picture that was fetched and decoded; ``pixels`` is RGB uint8 (H, W, 3)."""

    claim: Claim
    fetched: Fetched
    pixels: Pixels
    timings_ms: dict[str, float]


@dataclass(frozen=True)
class Inference:
    """What the networks say of one picture."""

    loaded: Loaded
    subject: SubjectMask
    segments: Segments
    timings_ms: dict[str, float] = field(repr=False)


@dataclass(frozen=True)
class Analysis:
    """All that the networks and the colours say of one picture.

    ``region_confidence`` (0..1) is the mean confidence of a region's pixels; a region that was not
    found is left out. ``confidence`` (0..1) is the subject's score times the mean confidence of
    the subject's pixels, whatever region they are. ``piece`` is the part of the outfit that the
    clothes' shades are of, None for the whole; ``warnings`` are words on what may be wrong.
    ``shown`` is the picture as it may be shown, heads hidden if they are to be: RGB (H, W, 3).
    """

    loaded: Loaded
    subject: SubjectMask
    segments: Segments
    shades: dict[Region, tuple[Shade, ...]]
    crops: Crops
    region_confidence: dict[Region, float]
    confidence: float
    timings_ms: dict[str, float] = field(repr=False)
    shown: Pixels = field(repr=False)
    warnings: tuple[str, ...] = ()
    piece: str | None = None


Observer = Callable[[Claim, Analysis], None]


class Pipeline:
    """Takes claims down the road; holds no state of any one picture.

    Args:
        networks: both networks.
        fetcher: gets bytes for URLs.
        storage: where crops go.
        naming: names colours.
        pieces: says which piece of an outfit a category means.
        settings: limits.
        observer: sees each analysis, for instance to report on it.
    """

    def __init__(
        self,
        *,
        networks: Networks,
        fetcher: Fetcher,
        storage: Storage,
        naming: Naming,
        pieces: Pieces,
        settings: Settings,
        observer: Observer | None = None,
    ) -> None:
        self._networks = networks
        self._fetcher = fetcher
        self._storage = storage
        self._naming = naming
        self._product = ProductFinder(pieces, PieceTable.load())
        self._settings = settings
        self._observer = observer

    def close(self) -> None:
        """Close the fetcher's connections."""
        self._fetcher.close()

    def load(self, claim: Claim) -> Loaded | Unchanged:
        """Stages ``fetch`` and ``decode``; safe to call from several threads.

        A recheck ends here where the picture is still the one that is known.

        Raises:
            StageError: the picture cannot be had, or is none.
        """
        timings: dict[str, float] = {}
        with _timed(timings, Stage.FETCH):
            fetched = self._fetch(claim)
        if isinstance(fetched, SourceFingerprint):
            return Unchanged(fetched, timings)
        with _timed(timings, Stage.DECODE):
            pixels = decode(fetched.content, self._settings.max_image_pixels)
        return Loaded(claim, fetched, pixels, timings)

    def _fetch(self, claim: Claim) -> Fetched | SourceFingerprint:
        if claim.known is None:
            return self._fetcher.fetch(claim.url)
        return self._fetcher.fetch_if_changed(claim.url, claim.known)

    def analyse(self, loaded: Loaded) -> Inference:
        """Stages ``mask`` to ``segment``: all that the networks do.

        Raises:
            StageError: code ``no_person`` when there is neither a person nor a packshot.
        """
        pixels = loaded.pixels
        timings = dict(loaded.timings_ms)
        with _timed(timings, Stage.MASK):
            subject = mask(pixels, self._networks.person) or cut_packshot(pixels)
        if subject is None:
            raise StageError(
                Stage.MASK,
                Code.NO_PERSON,
                "neither a person nor a product on a plain backdrop was found",
                seen=loaded.fetched.seen,
            )
        return Inference(loaded, subject, self._segment(pixels, subject, timings), timings)

    def _segment(self, pixels: Pixels, subject: SubjectMask, timings: dict[str, float]) -> Segments:
        if subject.subject == "packshot":
            return segment_packshot(subject.mask)
        with _timed(timings, Stage.GREY_FILL):
            visible = widen(subject.mask)
            filled = grey_fill(pixels, visible)
        with _timed(timings, Stage.SEGMENT):
            return segment(filled, visible, self._networks.generator)

    def _colour_and_crop(self, inference: Inference) -> Analysis:
        loaded, subject, segments = inference.loaded, inference.subject, inference.segments
        timings = dict(inference.timings_ms)
        with _timed(timings, Stage.COLOURS):
            pixels = balanced(loaded.pixels, segments.labels, self._settings.white_balance)
            product = self._product(pixels, segments.labels, subject.subject, loaded.claim.category)
            working = working_picture(pixels, product.labels, segments.confidence)
            shades = colours(working, self._naming)
            confidence = subject.score * mean_confidence(segments.confidence, subject.mask)
            doubtful = doubts(working, shades, confidence)
        if not shades[Region.CLOTHES]:
            raise StageError(
                Stage.COLOURS,
                Code.NO_PERSON,
                "a person was found, but no clothes",
                seen=loaded.fetched.seen,
            )
        if not self._settings.keep_people:
            shades = {Region.CLOTHES: shades[Region.CLOTHES]}
        with _timed(timings, Stage.CROP):
            shown, labels = hide_head(
                loaded.pixels, segments.labels, self._settings.heads, self._product.table.body
            )
            crops = crop(shown, labels)
        return Analysis(
            loaded,
            subject,
            segments,
            shades,
            crops,
            segments.region_confidence(),
            confidence,
            timings,
            shown,
            (*product.warnings, *doubtful),
            product.piece,
        )

    def finish(self, inference: Inference) -> PictureResult:
        """Stages ``colours`` to ``store``, which may run while the networks see the next picture.

        Raises:
            StageError: code ``no_person`` when the person wears nothing that was found; or the
                storage refused, which is worth another attempt.
        """
        analysis = self._colour_and_crop(inference)
        if self._observer is not None:
            self._observer(inference.loaded.claim, analysis)
        timings = dict(analysis.timings_ms)
        loaded, subject = analysis.loaded, analysis.subject
        sha256 = loaded.fetched.sha256
        with _timed(timings, Stage.STORE):
            keys = store(analysis.crops, self._storage, sha256, self._folder(loaded.claim))
        return PictureResult(
            image_sha256=sha256,
            size_hw=(loaded.pixels.shape[0], loaded.pixels.shape[1]),
            subject=subject.subject,
            score=subject.score,
            box_yxyx=subject.box_yxyx,
            shades=analysis.shades,
            confidence=analysis.confidence,
            keys=keys,
            provenance=Provenance(
                image_sha256=sha256,
                pipeline_version=PIPELINE_VERSION,
                weights=self._networks.weights,
                palette_version=PALETTE_VERSION,
                naming_version=self._naming.version,
                pieces_version=self._product.pieces.version,
                white_balance=self._settings.white_balance,
            ),
            timings_ms=timings,
            seen=loaded.fetched.seen,
            pattern=pattern_of(analysis.shades[Region.CLOTHES]),
            warnings=analysis.warnings,
            piece=analysis.piece,
        )

    def _folder(self, claim: Claim) -> str:
        """The first part of the keys: version, what became of heads, and what made a held result.

        Other weights may be tried under the same version of the pipeline, and a held result must
        not replace the crops that the shop shows: its keys tell the weights too.
        """
        parts = [PIPELINE_VERSION]
        if self._settings.heads != "keep":
            parts.append(self._settings.heads)
        if claim.staged_batch is not None:
            made = json.dumps([self._networks.weights, PALETTE_VERSION], sort_keys=True)
            parts.append(hashlib.sha256(made.encode()).hexdigest()[:12])
        return "-".join(parts)


@contextmanager
def _timed(timings_ms: dict[str, float], stage: Stage) -> Generator[None]:
    """Time a stage, and give an error that it did not foresee the stage's name."""
    started = perf_counter()
    try:
        yield
    except StageError:
        raise
    except Exception as error:
        message = f"{type(error).__name__}: {error}"[:500]
        raise StageError(stage, Code.INTERNAL_ERROR, message, retry=True) from error
    timings_ms[stage] = round((perf_counter() - started) * 1000, 2)
