"""Random weights for the original that behave like trained ones: tame, and telling.

Every layer is filled in the order in which a picture passes, and looks at what the layers before
it make of a few drawn pictures. So nothing explodes or dies out, however deep the network is, and
every statistic, scale and bias is a number of its own: leave one out, and the result is another.
"""

import zlib
from pathlib import Path
from typing import Any

import compat
import network
import numpy as np
import pictures

SIZE = 256
PICTURES = 4
# Of one layer's input to one picture, no more rows than these are looked at.
ROWS = 20_000
LEVELS = 5
# The spread of what leaves a layer, before its activation; of all others it is about 1.
STD = {
    "rpn_conv_shared": 1.5,
    "rpn_class_raw": 0.8,
    "rpn_bbox_pred": 0.5,
    "mrcnn_bbox_fc": 0.5,
    "mrcnn_mask": 1.5,
}
# Class logits are scaled until half of the boxes have a winner that is this far ahead of the next;
# then the background is lifted until it wins this share of them.
MARGIN = 1.0
BACKGROUND = 0.85
# How far the RPN's background is lifted: fewer scores near 1, where float32 has no room for them.
RPN_BACKGROUND = 3.0
# 1 x 1 kernels whose outputs are centred: each is as often above its bias as below. Otherwise one
# class would win everywhere, and all boxes would grow.
CENTRED = ("rpn_class_raw", "rpn_bbox_pred", "mrcnn_class_logits", "mrcnn_bbox_fc", "mrcnn_mask")


def save(original: compat.Original, backbone: str, classes: int, seed: int, out: Path) -> None:
    """Fill the original with random weights and write them as the original writes its own."""
    peer = network.build(original, backbone, classes, SIZE, min_score=0.0)
    # Each part of the graph runs only a few times: TensorFlow need not polish it first.
    settings = original.tf.ConfigProto()
    settings.graph_options.rewrite_options.disable_meta_optimizer = True
    with original.tf.Session(config=settings) as session:
        session.run(original.tf.global_variables_initializer())
        Filler(session, peer, seed).fill()
        peer.keras_model.save_weights(str(out), save_format="h5")


class Filler:
    """Fills one network, layer by layer."""

    def __init__(self, session: Any, peer: Any, seed: int) -> None:
        self.session = session
        self.model = peer.keras_model
        self.seed = seed
        seen = [pictures.draw(SIZE, self.rng(f"picture {index}")) for index in range(PICTURES)]
        feeds = [network.inputs(peer, picture)[0] for picture in seen]
        # What each tensor of the graph is for each picture, as far as it was looked at.
        self.known = dict(zip(self.model.inputs, map(list, zip(*feeds, strict=True)), strict=True))

    def rng(self, name: str) -> np.random.Generator:
        """Random numbers of one name's own, whatever was drawn before."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])

    def fill(self) -> None:
        """Fill every layer, from the picture to the masks."""
        for layer in self.model.layers:
            if layer.name == "rpn_model":
                self.fill_rpn(layer)
            elif len(layer.weights) == 4:
                self.fill_norm(layer, rows(self.values(layer.input)))
            elif layer.weights:
                self.fill_kernel(layer, rows(self.values(layer.input)))

    def fill_rpn(self, rpn: Any) -> None:
        """Fill the RPN, which all levels share, with what reaches it from all of them."""
        maps = [one for node in range(LEVELS) for one in self.values(rpn.get_input_at(node))]
        self.known[rpn.input] = maps
        for name in ("rpn_conv_shared", "rpn_class_raw", "rpn_bbox_pred"):
            layer = rpn.get_layer(name)
            self.fill_kernel(layer, rows(self.values(layer.input)))

    def values(self, tensor: Any) -> list[np.ndarray]:
        """Return what a tensor of the graph is for each picture, going on from what is known."""
        if tensor not in self.known:
            # Everything before what is known would only be worked out again.
            passed, ahead = {tensor}, [tensor]
            while ahead:
                new = set(ahead.pop().op.inputs) - passed
                passed |= new
                ahead += new - self.known.keys()
            needed = passed & self.known.keys()
            feeds = zip(*(self.known[one] for one in needed), strict=True)
            self.known[tensor] = [
                self.session.run(tensor, dict(zip(needed, feed, strict=True))) for feed in feeds
            ]
        return self.known[tensor]

    def fill_norm(self, layer: Any, seen: np.ndarray) -> None:
        """Set the statistics as they are, scales about 1, less where a block joins its shortcut."""
        rng, width = self.rng(layer.name), seen.shape[-1]
        low, high = (0.2, 0.6) if layer.name.endswith("branch2c") else (0.6, 1.4)
        gamma, beta = rng.uniform(low, high, width), rng.normal(0, 0.2, width)
        self.set(layer, gamma, beta, seen.mean(axis=0), seen.var(axis=0))

    def fill_kernel(self, layer: Any, seen: np.ndarray) -> None:
        """Draw a kernel that gives the wanted spread, and a bias of about a third of it."""
        rng, name = self.rng(layer.name), layer.name
        shape, width = layer.weights[0].shape.as_list(), layer.weights[1].shape[0]
        kernel, bias = rng.standard_normal(shape), 0.3 * rng.standard_normal(width)
        std = STD.get(name, rng.uniform(0.7, 1.4))
        if name in CENTRED:
            made = seen @ kernel.reshape(-1, width)
            mean, scale = made.mean(axis=0), made.std(axis=0)
            std, lift = heights(name, std, (made - mean) / scale + bias)
            self.set(layer, kernel * std / scale, std * (bias + lift - mean / scale))
        else:
            # A transposed kernel is (height, width, out, in), and as wide as its stride: each of
            # its places makes pixels of its own.
            terms = shape[-1] if name == "mrcnn_mask_deconv" else np.prod(shape[:-1])
            self.set(layer, kernel * std / np.sqrt(np.mean(seen**2) * terms), std * bias)

    def set(self, layer: Any, *values: np.ndarray) -> None:
        """Set a layer's variables without a new operation, for which TensorFlow would stop."""
        for variable, value in zip(layer.weights, values, strict=True):
            variable.load(value.astype(np.float32), self.session)


def heights(name: str, std: float, outputs: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the spread of a layer's outputs, given for spread 1, and what lifts the background."""
    lift = np.zeros(outputs.shape[-1])
    if name == "mrcnn_class_logits":
        best = np.sort(outputs, axis=-1)
        std = float(MARGIN / np.median(best[:, -1] - best[:, -2]))
        lift[0] = np.quantile(outputs[:, 1:].max(axis=-1) - outputs[:, 0], BACKGROUND)
    elif name == "rpn_class_raw":
        lift[::2] = RPN_BACKGROUND / std
    return std, lift


def rows(values: list[np.ndarray]) -> np.ndarray:
    """Return what stands in the last axis, one below the other, as float64 (rows, channels)."""
    flat = [value.reshape(-1, value.shape[-1]) for value in values]
    return np.concatenate([one[:: -(-len(one) // ROWS)] for one in flat]).astype(np.float64)
