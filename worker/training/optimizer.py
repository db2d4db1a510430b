"""How a network learns: Adam with decay, clipping, and a running mean of its weights."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import keras
import numpy as np
import numpy.typing as npt

from worker.networks.tensors import ops

MEAN_MOMENTUM: Final = 0.998


class Learner:
    """Variables with their optimiser and their running mean.

    Args:
        variables: what learns, at one rate.
        rate: peak learning rate.
        beta_1: Adam's first momentum (0.5 for both sides of a GAN, as published).
        averaged: keep a running mean, which validates and ships better than the last step.
    """

    def __init__(
        self, variables: Sequence[Any], rate: float, beta_1: float = 0.9, averaged: bool = True
    ) -> None:
        self.rate = rate
        self.variables: list[Any] = list(variables)
        self.optimizer = keras.optimizers.AdamW(
            rate, beta_1=beta_1, weight_decay=1e-4, global_clipnorm=5.0
        )
        self.optimizer.exclude_from_weight_decay(var_names=["bias", "gain"])
        self.optimizer.build(self.variables)
        self.means: list[Any] = []
        if averaged:
            self.means = [
                keras.Variable(_copy(v), trainable=False, name=f"mean_{i}")
                for i, v in enumerate(self.variables)
            ]

    def learn(self, gradients: list[Any]) -> None:
        """Apply gradients, then move the mean."""
        self.optimizer.apply(gradients, self.variables)
        if not self.means:
            return
        # A short history must not drag the mean towards the random start.
        done = ops.cast(self.optimizer.iterations, "float32")
        momentum = ops.minimum(MEAN_MOMENTUM, (done + 1.0) / (done + 10.0))
        for mean, variable in zip(self.means, self.variables, strict=True):
            mean.assign(mean * momentum + variable * (1.0 - momentum))

    def set_rate(self, share: float) -> None:
        """Set the learning rate to a share of its peak."""
        learning_rate: Any = self.optimizer.learning_rate
        learning_rate.assign(self.rate * share)

    @property
    def state(self) -> list[Any]:
        """Every variable that a checkpoint must hold, in a fixed order."""
        return [*self.variables, *self.optimizer.variables, *self.means]

    @contextmanager
    def using_means(self) -> Generator[None]:
        """Use the running mean as the variables' values for a while."""
        if not self.means:
            yield
            return
        own = [_copy(v) for v in self.variables]
        for mean, variable in zip(self.means, self.variables, strict=True):
            variable.assign(mean.value)
        try:
            yield
        finally:
            for value, variable in zip(own, self.variables, strict=True):
                variable.assign(value)


def learn_all(learners: Sequence[Learner], gradients: list[Any]) -> None:
    """Apply the gradients of all learners' variables, one learner's after the other's."""
    start = 0
    for learner in learners:
        end = start + len(learner.variables)
        learner.learn(gradients[start:end])
        start = end


def _copy(variable: Any) -> npt.NDArray[np.float32]:
    # A real copy: both the value and the array of a variable may be its very memory.
    return np.array(ops.convert_to_numpy(variable.value), np.float32)
