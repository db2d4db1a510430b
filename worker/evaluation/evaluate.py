"""How good the pipeline is on labelled photos: one set of figures for one folder.

Intersection over union is pooled: intersections and unions are summed over all pixels of all
photos, each at its own size, and divided once.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.colour.naming import Naming
from shared.contracts.results import Region, Shade
from shared.errors import StageError
from worker.evaluation.confusion import Confusion
from worker.evaluation.groups import group_figures
from worker.evaluation.photo_figures import PhotoFigures, colour_figures
from worker.evaluation.worst_photos import Photo, WorstPhotos
from worker.imaging.colours.sample import working_picture
from worker.imaging.colours.tones import hair_colour, median_lab, skin_tone
from worker.imaging.labels.ccp import DatasetError, LabelledFolder
from worker.imaging.regions import BACKGROUND, HAIR, SKIN, LabelMap, Pixels
from worker.pipeline import Networks
from worker.stages.colours import colours
from worker.stages.decode import decode
from worker.stages.grey_fill import grey_fill, widen
from worker.stages.mask import cut_packshot, mask
from worker.stages.segment import segment, segment_packshot

MAX_PIXELS = 60_000_000


class Evaluation:
    """Runs the pipeline's stages on labelled photos and sums up.

    Args:
        networks: both networks, compiled.
        naming: names colours.
        worst: keeps the photos of the worst person masks.

    Attributes:
        photos: the figures of every photo so far.
        unreadable: why a photo was left out, by its id.
    """

    def __init__(
        self, networks: Networks, naming: Naming, worst: WorstPhotos | None = None
    ) -> None:
        self._networks = networks
        self._naming = naming
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
        perfect = segment(grey_fill(pixels, person), person, self._networks.generator)
        self._true_mask.add(truth, perfect, person)

        subject = mask(pixels, self._networks.person) or cut_packshot(pixels)
        if subject is None:
            self._no_person += 1
            found, visible = np.zeros_like(person), np.zeros_like(person)
            segments = segment_packshot(found)
        elif subject.subject == "packshot":
            found = visible = subject.mask
            segments = segment_packshot(found)
        else:
            found, visible = subject.mask, widen(subject.mask)
            segments = segment(grey_fill(pixels, visible), visible, self._networks.generator)
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

    def _primary(
        self, pixels: Pixels, labels: LabelMap, confidence: npt.NDArray[np.float32] | None
    ) -> Shade | None:
        shades = colours(working_picture(pixels, labels, confidence), self._naming)[Region.CLOTHES]
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
