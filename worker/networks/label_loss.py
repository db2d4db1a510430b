"""The loss of label maps, shared by all networks' training."""

from typing import Any

from worker.networks.tensors import ops


def label_loss(logits: Any, labels: Any) -> Any:
    """Cross-entropy plus one minus soft Dice, the latter so that small regions count fully.

    Dice is the mean of the labels that the batch shows: of one that it does not, the first
    wrong pixels would weigh as much as a whole region, and rare labels would never be painted.

    Args:
        logits: float32 (B, h, w, L).
        labels: int (B, H, W), H a multiple of h; the middle pixel of each cell counts.

    Returns:
        A scalar.
    """
    stride = int(labels.shape[1]) // int(logits.shape[1])
    middle = labels[:, stride // 2 :: stride, stride // 2 :: stride]
    truth = ops.one_hot(middle, int(logits.shape[-1]), dtype="float32")
    shares = ops.softmax(logits, axis=-1)
    log_shares = logits - ops.logsumexp(logits, axis=-1, keepdims=True)
    overlap = ops.sum(shares * truth, axis=(0, 1, 2))
    total = ops.sum(shares + truth, axis=(0, 1, 2))
    shown = ops.cast(ops.any(truth > 0, axis=(0, 1, 2)), "float32")
    alike = ops.sum(shown * (2.0 * overlap + 1.0) / (total + 1.0)) / ops.sum(shown)
    return 1.0 - alike - ops.mean(ops.sum(log_shares * truth, axis=-1))
