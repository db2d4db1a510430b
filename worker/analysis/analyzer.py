"""The analyzer: one picture from its pixels to its colours; the pipeline and ``evaluate`` use it.

Importing this loads no network and no framework; :meth:`Analyzer.load` does.
"""

from dataclasses import dataclass
from functools import partial
from typing import Final, Self

import numpy as np

from shared.catalogue.pieces import Pieces
from shared.catalogue.presentation import Presentations
from shared.colour.families.table import UNKNOWN, Presentation
from shared.colour.naming import Naming
from shared.contracts.results import Region, Shade, StoredKind
from shared.contracts.stages import Code, Stage
from shared.errors import NoPersonError
from shared.settings import Settings, get_settings
from worker.analysis.analysis import Analysis
from worker.analysis.networks import Networks, build_networks
from worker.analysis.source import PictureSource, read_picture
from worker.analysis.timing import timed
from worker.imaging.colours.balance import balanced
from worker.imaging.colours.sample import Confidence, WorkingPicture, working_picture
from worker.imaging.colours.see_through import without_white
from worker.imaging.cutout import only_where
from worker.imaging.person.body import MeanBody
from worker.imaging.person.head import hide_head
from worker.imaging.regions import CLOTHES, LabelMap, Mask, Pixels
from worker.stages.belly import without_belly
from worker.stages.colours import colours, doubts
from worker.stages.crop import FOUND_EDGE, GarmentCut, crop, in_photo
from worker.stages.decoder.decoder import open_decoder
from worker.stages.decoding.decoded import Decoded
from worker.stages.grey_fill import grey_fill, widen
from worker.stages.mask import SubjectMask, as_agreed, find_subject
from worker.stages.patterns import patterned
from worker.stages.product import ProductFinder, ProductRegion
from worker.stages.segment import Segments, mean_confidence, segment, segment_packshot

_SAME: Final = 0.98
"""A piece that takes so much of all clothes is the outfit: no second cut-out shows more."""


@dataclass(frozen=True)
class Findings:
    """What the networks say of one picture: its subject, and the region of every pixel.

    Masks, labels and boxes are of the picture's working size.
    """

    subject: SubjectMask
    segments: Segments
    timings_ms: dict[str, float]


class Analyzer:
    """Finds the garment of a picture and its colours.

    >>> analyzer = Analyzer.load()  # doctest: +SKIP
    >>> analyzer.analyze("dress.jpg", category="dress").colours  # doctest: +SKIP
    #1b2a4f  dark navy  navy  80 %
    #e8e4da  off-white  white 20 %

    It holds no state of any one picture and may be called from several threads; each network sees
    one picture at a time, or on a GPU those of several threads together (``COLOURWAY_BATCH``).

    Args:
        networks: all of them.
        naming: names colours.
        pieces: says which piece of an outfit the shop's words mean.
        settings: limits, and how colours and heads are treated.
    """

    def __init__(
        self, networks: Networks, naming: Naming, pieces: Pieces, settings: Settings
    ) -> None:
        self.networks = networks
        self.naming = naming
        self.pieces = pieces
        self.decoder = open_decoder(settings)
        self._settings = settings
        self._product = ProductFinder(pieces, settings.missing_piece, networks.worn_piece)
        self._body = MeanBody.load()
        self._presentations = Presentations(pieces)

    @classmethod
    def load(cls, settings: Settings | None = None, **overrides: object) -> Self:
        """Load the networks and the tables; takes some seconds, once.

        Args:
            settings: as read elsewhere; else they come from the environment (docs/settings.md).
            **overrides: settings by field name that go before the environment's, such as
                ``white_balance="backdrop"``.

        Raises:
            SettingsError: a setting makes no sense, or no decoder process can be started.
            WeightsError: a weights file is missing, damaged, or of another network.
            TypeError: both ``settings`` and overrides were given.
        """
        if settings is None:
            settings = get_settings(**overrides)
        elif overrides:
            raise TypeError("give settings or single overrides, not both")
        decoder = open_decoder(settings)
        decoder.start()  # while the networks load
        analyzer = cls(
            build_networks(settings),
            Naming.load(settings.naming),
            Pieces.load(settings.pieces),
            settings,
        )
        decoder.require()
        return analyzer

    def close(self) -> None:
        """End the decoders; whoever decodes again has others. They end with this process, too."""
        self.decoder.close()

    def analyze(
        self, source: PictureSource, category: str | None = None, title: str | None = None
    ) -> Analysis:
        """Analyse one picture.

        Args:
            source: a path; a file's bytes; a Pillow picture; or an array, RGB uint8 (H, W, 3) in
                sRGB or RGBA (H, W, 4). Files and Pillow pictures are turned upright by their EXIF
                orientation and converted by what they say of their colours. What is transparent
                shows white, and where alpha cuts a product out, it is the mask.
            category: the shop's words for what the product is, in any language the lexicon knows.
                Where they mean one piece of an outfit and the picture shows a person, the colours
                are of that piece.
            title: the product's name, read in the same way where the category says nothing.

        Raises:
            NoPersonError: neither a person in clothes nor a product on a plain backdrop.
            StageError: the file cannot be read or is no picture, by its ``code``.
            TypeError: the source is of another type, or an array not of uint8.
            ValueError: an array of another shape.
        """
        return self.analyze_decoded(
            read_picture(source, self._settings, self.decoder), category, title
        )

    def analyze_decoded(
        self, picture: Decoded, category: str | None = None, title: str | None = None
    ) -> Analysis:
        """Analyse a picture that was read already, as :meth:`analyze` does.

        Raises:
            NoPersonError: neither a person in clothes nor a product on a plain backdrop.
        """
        findings = self.infer(picture, {})
        return self.conclude(picture, findings, category, title)

    def infer(self, picture: Decoded, timings_ms: dict[str, float]) -> Findings:
        """Stages ``mask`` to ``segment``: all that the networks do, at the working size.

        Args:
            picture: a picture of any size.
            timings_ms: of the stages before, by stage.

        Raises:
            NoPersonError: there is neither a person nor a packshot.
        """
        timings = dict(timings_ms)
        with timed(timings, Stage.MASK):
            pixels = picture.working.pixels
            subject = find_subject(pixels, self.networks.person, picture.working.alpha)
        if subject is None:
            raise NoPersonError(
                Stage.MASK,
                Code.NO_PERSON,
                "neither a person nor a product on a plain backdrop was found",
            )
        if subject.subject == "packshot":
            return Findings(subject, segment_packshot(subject.mask), timings)
        with timed(timings, Stage.GREY_FILL):
            visible = self.visible_part(subject)
            filled = grey_fill(pixels, visible)
        with timed(timings, Stage.SEGMENT):
            segments = segment(filled, visible, self.networks.generator, subject.shares)
            subject = as_agreed(subject, segments.labels)
        return Findings(subject, segments, timings)

    @staticmethod
    def visible_part(subject: SubjectMask) -> Mask:
        """What the grey fill leaves of a subject, bool (H, W): a person's mask, a bit wider."""
        return subject.mask if subject.subject == "packshot" else widen(subject.mask)

    def segment_within(self, pixels: Pixels, visible: Mask) -> Segments:
        """Stages ``grey_fill`` and ``segment`` with a mask, bool (H, W), that is known."""
        return segment(grey_fill(pixels, visible), visible, self.networks.generator)

    def colours_of(
        self, pixels: Pixels, labels: LabelMap, confidence: Confidence | None = None
    ) -> dict[Region, tuple[Shade, ...]]:
        """Shades of every region of a labelled picture, as :func:`worker.stages.colours.colours`.

        Args:
            pixels: RGB uint8 (H, W, 3).
            labels: uint8 (H, W): 0 background, 1 skin, 2 hair, 3 clothes.
            confidence: float32 (H, W) in 0..1, how sure each label is; None where all are.
        """
        return self._named(working_picture(pixels, labels, confidence))

    @staticmethod
    def _working(pixels: Pixels, labels: LabelMap, findings: Findings) -> WorkingPicture:
        if findings.subject.alpha is not None:
            pixels, labels = without_white(pixels, labels, findings.subject.alpha)
        return working_picture(pixels, labels, findings.segments.confidence)

    def _named(
        self, working: WorkingPicture, shown: Presentation = UNKNOWN
    ) -> dict[Region, tuple[Shade, ...]]:
        return colours(working, self.naming, shown)

    def conclude(
        self,
        picture: Decoded,
        findings: Findings,
        category: str | None,
        title: str | None = None,
    ) -> Analysis:
        """Stages ``colours`` and ``crop``, which need no network.

        Args:
            picture: the one that was inferred on.
            findings: what :meth:`infer` gave.
            category: the shop's words for what the product is.
            title: the product's name.

        Raises:
            NoPersonError: the person wears nothing that was found.
        """
        subject, segments = findings.subject, findings.segments
        timings, settings = dict(findings.timings_ms), self._settings
        with timed(timings, Stage.COLOURS):
            light = balanced(picture.working.pixels, segments.labels, settings.white_balance)
            product = self._product(segments, subject.subject, category, title)
            product = without_belly(product, light, segments.labels)
            working = self._working(light, product.labels, findings)
            shown = self._presentations.of(subject.subject, category)
            shades = self._named(working, shown)
            is_own = product.piece is not None or subject.subject == "packshot"
            cloth = patterned(working, shades[Region.CLOTHES], is_own=is_own)
            shades[Region.CLOTHES] = cloth.shades
            known = subject.score * mean_confidence(segments.confidence, subject.mask)
            doubtful = doubts(working, shades, known)
        if not (segments.labels == CLOTHES).any():
            raise NoPersonError(Stage.COLOURS, Code.NO_PERSON, "a person was found, but no clothes")
        if not settings.keep_people:
            shades = {Region.CLOTHES: shades[Region.CLOTHES]}
        with timed(timings, Stage.CROP):
            cut = self._cut(picture, subject, segments.labels, product)
        return Analysis(
            subject,
            segments,
            product.labels,
            shades,
            cut.sold,
            cut.pictured,
            segments.region_confidence(),
            known * product.certainty,
            tuple(dict.fromkeys((*product.warnings, *doubtful))),  # each word once
            product.piece,
            timings,
            product.reading,
            cut.outfit,
            picture.size_hw,
            cloth.pattern,
            cut.is_part,
        )

    def _cut(
        self, picture: Decoded, subject: SubjectMask, labels: LabelMap, product: ProductRegion
    ) -> GarmentCut:
        """Cut out what is for sale, and the outfit around it where it is stored."""
        pixels, hidden = hide_head(picture.pixels, labels, self._settings.heads, self._body)
        cut = partial(
            crop,
            pixels,
            alpha=None if subject.alpha is None else picture.alpha,
            side=self._settings.crop_side,
            edge=FOUND_EDGE if subject.subject == "person" else 0.0,
        )
        clothes = hidden == CLOTHES
        sold = clothes & (product.labels == CLOTHES)
        is_part = 0 < np.count_nonzero(sold) < _SAME * np.count_nonzero(clothes)
        if product.piece is None or not is_part:
            return GarmentCut(pixels, in_photo(cut(hidden), picture))
        alone, whole = cut(only_where((sold | ~clothes).view(np.uint8), hidden)), None
        if StoredKind.OUTFIT in self._settings.store:
            whole = in_photo(cut(hidden), picture)
        return GarmentCut(pixels, in_photo(alone, picture), whole, is_part=True)
