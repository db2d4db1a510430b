"""Where samples come from: the networks look at labelled photos, as they are and disturbed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from shared.errors import NoPersonError
from worker.analysis.analyzer import Analyzer
from worker.imaging.labels.merges import PARTS
from worker.imaging.regions import LabelMap, Pixels
from worker.stages.decoding.decoded import Decoded
from worker.training.by_eye.labels import LabelsByEye
from worker.training.data.augment import Placement, Rng, place, relight, warp_labels, warp_photo
from worker.training.data.boxes import cut, recoloured
from worker.training.data.examples import Examples, TrainingExample, unpacked_photo
from worker.training.worn_piece.samples import Samples, SeenPicture

PLACEMENT: Final = Placement(scale=(0.5, 1.0), shift=0.05, turn_degrees=8.0)
RECOLOURED: Final = 0.5
"""The share of disturbed pictures whose garments change colour."""

Photo = Callable[[], TrainingExample]
"""Gives a labelled photo; hundreds unpacked would take gigabytes."""

Look = Callable[[TrainingExample, int], tuple[Pixels, LabelMap]]
"""Gives one look at a picture, by its number: pixels and labels."""


@dataclass(frozen=True)
class Lesson:
    """Samples of one kind.

    Attributes:
        samples: what is learned from.
        weight: how often they are drawn, beside other lessons' weights.
    """

    samples: Samples
    weight: float


class Curriculum(NamedTuple):
    """What is learned from, and what is measured on."""

    lessons: list[Lesson]
    validation: Samples


@dataclass(frozen=True)
class Lessons:
    """What to learn from.

    The generator knows its own training photos by heart. It errs in them as in others where they
    are disturbed: cut, turned, smaller, in other colours and other light. Weights of before, which
    had not seen the photos that people labelled by eye, err in these as they are.

    Attributes:
        looks: disturbed looks at each labelled photo; those labelled by eye get half as many.
        unseen_by: a weights folder whose generator had not seen the photos labelled by eye.
    """

    looks: int = 2
    unseen_by: Path | None = None

    def given(
        self,
        examples: Examples,
        by_eye: tuple[Path, LabelsByEye] | None,
        size_hw: tuple[int, int],
    ) -> Curriculum:
        """Let the networks look.

        Args:
            examples: labelled photos, of 14 classes.
            by_eye: a folder of photos, and what people drew.
            size_hw: the canvas of the network that learns.
        """
        see = partial(seen_pictures, size_hw=size_hw)
        drawn = [] if by_eye is None else drawn_by_eye(*by_eye)
        labelled = examples.photos()
        with closing(Analyzer.load()) as analyzer:
            validation = Samples.of(see(analyzer, examples.validation_photos(), as_it_is))
            lessons = [
                Lesson(Samples.of(see(analyzer, labelled, disturbed, self.looks)), 2.0),
                Lesson(Samples.of(see(analyzer, labelled, as_it_is)), 0.5),
            ]
            if drawn:
                looks = max(1, self.looks // 2)
                lessons.append(Lesson(Samples.of(see(analyzer, drawn, disturbed, looks)), 0.5))
        if drawn and self.unseen_by is not None:
            with closing(Analyzer.load(weights=self.unseen_by)) as before:
                lessons.append(Lesson(Samples.of(see(before, drawn, as_it_is)), 1.0))
        return Curriculum(lessons, validation)


def seen_pictures(
    analyzer: Analyzer,
    photos: Sequence[Photo],
    look: Look,
    looks: int = 1,
    *,
    size_hw: tuple[int, int],
) -> list[SeenPicture]:
    """What the networks see of labelled photos; those in which they find nobody are left out."""

    def see(number: int) -> SeenPicture | None:
        pixels, labels = look(photos[number % len(photos)](), number)
        try:
            found = analyzer.infer(Decoded(pixels), {}).segments
        except NoPersonError:
            return None
        if found.parts is None:
            return None
        return SeenPicture.of(found.parts, found.labels, labels, size_hw)

    with ThreadPoolExecutor(2) as pool:
        found = _told(pool.map(see, range(looks * len(photos))), looks * len(photos))
        return [picture for picture in found if picture is not None]


def drawn_by_eye(folder: Path, by_eye: LabelsByEye) -> list[Photo]:
    """The photos of a folder, ``*.jpg``, whose labels people drew."""
    paths = [path for path in sorted(folder.glob("*.jpg")) if path.stem in by_eye.content]
    return [partial(_drawn, path, by_eye) for path in paths]


def _drawn(path: Path, by_eye: LabelsByEye) -> TrainingExample:
    pixels = unpacked_photo(path.read_bytes())
    labels = by_eye.of(path.stem, pixels.shape[:2])
    assert labels is not None
    return TrainingExample(pixels, labels, True, labels == PARTS.index("bag"), None)


def _told(pictures: Iterable[SeenPicture | None], total: int) -> Iterator[SeenPicture | None]:
    for done, picture in enumerate(pictures, 1):
        if done % 100 == 0 or done == total:
            print(f"looked at {done} of {total} pictures", flush=True)  # noqa: T201  # progress for a person
        yield picture


def as_it_is(example: TrainingExample, _: int) -> tuple[Pixels, LabelMap]:
    """A photo and its labels."""
    return example.pixels, example.labels


def disturbed(example: TrainingExample, number: int) -> tuple[Pixels, LabelMap]:
    """A photo as the generator has not seen it, and its labels; the number decides how."""
    rng: Rng = np.random.default_rng(number)
    shown = cut(example, rng)
    pixels, labels = shown.pixels, shown.labels
    if rng.random() < RECOLOURED:
        pixels = recoloured(pixels, labels, rng)
    size_hw = labels.shape[0], labels.shape[1]
    matrix = place(size_hw, size_hw, rng, PLACEMENT)
    return relight(warp_photo(pixels, matrix, size_hw), rng), warp_labels(labels, matrix, size_hw)
