"""How good the pipeline is on labelled photos: one set of figures for one folder.

Intersection over union is pooled: intersections and unions are summed over all pixels of all
photos, each at its own size, and divided once.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.colour.tones import hair_colour, skin_tone
from shared.contracts.results import Region, Shade
from shared.errors import NoPersonError, StageError
from worker.analysis.analyzer import Analyzer
from worker.evaluation.confusion import Confusion
from worker.evaluation.groups import group_figures
from worker.evaluation.photo_figures import PhotoFigures, colour_figures
from worker.evaluation.worst_photos import Photo, WorstPhotos
from worker.imaging.colours.median import median_lab
from worker.imaging.labels.ccp import DatasetError, LabelledFolder
from worker.imaging.regions import BACKGROUND, HAIR, SKIN, LabelMap, Mask, Pixels
from worker.imaging.working_size import brought_up
from worker.stages.decode import decode
from worker.stages.decoding.decoded import Decoded
from worker.stages.segment import Segments, segment_packshot

MAX_PIXELS = 60_000_000


class Evaluation:
    """Runs the analyzer on labelled photos and sums up.

    Args:
        analyzer: what is evaluated.
        worst: keeps the photos of the worst person masks.

    Attributes:
        photos: the figures of every photo so far.
        unreadable: why a photo was left out, by its id.
    """

    def __init__(self, analyzer: Analyzer, worst: WorstPhotos | None = None) -> None:
        self._analyzer = analyzer
        self._worst = worst or WorstPhotos(0)
        self._true_mask = Confusion()
        self._no_person = 0
        self.photos: list[PhotoFigures] = []
        self.unreadable: dict[str, str] = {}

    def run(self, folder: LabelledFolder, ids: list[str]) -> Iterator[PhotoFigures | None]:
        """Evaluate photo after photo; decoding runs ahead of the networks.

        Yields:
            The photo's figures, or None for a photo that cannot be read.
        """
        with ThreadPoolExecutor(1) as pool:
            reading = pool.map(partial(_read, folder), ids)
            for photo_id, read in zip(ids, reading, strict=True):
                if isinstance(read, str):
                    self.unreadable[photo_id] = read
                    yield None
                    continue
                self.photos.append(self._photo(photo_id, *read))
                yield self.photos[-1]

    def _photo(self, photo_id: str, pixels: Pixels, truth: LabelMap) -> PhotoFigures:
        person = truth != BACKGROUND
        perfect = self._analyzer.segment_within(pixels, person)
        self._true_mask.add(truth, perfect, person)

        found, visible, segments = self._find(pixels)
        end_to_end = Confusion()
        end_to_end.add(truth, segments, visible)
        skin, hair = (median_lab(pixels, truth, label) for label in (SKIN, HAIR))
        figures = PhotoFigures(
            photo_id,
            person_overlap=int((found & person).sum()),
            person_union=int((found | person).sum()),
            end_to_end=end_to_end,
            found=self._primary(pixels, segments.labels, segments.confidence),
            labelled=self._primary(pixels, truth, None),
            skin_tone=skin_tone(skin) if skin else None,
            hair_colour=hair_colour(hair) if hair else None,
        )
        self._worst.add(Photo(figures.person_iou, photo_id, pixels, found, person))
        return figures

    def _find(self, pixels: Pixels) -> tuple[Mask, Mask, Segments]:
        """The subject's mask, the part of the picture that was painted, and its regions."""
        try:
            findings = self._analyzer.infer(Decoded(pixels), {})
        except NoPersonError:
            self._no_person += 1
            nothing = np.zeros(pixels.shape[:2], np.bool_)
            return nothing, nothing, segment_packshot(nothing)
        visible = self._analyzer.visible_part(findings.subject)
        found = findings.segments
        up = partial(brought_up, size_hw=(pixels.shape[0], pixels.shape[1]))
        segments = replace(found, labels=up(found.labels), confidence=up(found.confidence))
        return up(findings.subject.mask), up(visible), segments

    def _primary(
        self, pixels: Pixels, labels: LabelMap, confidence: npt.NDArray[np.float32] | None
    ) -> Shade | None:
        shades = self._analyzer.colours_of(pixels, labels, confidence)[Region.CLOTHES]
        return shades[0] if shades else None

    def figures(self) -> dict[str, Any]:
        """All figures, as ``colourway evaluate --json`` prints them."""
        end_to_end = Confusion()
        for photo in self.photos:
            end_to_end += photo.end_to_end
        overlap = sum(photo.person_overlap for photo in self.photos)
        union = sum(photo.person_union for photo in self.photos)
        ious = [photo.person_iou for photo in self.photos]
        return {
            "images": len(self.photos),
            "person_iou": overlap / max(union, 1),
            "person_iou_p5": float(np.percentile(ious, 5)) if ious else 0.0,
            "true_mask": self._true_mask.figures(),
            "end_to_end": end_to_end.figures(),
            "colour": colour_figures(self.photos),
            "no_person": self._no_person,
            "groups": group_figures(self.photos),
            "unreadable": self.unreadable,
        }


def _read(folder: LabelledFolder, photo_id: str) -> tuple[Pixels, LabelMap] | str:
    """A photo with its four labels, or why it cannot be read."""
    try:
        labels = folder.labels(photo_id)
        pixels = decode(folder.photo_path(photo_id).read_bytes(), MAX_PIXELS)
    except (DatasetError, StageError, OSError) as error:
        return str(error)
    if pixels.shape[:2] != labels.shape:
        return f"photo {photo_id} has the size (H, W) {pixels.shape[:2]}, its labels {labels.shape}"
    return pixels, labels
