"""What a training of the generator is made of: losses, classes, fill and network."""

from dataclasses import dataclass
from typing import Final, Literal

from worker.imaging.labels.merges import GARMENTS, PARTS, Classes
from worker.imaging.regions import LABEL_NAMES

Network = Literal["compact", "classic"]


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
        classes: what the palette holds: 4 regions, 29 garments, or 59 labels. Of 14 parts of an
            outfit it holds the 4 regions, and the second head knows the garments.
        fill: a name in :data:`worker.training.data.fills.FILLS`.
        network: ``compact``, or ``classic`` as published, which cannot learn from labels. Both see
            the subject's box.
        size_hw: the canvas.
        catalogue: share of the pictures, 0..1, that are drawn as catalogues show garments, where
            the generator learns these.

    Raises:
        ValueError: there is no such loss, or the network cannot have it.
    """

    losses: str = "all"
    classes: Classes = 4
    fill: str = "grey"
    network: Network = "compact"
    size_hw: tuple[int, int] = (704, 320)
    catalogue: float = 0.5

    def __post_init__(self) -> None:
        if self.losses not in LOSSES:
            raise ValueError(f"there are no losses {self.losses!r}: choose {', '.join(LOSSES)}")
        if self.has_garments and not self.weights.label:
            raise ValueError(
                f"losses {self.losses!r} teach no garments: choose all, labels or labels+gan"
            )
        if self.network == "classic" and self.weights.label:
            raise ValueError(
                f"the classic generator paints any colour, so losses {self.losses!r} do not fit "
                "it: choose l1+gan, l1 or gan"
            )

    @property
    def weights(self) -> LossWeights:
        """The losses' weights."""
        return LOSSES[self.losses]

    @property
    def has_garments(self) -> bool:
        """Whether the generator has a second head, for garments."""
        return self.classes == len(PARTS)

    @property
    def paints(self) -> int:
        """How many colours the palette has."""
        return len(LABEL_NAMES) if self.has_garments else self.classes

    @property
    def garments(self) -> int:
        """How many garments the second head tells apart; 0 where there is none."""
        return len(GARMENTS) if self.has_garments else 0
