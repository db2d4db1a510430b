"""What a training of the generator is made of: losses, classes, fill and network."""

from dataclasses import dataclass
from typing import Final, Literal

from worker.imaging.labels.merges import PARTS, Classes

Network = Literal["lean", "compact", "classic"]


@dataclass(frozen=True)
class LossWeights:
    """What each part of the generator's loss weighs; 0 leaves it out.

    Attributes:
        label: cross-entropy and Dice of the mixture of paints.
        l1: mean absolute difference of painting and painted labels, in -1..1.
        adversarial: the discriminator's verdict, least squares.
    """

    label: float
    l1: float
    adversarial: float


# As published: L1 weighs a hundred times what the discriminator's verdict weighs.
LOSSES: Final = {
    "all": LossWeights(1.0, 1.0, 0.01),
    "labels": LossWeights(1.0, 0.0, 0.0),
    "labels+gan": LossWeights(1.0, 0.0, 0.01),
    "l1": LossWeights(0.0, 1.0, 0.0),
    "gan": LossWeights(0.0, 0.0, 1.0),
    "l1+gan": LossWeights(0.0, 1.0, 0.01),
}
"""By name: ``l1+gan`` is pix2pix as published, ``labels`` ordinary segmentation."""


@dataclass(frozen=True)
class Recipe:
    """One way to train a generator.

    Attributes:
        losses: a name in ``LOSSES``.
        classes: what the palette holds: 4 regions, 14 parts of an outfit, 29 garments, or 59
            labels.
        fill: a name in :data:`worker.training.data.fills.FILLS`.
        network: ``lean``, which sees the subject's box and has 14 classes; ``compact``; or
            ``classic`` as published, which cannot learn from labels. All see the subject's box.
        size_hw: the canvas.

    Raises:
        ValueError: there is no such loss, or the network cannot have it.
    """

    losses: str = "all"
    classes: Classes = 4
    fill: str = "grey"
    network: Network = "compact"
    size_hw: tuple[int, int] = (704, 320)

    def __post_init__(self) -> None:
        if self.losses not in LOSSES:
            raise ValueError(f"there are no losses {self.losses!r}: choose {', '.join(LOSSES)}")
        if self.network == "lean" and self.classes != len(PARTS):
            raise ValueError(f"the lean generator has {len(PARTS)} classes, not {self.classes}")
        if self.network == "classic" and self.weights.label:
            raise ValueError(
                f"the classic generator paints any colour, so losses {self.losses!r} do not fit "
                "it: choose l1+gan, l1 or gan"
            )

    @property
    def weights(self) -> LossWeights:
        """The losses' weights."""
        return LOSSES[self.losses]
