"""What a training starts from: chance, a backbone's published weights, or a trained network."""

from dataclasses import dataclass
from pathlib import Path

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
    """

    imagenet: Path | None = None
    weights: Path | None = None

    @property
    def file(self) -> Path | None:
        """The file that is used; None: all starts by chance."""
        return self.weights or self.imagenet

    def learners(self, network: keras.Model, backbone: keras.Model) -> list[Learner]:
        """Fill a network, and give it two learners: one for its backbone, one for the rest.

        Args:
            network: what learns.
            backbone: the part of it, or the whole, that holds the published layers.

        Raises:
            WeightsError: a file is missing, or of another network.
        """
        if self.weights is not None:
            taken = load_what_fits(network, self.weights)
            print(f"{self.weights}: {taken} of {len(network.variables)} variables fit", flush=True)  # noqa: T201  # progress for a person
        elif self.imagenet is not None:
            start_from_imagenet(backbone, self.imagenet)
        published = [v for layer in published_layers(backbone) for v in layer.trainable_variables]
        known = {id(variable) for variable in published}
        rest = [v for v in network.trainable_variables if id(v) not in known]
        # What was learned already must not be unlearned in the first steps.
        return [
            Learner(published, rate=1e-3 if self.file is None else 3e-4),
            Learner(rest, rate=1e-3 if self.weights is None else 5e-4),
        ]
