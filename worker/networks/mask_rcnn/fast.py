"""TensorFlow's own operations where they are faster than portable ones.

Each does what a portable function does, and is tested for equality with it; ``available`` says
whether they can be used.
"""

from typing import Any, Final

import keras

FEW: Final = 64
"""Up to so many boxes the portable forms are cheaper, and all that OpenVINO reads: these are
suppressed in rounds, and pooled from every level instead of sorted by level."""


def available() -> bool:
    """Whether TensorFlow runs the networks."""
    return keras.backend.backend() == "tensorflow"


def suppressed(boxes: Any, scores: Any, count: int, max_iou: float) -> Any:
    """Which boxes greedy suppression keeps.

    Args:
        boxes: float32 (B, N, 4), sorted, best first.
        scores: float32 (B, N); zero or less means "no box".
        count: how many to keep at most.
        max_iou: a box that overlaps a kept one by more is dropped.

    Returns:
        ``kept`` int32 (B, count), indices, and how many of them are real, int32 (B,).
    """
    import tensorflow as tf  # noqa: PLC0415  # only where it is the backend

    def one(inputs: Any) -> Any:
        found = tf.raw_ops.NonMaxSuppressionV4(
            boxes=inputs[0],
            scores=inputs[1],
            max_output_size=count,
            iou_threshold=max_iou,
            score_threshold=0.0,
            pad_to_max_output_size=True,
        )
        return found.selected_indices, found.valid_outputs

    return tf.map_fn(one, (boxes, scores), fn_output_signature=(tf.int32, tf.int32))


def suppressed_by_overlap(overlaps: Any, scores: Any, count: int, max_iou: float) -> Any:
    """The same for overlaps, float32 (B, N, N), known beforehand."""
    import tensorflow as tf  # noqa: PLC0415  # only where it is the backend

    def one(inputs: Any) -> Any:
        kept = tf.raw_ops.NonMaxSuppressionWithOverlaps(
            overlaps=inputs[0],
            scores=inputs[1],
            max_output_size=count,
            overlap_threshold=max_iou,
            score_threshold=0.0,
        )
        found = tf.size(kept)
        return tf.pad(kept, [[0, count - found]]), found

    return tf.map_fn(one, (overlaps, scores), fn_output_signature=(tf.int32, tf.int32))


def rows_at(values: Any, index: Any) -> Any:
    """Values (B, N) or (B, N, C) at an index, int (B, K), of each picture's own rows."""
    import tensorflow as tf  # noqa: PLC0415  # only where it is the backend

    if len(values.shape) == 2:
        return tf.gather(values, index, batch_dims=1)
    # Column by column, which OpenVINO gathers in another and safer way.
    columns = [tf.gather(each, index, batch_dims=1) for each in tf.unstack(values, axis=-1)]
    return tf.stack(columns, axis=-1)


def pooled(features: Any, boxes: Any, pool_hw: tuple[int, int], samples: int) -> Any:
    """ROI align of one feature map.

    Args:
        features: (B, H, W, C).
        boxes: float32 (B, N, 4), from each box's first sample to its last; 0 and 1 are the centres
            of the outermost cells.
        pool_hw: output cells.
        samples: samples a cell, on each axis.

    Returns:
        (B, N, pool_h, pool_w, C), dtype of the features.
    """
    import tensorflow as tf  # noqa: PLC0415  # only where it is the backend

    count = int(boxes.shape[1])
    flat = tf.reshape(boxes, (-1, 4))
    picture = tf.range(tf.shape(flat)[0]) // count
    cells = _pooled(features, flat, picture, pool_hw, samples)
    return tf.reshape(cells, (-1, count, *pool_hw, int(features.shape[-1])))


def pooled_by_level(
    levels: dict[int, Any],
    boxes: dict[int, Any],
    wanted: Any,
    pool_hw: tuple[int, int],
    samples: int,
) -> Any:
    """ROI align, each box from its own level.

    Args:
        levels: level number to (B, H, W, C).
        boxes: by level, as for :func:`pooled`.
        wanted: float32 (B, N), each box's level.
        pool_hw: output cells.
        samples: samples a cell, on each axis.

    Returns:
        (B, N, pool_h, pool_w, C), dtype of the features.
    """
    import tensorflow as tf  # noqa: PLC0415  # only where it is the backend

    batch, count = wanted.shape[:2]
    places: list[Any] = []
    cells: list[Any] = []
    for level, features in levels.items():
        mine = tf.cast(tf.where(tf.equal(tf.reshape(wanted, (-1,)), float(level)))[:, 0], tf.int32)
        own = tf.gather(tf.reshape(boxes[level], (-1, 4)), mine)
        places.append(mine)
        cells.append(_pooled(features, own, mine // count, pool_hw, samples))
    channels = int(next(iter(levels.values())).shape[-1])
    stitched = tf.dynamic_stitch(places, cells)
    return tf.reshape(stitched, (-1 if batch is None else batch, count, *pool_hw, channels))


def _pooled(features: Any, boxes: Any, picture: Any, pool_hw: tuple[int, int], samples: int) -> Any:
    """Cells (M, pool_h, pool_w, C) of boxes (M, 4), each in its picture, int32 (M,)."""
    import tensorflow as tf  # noqa: PLC0415  # only where it is the backend

    sampled_hw = tuple(samples * bins for bins in pool_hw)
    sampled = tf.image.crop_and_resize(tf.cast(features, tf.float32), boxes, picture, sampled_hw)
    if samples > 1:
        sampled = tf.nn.avg_pool2d(sampled, samples, samples, "VALID")
    return tf.cast(sampled, features.dtype)


def batch_norm(inputs: Any, statistics: tuple[Any, Any, Any, Any], epsilon: float) -> Any:
    """Batch norm of (B, H, W, C) by gamma, beta, mean and variance (C,), kept in float32."""
    import tensorflow as tf  # noqa: PLC0415  # only where it is the backend

    numbers = [tf.cast(tf.convert_to_tensor(values), tf.float32) for values in statistics]
    return tf.raw_ops.FusedBatchNormV3(
        x=inputs,
        scale=numbers[0],
        offset=numbers[1],
        mean=numbers[2],
        variance=numbers[3],
        epsilon=epsilon,
        is_training=False,
    ).y
