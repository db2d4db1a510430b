"""The original network: built, and filled from a file; the same for every subcommand."""

from pathlib import Path
from typing import Any

import compat
import h5py
import numpy as np


def build(
    original: compat.Original, backbone: str, classes: int, size: int, min_score: float
) -> Any:
    """Return the original in inference mode, for one square picture of `size` pixels at a time.

    The mode of resizing is the original's default, "square". With both limits at `size`, a picture
    of that size is neither scaled nor padded: scale 1, window (0, 0, size, size).
    """
    settings = {
        "NAME": "peer",
        "BACKBONE": backbone,
        "NUM_CLASSES": classes,
        "IMAGES_PER_GPU": 1,
        "IMAGE_RESIZE_MODE": "square",
        "IMAGE_MIN_DIM": size,
        "IMAGE_MAX_DIM": size,
        "DETECTION_MIN_CONFIDENCE": min_score,
    }
    config = type("PeerConfig", (original.config,), settings)()

    # It would make a folder for the logs of a training that never comes.
    def set_log_dir(_self: Any, _path: str | None = None) -> None:
        return None

    network = type("Peer", (original.network,), {"set_log_dir": set_log_dir})
    return network(mode="inference", config=config, model_dir="")


def fill(network: Any, weights: Path) -> None:
    """Load a file with the original's own loader; raises ValueError where a layer is not in it.

    The original says nothing about a layer that the file lacks, and leaves it as it was.
    """
    if not h5py.is_hdf5(weights):
        raise ValueError(f"There is no HDF5 file {weights}. Make one with the subcommand weights.")
    layers: list[Any] = network.keras_model.layers
    wanted = {str(layer.name) for layer in layers if layer.weights}
    with h5py.File(weights) as file:
        given = {group for group in file if len(file[group].attrs.get("weight_names", []))}
    if wanted != given:
        few = sorted(wanted ^ given)
        raise ValueError(
            f"{weights} is for another network: {len(few)} layers, {few[0]} among them, are only "
            "in one of the two. Are --backbone and --classes those it was made with?"
        )
    network.load_weights(str(weights), by_name=True)


def inputs(network: Any, picture: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """Return what the original feeds its graph for one RGB picture, and the picture's window.

    The three are: pixels minus the mean, the picture's meta, the anchors in normalised boxes.
    """
    molded, meta, windows = network.mold_inputs([picture])
    anchors = network.get_anchors(molded[0].shape)
    return [molded, meta, np.broadcast_to(anchors, (1, *anchors.shape))], windows[0]
