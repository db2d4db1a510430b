"""Blending weights: the mean of two networks of which one was trained on from the other.

Between such weights lie others that err less on pictures of neither training. Source: Wortsman et
al., "Robust fine-tuning of zero-shot models", CVPR 2022.
"""

from pathlib import Path
from typing import Any, cast

import numpy as np

from shared.errors import WeightsError
from worker.networks.weights.manifest import (
    WeightsFile,
    read_entry,
    read_manifest,
    sha256_of,
    verify,
    write_manifest_entry,
)
from worker.networks.weights.network_file import read_arrays


def blend(run: Path, other: Path, share: float, folder: Path) -> WeightsFile:
    """Blend a training's weights with those that it began from.

    Args:
        run: the training's folder, with its manifest.
        other: a file of weights; its arrays of the same name and shape take part.
        share: what theirs weigh, 0..1; arrays that the other file lacks stay as they are.
        folder: where the blend and its manifest go.

    Returns:
        The blend's entry: the training's, without its metrics, which were measured before.

    Raises:
        WeightsError: a file is missing or damaged, the run has not one network, or less than half
            of its arrays take part.
    """
    entries = list(read_manifest(run).values())
    if len(entries) != 1:
        raise WeightsError(f"{run} has {len(entries)} networks, not one")
    (entry,) = entries
    verify(entry)
    arrays, others = read_arrays(entry.path), read_arrays(other)
    alike = [n for n, a in arrays.items() if n in others and others[n].shape == a.shape]
    if 2 * len(alike) < len(arrays):
        raise WeightsError(f"{other} is of another network: {len(alike)} of its arrays fit")
    for name in alike:
        mixed = (1 - share) * arrays[name].astype(np.float32) + share * others[name]
        arrays[name] = mixed.astype(np.float16)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / entry.file
    with path.open("wb") as file:
        cast("Any", np.savez)(file, **arrays)
    facts = {key: value for key, value in entry.facts.items() if key not in ("metrics", "curve")}
    facts["sha256"] = sha256_of(path)
    facts["blended_with"] = {"file": other.name, "sha256": sha256_of(other), "share": share}
    write_manifest_entry(folder, entry.network, facts)
    return read_entry(entry.network, folder)
