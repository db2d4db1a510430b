"""Finding the subject beside ISNet, a background remover: processor time of one picture.

usage: python -m bench.peers.remover [--rounds N] [--photos N]

ISNet is built here as its paper describes it (Qin et al., "Highly accurate dichotomous image
segmentation", ECCV 2022) at 1024 px, with batch norms folded into convolutions. Its published
weights are not needed to tell what it costs, so it has random ones; how exact it is this does not
tell. OpenVINO runs both, on one core, in turn.
"""

from argparse import ArgumentParser
from collections.abc import Callable
from time import process_time
from typing import Any, Final, cast

import keras
import numpy as np

from shared.settings import get_settings
from worker.analysis.networks import build_finder
from worker.lookbook.look import render
from worker.networks.compiled import Compiled
from worker.networks.frozen import freeze, kept, thaw
from worker.networks.precision import Precision
from worker.networks.tensors import ops

# Keras' layers have no types that a checker could follow.
layers: Any = keras.layers

SIZE_HW: Final = (1024, 1024)
AIM: Final = 40


def main(rounds: int, photos: int) -> None:
    """Print milliseconds a picture of both, and how many times as cheap ours is."""
    network = isnet()
    remove = thaw(kept(freeze(removing(network), network)), "float32")
    print(f"ISNet, {giga_operations(network):.0f} GFLOP, float32; ours on {photos} drawn figures")
    noise = np.random.default_rng(0).integers(0, 256, (1, *SIZE_HW, 3)).astype(np.uint8)
    theirs = least(lambda: remove(noise), rounds)
    print(f"{'ISNet':20}{theirs:8.0f} ms")
    looks = [render(seed, "figure", size_hw=(834, 550)).pixels for seed in range(photos)]
    precisions: tuple[Precision, ...] = ("float32", "int8")
    for precision in precisions:
        finder, _ = build_finder(get_settings(precision=precision))
        ours = float(np.mean([least(lambda f=finder, p=p: f([p]), rounds) for p in looks]))
        told = f"{theirs / ours:.0f} × as cheap (aim: ≥ {AIM})"
        print(f"{'ours, ' + precision:20}{ours:8.0f} ms  {told}")


def least(call: Callable[[], object], rounds: int) -> float:
    """Processor milliseconds of the cheapest of some calls, after one that is not counted."""
    call()
    taken: list[float] = []
    for _ in range(rounds):
        began = process_time()
        call()
        taken.append(process_time() - began)
    return min(taken) * 1000


def removing(network: Any) -> Compiled[Any]:
    """Compile it: canvases, RGB uint8, in; masks out."""

    def masks(canvases: Any) -> Any:
        return network(ops.cast(canvases, "float32") / 255.0 - 0.5)

    return Compiled(masks, SIZE_HW)


def giga_operations(network: keras.Model) -> float:
    """Multiplications and additions of its convolutions, in thousand millions."""
    total = 0
    for layer in cast("list[Any]", network.layers):
        if isinstance(layer, layers.Conv2D):
            _, height, width, channels = layer.output.shape
            rows, columns, inputs, _ = layer.kernel.shape
            total += 2 * height * width * channels * rows * columns * inputs
    return total / 1e9


def isnet() -> keras.Model:
    """Build ISNet: blocks that are U-Nets themselves, in a U-Net, at half of the canvas."""
    photo = layers.Input((*SIZE_HW, 3))
    features = layers.Conv2D(64, 3, strides=2, padding="same")(photo)
    skipped: list[Any] = []
    for depth, middle, channels in ((7, 32, 64), (6, 32, 128), (5, 64, 256), (4, 128, 512)):
        features = block(features, depth, middle, channels)
        skipped.append(features)
        features = shrunk(features)
    features = flat_block(features, 256, 512)
    skipped.append(features)
    features = flat_block(shrunk(features), 256, 512)
    features = flat_block(joined(features, skipped.pop()), 256, 512)
    for depth, middle, channels in ((4, 128, 256), (5, 64, 128), (6, 32, 64), (7, 16, 64)):
        features = block(joined(features, skipped.pop()), depth, middle, channels)
    mask = layers.Conv2D(1, 3, padding="same")(features)
    grown = layers.UpSampling2D(2, interpolation="bilinear")(mask)
    return keras.Model(photo, layers.Activation("sigmoid")(grown), name="isnet")


def block(features: Any, depth: int, middle: int, channels: int) -> Any:
    """A residual U-block: so many levels, each at half the size of the one before."""
    here = convolved(features, channels)
    levels = [convolved(here, middle)]
    for _ in range(depth - 2):
        levels.append(convolved(shrunk(levels[-1]), middle))
    found = convolved(levels[-1], middle, dilation=2)
    for level in reversed(levels):
        same = found.shape[1] == level.shape[1]
        merged = layers.Concatenate()([found, level]) if same else joined(found, level)
        found = convolved(merged, channels if level is levels[0] else middle)
    return layers.Add()([found, here])


def flat_block(features: Any, middle: int, channels: int) -> Any:
    """A residual U-block whose levels have one size and are dilated instead."""
    here = convolved(features, channels)
    levels = [convolved(here, middle)]
    for dilation in (2, 4):
        levels.append(convolved(levels[-1], middle, dilation))
    found = convolved(levels[-1], middle, dilation=8)
    for level, dilation in zip(reversed(levels), (4, 2, 1), strict=True):
        merged = layers.Concatenate()([found, level])
        found = convolved(merged, channels if dilation == 1 else middle, dilation)
    return layers.Add()([found, here])


def convolved(features: Any, channels: int, dilation: int = 1) -> Any:
    """A convolution with its batch norm folded in, and its ReLU."""
    layer = layers.Conv2D(channels, 3, padding="same", dilation_rate=dilation, activation="relu")
    return layer(features)


def shrunk(features: Any) -> Any:
    """Half of the size: the greatest of each four."""
    return layers.MaxPooling2D(2, padding="same")(features)


def joined(coarse: Any, fine: Any) -> Any:
    """Features brought up to the size of finer ones, beside these."""
    return layers.Concatenate()([layers.UpSampling2D(2, interpolation="bilinear")(coarse), fine])


if __name__ == "__main__":
    parser = ArgumentParser(prog="python -m bench.peers.remover", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--photos", type=int, default=12)
    given = parser.parse_args()
    main(given.rounds, given.photos)
