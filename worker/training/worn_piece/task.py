"""Training of the network ``worn_piece``: batches, one step, validation."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shared.catalogue.pieces import Piece
from worker.imaging.regions import Pixels
from worker.networks.tensors import ops
from worker.networks.worn_piece import WornPieceConfig, build_worn_piece, logit
from worker.training.gradients import losses_and_gradients
from worker.training.optimizer import Learner, learn_all
from worker.training.worn_piece.lessons import Lesson
from worker.training.worn_piece.samples import Samples

RATE: Final = 2.5e-3
PICTURED: Final = 8
AT_A_TIME: Final = 64
Floats = npt.NDArray[np.float32]


class WornPieceTask:
    """Teaches a network where pieces are that a shop names.

    Args:
        lessons: what it learns from.
        validation: what it is measured on.
        batch_size: pieces a step.
        config: shape of the network.
    """

    name = "worn-piece"
    network_name = "worn_piece"

    def __init__(
        self,
        lessons: Sequence[Lesson],
        validation: Samples,
        batch_size: int,
        config: WornPieceConfig | None = None,
    ) -> None:
        self.lessons = lessons
        self.validation = validation
        self.batch_size = batch_size
        self.network = build_worn_piece(config or WornPieceConfig())
        self.learners = [Learner(self.network.trainable_variables, RATE)]
        self.statistics: list[Any] = []

    def batch(self, rng: np.random.Generator) -> dict[str, Any]:
        """Pieces of one lesson, half of the time in the mirror."""
        odds = np.array([lesson.weight for lesson in self.lessons])
        samples = self.lessons[int(rng.choice(len(odds), p=odds / odds.sum()))].samples
        batch = _batch_of(samples, rng.integers(0, len(samples), self.batch_size))
        if rng.random() < 0.5:
            mirrored = ("canvas", "clothes", "seeming", "truth")
            batch |= {name: np.ascontiguousarray(batch[name][:, :, ::-1]) for name in mirrored}
        return batch

    def step(self, batch: dict[str, Any]) -> dict[str, Any]:
        """One step: the mean cross-entropy of the clothes' pixels, and what the overlap lacks."""

        def lost() -> tuple[dict[str, Any], Any]:
            found = self._found(batch)
            return piece_losses(found, batch["truth"], batch["clothes"]), None

        losses, _, gradients = losses_and_gradients(lost, self.network.trainable_variables)
        learn_all(self.learners, gradients)
        return losses

    def _found(self, batch: dict[str, Any]) -> Any:
        """Logits of where the pieces are, (B, 176, 80)."""
        correction = self.network([batch["canvas"], batch["piece"]], training=True)
        return finer(correction) + logit(batch["seeming"])

    def validate(self, count: int) -> tuple[dict[str, float], list[Pixels]]:
        """Mean overlap of pieces in ``count`` validation photos, by shares alone and corrected.

        Pictures are four of each piece: the clothes, where it seems to be, where it is found, and
        where it is labelled.
        """
        chosen = np.flatnonzero(self.validation.picture < count)
        clothes: list[Floats] = []
        seeming: list[Floats] = []
        found: list[Floats] = []
        truth: list[Floats] = []
        for start in range(0, len(chosen), AT_A_TIME):
            batch = _batch_of(self.validation, chosen[start : start + AT_A_TIME])
            shown = (batch["clothes"] > 0.5).astype(np.float32)
            share = ops.convert_to_numpy(ops.sigmoid(self._found(batch)))
            clothes.append(shown)
            seeming.append(batch["seeming"] * shown)
            found.append(share * shown)
            truth.append(batch["truth"])
        planes = [np.concatenate(each) for each in (clothes, seeming, found, truth)]
        _, before, after, right = planes
        figures = {"overlap_by_shares": overlap(before, right), "overlap": overlap(after, right)}
        pictured = range(min(PICTURED, len(right)))
        return figures, [_picture(plane[i]) for i in pictured for plane in planes]


def _batch_of(samples: Samples, chosen: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Pieces by number, as float32: canvas, piece, clothes and planes, all in 0..1."""
    shares = samples.shares[samples.picture[chosen]]
    seeming, truth = (
        plane[chosen].astype(np.float32) / 255 for plane in (samples.seeming, samples.truth)
    )
    count, height, width, _ = shares.shape
    coarse = seeming.reshape(count, height, 2, width, 2).mean(axis=(2, 4))
    canvas = np.concatenate([shares.astype(np.float32) / 255, coarse[..., None]], axis=-1)
    piece = np.eye(len(Piece), dtype=np.float32)[samples.piece[chosen]]
    clothes = samples.clothes[samples.picture[chosen]].astype(np.float32) / 255
    return {
        "canvas": canvas,
        "piece": piece,
        "clothes": clothes,
        "seeming": seeming,
        "truth": truth,
    }


def finer(correction: Any) -> Any:
    """A correction, (B, h, w), at twice its size, bilinear."""
    size = 2 * int(correction.shape[1]), 2 * int(correction.shape[2])
    return ops.image.resize(correction[..., None], size, "bilinear", data_format="channels_last")[
        ..., 0
    ]


def piece_losses(logits: Any, truth: Any, clothes: Any) -> dict[str, Any]:
    """How wrong pieces are.

    The overlap's part is the soft Jaccard index: Rahman and Wang, "Optimizing intersection-over-
    union in deep neural networks for image segmentation", ISVC 2016.

    Args:
        logits: of where each piece is, (B, H, W).
        truth: 0..1, (B, H, W).
        clothes: 0..1, where pieces may be, (B, H, W).
    """
    pixels = (1, 2)
    unsure = ops.softplus(logits) - logits * truth
    share = ops.sigmoid(logits)
    common = ops.sum(share * truth * clothes, axis=pixels)
    either = ops.sum(share * clothes + truth, axis=pixels) - common
    return {
        "pixels": ops.mean(
            ops.sum(unsure * clothes, axis=pixels) / (ops.sum(clothes, axis=pixels) + 1.0)
        ),
        "overlap": ops.mean(1.0 - (common + 1.0) / (either + 1.0)),
    }


def overlap(found: Floats, truth: Floats) -> float:
    """Mean IoU of planes, (N, H, W) in 0..1, each cut at a half."""
    chosen, right = found > 0.5, truth > 0.5
    either = np.maximum((chosen | right).sum(axis=(1, 2)), 1)
    return float(((chosen & right).sum(axis=(1, 2)) / either).mean())


def _picture(plane: Floats) -> Pixels:
    """A plane of 0..1 in grey."""
    return np.repeat(np.rint(plane * 255).astype(np.uint8)[..., None], 3, axis=-1)
