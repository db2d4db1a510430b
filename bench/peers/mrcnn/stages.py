"""What the original makes of each picture, stage by stage, written to one NPZ file."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import compat
import network
import numpy as np

LEVELS = ("P2", "P3", "P4", "P5", "P6")
# The order of the original's own outputs.
OUTPUTS = ("detections", "mrcnn_class", "mrcnn_bbox", "masks", "proposals", "rpn_class", "rpn_bbox")


def save(original: compat.Original, peer: Any, shown: dict[str, np.ndarray], out: Path) -> None:
    """Write every stage of every picture under `p{index}/{stage}`, and the pictures' names.

    Stages are without the batch axis, float32 unless they are whole numbers. `full_masks` are the
    bits of a bool array (H, W, N), N fastest, of the shape in `full_masks_shape`.
    """
    see = spyglass(original, peer)
    # One array after the other: all stages of a dozen large pictures would not fit into memory.
    with zipfile.ZipFile(out, "w") as archive:
        write(archive, "pictures", np.array(list(shown)))
        for index, picture in enumerate(shown.values()):
            for stage, value in see(picture).items():
                write(archive, f"p{index}/{stage}", value)


def write(archive: zipfile.ZipFile, name: str, value: np.ndarray) -> None:
    """Add one array to an NPZ file."""
    with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
        np.lib.format.write_array(file, np.ascontiguousarray(value), allow_pickle=False)


def spyglass(original: compat.Original, peer: Any) -> Callable[[np.ndarray], dict[str, np.ndarray]]:
    """Return a function from a picture to all stages, each from one and the same run."""
    model = peer.keras_model
    maps = {level: model.get_layer(f"fpn_{level.lower()}").output for level in LEVELS}
    tensors = dict(zip(OUTPUTS, model.outputs, strict=True)) | maps
    tensors["class_logits"] = model.get_layer("mrcnn_class_logits").output
    # Only its softmax is an output, so the logits are put together as the original does.
    rpn = model.get_layer("rpn_model")
    logits = [rpn.get_output_at(node)[0] for node in range(len(LEVELS))]
    tensors["rpn_class_logits"] = original.tf.concat(logits, axis=1)
    see = original.keras.backend.function(model.inputs, list(tensors.values()))

    def stages(picture: np.ndarray) -> dict[str, np.ndarray]:
        feed, window = network.inputs(peer, picture)
        values = [np.asarray(value[0], np.float32) for value in see(feed)]
        found = dict(zip(tensors, values, strict=True))
        fed = [np.asarray(value[0], np.float32) for value in feed]
        found |= dict(zip(("molded", "image_meta", "anchors"), fed, strict=True))
        return found | unmolded(peer, picture, found, window)

    return stages


def unmolded(
    peer: Any, picture: np.ndarray, found: dict[str, np.ndarray], window: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the result in the picture's own pixels, as the original's `detect` makes it."""
    boxes, class_ids, scores, masks = peer.unmold_detections(
        found["detections"], found["masks"], picture.shape, picture.shape, window
    )
    return {
        "rois": boxes,
        "class_ids": class_ids,
        "scores": scores,
        "full_masks": np.packbits(masks.astype(bool)),
        "full_masks_shape": np.array(masks.shape),
    }
