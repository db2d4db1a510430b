"""What a training starts from: chance, a backbone's published weights, or a trained network."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from worker.networks.weights.network_file import load_what_fits
from worker.training.imagenet import published_layers, start_from_imagenet
from worker.training.optimizer import Learner


@dataclass(frozen=True)
class Start:
    """Where a network's first weights come from.

    Attributes:
        imagenet: published weights of the backbone.
        weights: a file of ours, which goes before: of the network, or of one like it, whose
            layers of the same name and shape are taken.
        rate: peak learning rate of what was learned in our own weights: it must not be unlearned,
            and needs a touch only.
        held_blocks: so many of the backbone's first blocks, and its stem, stay as they are; 0: all
            learns. What edges and textures look like is known, and costs a quarter of a step.
    """

    imagenet: Path | None = None
    weights: Path | None = None
    rate: float = 1e-4
    held_blocks: int = 0

    @property
    def file(self) -> Path | None:
        """The file that is used; None: all starts by chance."""
        return self.weights or self.imagenet

    def learners(self, network: keras.Model, backbone: keras.Model) -> list[Learner]:
        """Fill a network, and give it learners: one for what was learned already, one for the rest.

        Args:
            network: what learns.
            backbone: the part of it, or the whole, that holds the published layers.

        Raises:
            WeightsError: a file is missing, or of another network.
        """
        learned: list[Any] = []
        if self.weights is not None:
            learned = load_what_fits(network, self.weights)
            total = len(network.variables)
            print(f"{self.weights}: {len(learned)} of {total} variables fit", flush=True)  # noqa: T201  # progress for a person
        elif self.imagenet is not None:
            start_from_imagenet(backbone, self.imagenet)
            published = published_layers(backbone)
            learned = [v for layer in published for v in layer.trainable_variables]
        if self.held_blocks:
            hold(backbone, self.held_blocks)
            moving = {id(variable) for variable in network.trainable_variables}
            learned = [variable for variable in learned if id(variable) in moving]
        known = {id(variable) for variable in learned}
        rest = [v for v in network.trainable_variables if id(v) not in known]
        rate = 3e-4 if self.weights is None else self.rate
        return [
            Learner(variables, rate)
            for variables, rate in ((learned, rate), (rest, 1e-3))
            if variables
        ]


def hold(backbone: keras.Model, blocks: int) -> None:
    """Let the backbone's stem and its first blocks stay as they are."""
    first = ("stem", *(f"block{number}_" for number in range(1, blocks + 1)))
    for layer in backbone.layers:
        if layer.name.startswith(first):
            layer.trainable = False
