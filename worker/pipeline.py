"""The pipeline: what becomes of a claim, from its URL to the stored crops."""

import hashlib
import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from time import monotonic
from typing import Final

from shared.catalogue.kinds import PieceReading
from shared.contracts.fingerprint import SourceFingerprint, Unchanged
from shared.contracts.jobs import Claim
from shared.contracts.results import PictureResult, Provenance, StoredKind
from shared.contracts.stages import Stage
from shared.errors import NoPersonError, StageError
from shared.metrics import counting
from shared.outage import Tell
from shared.settings import Settings
from shared.storage.watched import WatchedStorage
from worker.analysis.analysis import Analysis
from worker.analysis.analyzer import Analyzer, Findings
from worker.analysis.timing import timed
from worker.imaging.palette import PALETTE_VERSION
from worker.stages.crop import wanted_side
from worker.stages.decoding.decoded import Decoded
from worker.stages.fetch import Fetched, Fetcher, picture_or_store
from worker.stages.store import GarmentPictures, Wanted, store

PIPELINE_VERSION: Final = "14"
"""Part of every key and of every provenance; raise it when the same picture gives other results."""


@dataclass(frozen=True)
class Loaded:
    """A picture that was fetched and decoded.

    A large JPEG is decoded at a part of its size, where that is enough for what is cut.
    """

    claim: Claim
    fetched: Fetched
    picture: Decoded
    timings_ms: dict[str, float]


@dataclass(frozen=True)
class Inference:
    """What the networks say of one loaded picture."""

    loaded: Loaded
    findings: Findings


Observer = Callable[[Loaded, Analysis], None]


class Pipeline:
    """Takes claims through the stages; holds no state of any one picture.

    Args:
        analyzer: says what is in a picture.
        fetcher: gets bytes for URLs.
        storage: where crops go.
        settings: limits.
        observer: sees each analysis, for instance to report on it.
    """

    def __init__(
        self,
        *,
        analyzer: Analyzer,
        fetcher: Fetcher,
        storage: WatchedStorage,
        settings: Settings,
        observer: Observer | None = None,
    ) -> None:
        self._analyzer = analyzer
        self._fetcher = fetcher
        self._storage = storage
        self._settings = settings
        self._observer = observer

    @property
    def batch(self) -> int:
        """How many pictures go through a network together, at most."""
        return self._analyzer.networks.batch

    def close(self) -> None:
        """Close the fetcher's connections, and end the decoders."""
        self._fetcher.close()
        self._analyzer.close()

    def wait_until_able(self, stop: Event, seconds: float, tell: Tell) -> bool:
        """Wait until the store takes files and pictures can be decoded.

        See :meth:`shared.outage.OutageWatch.wait`.
        """
        until = monotonic() + seconds
        return self._storage.wait(stop, seconds, tell) and self._analyzer.decoder.wait(
            stop, max(0.0, until - monotonic()), tell
        )

    def load(self, claim: Claim) -> Loaded | Unchanged:
        """Stages ``fetch`` and ``decode``; safe to call from several threads.

        A recheck ends here where the picture is still the one that is known.

        Raises:
            StageError: the picture cannot be had, or is none; ``store_unavailable`` where it lies
                in S3, and S3 takes no files either; ``decoder_unavailable``.
        """
        timings: dict[str, float] = {}
        with timed(timings, Stage.FETCH):
            fetched = self._fetch(claim)
        if isinstance(fetched, SourceFingerprint):
            return Unchanged(fetched, timings)
        counting.fetched(len(fetched.content))
        with timed(timings, Stage.DECODE):
            side = wanted_side(self._settings.crop_side)
            picture = self._analyzer.decoder.decode(fetched.content, side)
        return Loaded(claim, fetched, picture, timings)

    def _fetch(self, claim: Claim) -> Fetched | SourceFingerprint:
        try:
            if claim.known is None:
                return self._fetcher.fetch(claim.url)
            return self._fetcher.fetch_if_changed(claim.url, claim.known)
        except StageError as error:
            raise picture_or_store(error, claim.url, self._storage) from error.__cause__

    def analyse(self, loaded: Loaded) -> Inference:
        """Stages ``mask`` to ``segment``: all that the networks do.

        Raises:
            StageError: code ``no_person`` when there is neither a person nor a packshot.
        """
        with _seen(loaded):
            return Inference(loaded, self._analyzer.infer(loaded.picture, loaded.timings_ms))

    def finish(self, inference: Inference) -> PictureResult:
        """Stages ``colours`` to ``store``, which may run while the networks see the next picture.

        Raises:
            StageError: code ``no_person`` when the person wears nothing that was found; or the
                storage refused, which is worth another attempt.
        """
        loaded = inference.loaded
        with _seen(loaded):
            analysis = self._analyzer.conclude(
                loaded.picture, inference.findings, loaded.claim.category, loaded.claim.title
            )
        if self._observer is not None:
            self._observer(loaded, analysis)
        timings = dict(analysis.timings_ms)
        sha256 = loaded.fetched.sha256
        with timed(timings, Stage.STORE):
            keys = store(
                _pictures(analysis),
                self._storage,
                sha256,
                self._folder(loaded.claim),
                Wanted(self._settings.store, self._settings.cutout_format),
            )
        return PictureResult(
            image_sha256=sha256,
            size_hw=analysis.size_hw,
            subject=analysis.subject,
            score=analysis.score,
            box_yxyx=analysis.subject_box_yxyx,
            shades=analysis.shades,
            confidence=analysis.confidence,
            keys=keys,
            provenance=self._provenance(sha256, analysis.reading, keys.kinds),
            timings_ms=timings,
            seen=loaded.fetched.seen,
            pattern=analysis.pattern,
            warnings=analysis.warnings,
            piece=analysis.piece,
        )

    def _provenance(
        self, sha256: str, reading: PieceReading, stored: tuple[StoredKind, ...]
    ) -> Provenance:
        return Provenance(
            image_sha256=sha256,
            pipeline_version=PIPELINE_VERSION,
            weights=self._analyzer.networks.weights,
            palette_version=PALETTE_VERSION,
            naming_version=self._analyzer.naming.version,
            pieces_version=self._analyzer.pieces.version,
            white_balance=self._settings.white_balance,
            read_as=None if reading.kind is None else reading.kind.value,
            read_from=reading.source,
            stored=stored,
            precision=self._analyzer.networks.precision,
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
            settings = self._settings
            made = json.dumps(
                [
                    self._analyzer.networks.weights,
                    self._analyzer.networks.precision,
                    PALETTE_VERSION,
                    settings.crop_side,
                    settings.cutout_format,
                ],
                sort_keys=True,
            )
            parts.append(hashlib.sha256(made.encode()).hexdigest()[:12])
        return "-".join(parts)


def _pictures(analysis: Analysis) -> GarmentPictures:
    if analysis.piece is None or not analysis.is_part:
        return GarmentPictures(analysis.crops)
    return GarmentPictures(analysis.crops, str(analysis.piece), analysis.outfit)


@contextmanager
def _seen(loaded: Loaded) -> Generator[None]:
    """Let an error that says nobody is there tell by what the next recheck may ask."""
    try:
        yield
    except NoPersonError as error:
        error.seen = loaded.fetched.seen
        raise
