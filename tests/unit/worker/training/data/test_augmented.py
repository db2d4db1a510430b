"""Looking several times: looks come back to their place, and the mean decides."""

from typing import Any, cast

import numpy as np

from tests.support.painted import Painter, painted_person, person_labels
from worker.imaging.labels.merges import PARTS
from worker.training.data.augmented import AUGMENTATIONS, AugmentedGenerator


def test_every_look_comes_back_to_its_place() -> None:
    """Of a painter that paints what it sees, the mean of all looks is what each one is."""
    once, often = Painter()(painted_person()[None]), AugmentedGenerator(cast("Any", Painter()))
    painted = often(painted_person()[None])
    assert painted["painting"].shape == once["painting"].shape
    inner = np.zeros(person_labels().shape, np.bool_)
    for label in range(4):  # but for the edges, which each size draws elsewhere
        same = person_labels() == label
        inner[1:-1, 1:-1] |= (
            same[1:-1, 1:-1] & same[:-2, 1:-1] & same[2:, 1:-1] & same[1:-1, :-2] & same[1:-1, 2:]
        )
    far = painted["painting"][0].astype(int) - once["painting"][0]
    assert (np.abs(far[inner]).max(axis=-1) > 40).mean() < 0.03
    top = PARTS.index("top")
    assert (painted["parts"][0, 62:100, 34:62, top] > 250).all()


def test_what_is_seen_in_one_look_alone_counts_as_much_as_that_look() -> None:
    class Startled(Painter):
        """Sees a bag everywhere, the first time it is asked."""

        asked = 0

        def __call__(self, canvases: Any) -> Any:
            painted = super().__call__(canvases)
            self.asked += 1
            if self.asked == 1:
                painted["parts"][:] = 0
                painted["parts"][..., PARTS.index("bag")] = 255
            return painted

    painter = Startled()
    parts = AugmentedGenerator(cast("Any", painter))(painted_person()[None])["parts"][0]
    assert painter.asked == len(AUGMENTATIONS)
    assert (parts[64:100, 40:56, PARTS.index("bag")] == round(255 / len(AUGMENTATIONS))).all()


def test_looks_differ_in_side_size_and_light() -> None:
    seen: list[Any] = []

    class Watched(Painter):
        def __call__(self, canvases: Any) -> Any:
            seen.append(canvases[0].copy())
            return super().__call__(canvases)

    canvas = np.random.default_rng(0).integers(40, 200, (*Painter.size_hw, 3), np.uint8)
    AugmentedGenerator(cast("Any", Watched()))(canvas[None])
    assert (seen[0] == canvas).all()
    assert (seen[1] == canvas[:, ::-1]).all()
    assert (seen[2][0] == 128).all()
    assert seen[4].mean() > seen[0].mean() > seen[5].mean()
