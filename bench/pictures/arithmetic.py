"""How much arithmetic the networks do for one picture, layer by layer.

Counts the multiplications of the graph that the pipeline runs: convolutions, dense layers and the
pooling of regions. One multiplication with its addition is two operations (FLOP).
usage: python -m bench.pictures.arithmetic [--layers]
"""

import math
import sys
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final, cast

import tensorflow as tf

from worker.imaging.palette import PALETTE
from worker.networks.mask_rcnn.config import PERSON
from worker.networks.mask_rcnn.network import MaskRcnn
from worker.networks.pix2pix.generator import (
    GeneratorConfig,
    build_generator,
    compile_outfit_painter,
)

Graph = tuple[Callable[..., Any], tuple[int, int], tuple[int, ...]]
"""What is compiled, its canvas, and the lengths of the rows of numbers that go with a canvas."""

GROUPS: Final = {"Conv2D": "convolution", "DepthwiseConv2dNative": "depthwise"}
SMALLEST: Final = 0.01  # GFLOP of a layer that --layers prints


def main(arguments: list[str]) -> int:
    """Print a table; with ``--layers`` every layer of more than 10 MFLOP."""
    networks: dict[str, Graph] = {
        "person network": (MaskRcnn(PERSON).find_subject, PERSON.size_hw, (4,)),
        "generator": (
            compile_outfit_painter(build_generator(GeneratorConfig()), PALETTE).function,
            GeneratorConfig.size_hw,
            (),
        ),
    }
    print(
        f"{'network':20}{'canvas':>10}{'convolution':>13}{'depthwise':>11}{'other':>8}{'GFLOP':>8}"
    )
    for name, (function, size_hw, rows) in networks.items():
        layers = _operations(function, size_hw, rows)
        sums: dict[str, float] = defaultdict(float)
        for kind, _, operations in layers:
            sums[GROUPS.get(kind, "other")] += operations / 1e9
        parts = f"{sums['convolution']:13.2f}{sums['depthwise']:11.2f}{sums['other']:8.2f}"
        canvas = f"{size_hw[0]}x{size_hw[1]}"
        print(f"{name:20}{canvas:>10}{parts}{sum(sums.values()):8.2f}")
        if "--layers" in arguments:
            for kind, layer, operations in layers:
                if operations / 1e9 > SMALLEST:
                    print(f"    {operations / 1e9:6.3f}  {kind:22} {layer}")
    return 0


def _operations(
    function: Callable[..., Any], size_hw: tuple[int, int], rows: tuple[int, ...]
) -> list[tuple[str, str, int]]:
    """Kind, name and operations of every node that multiplies, for one picture."""
    signature = [tf.TensorSpec((1, *size_hw, 3), tf.uint8)]
    signature += [tf.TensorSpec((1, length), tf.float32) for length in rows]
    traced = cast("Any", tf.function)(function, input_signature=signature, autograph=False)
    nodes = cast("list[Any]", traced.get_concrete_function().graph.get_operations())
    counted = [(str(node.type), str(node.name), _count(node)) for node in nodes]
    return [row for row in counted if row[2]]


def _count(node: Any) -> int:
    shapes = [list(tensor.shape) for tensor in (*node.inputs, *node.outputs)]
    if node.type in ("Conv2D", "DepthwiseConv2dNative"):
        kernel, output = shapes[1], shapes[-1]
        inputs = kernel[2] if node.type == "Conv2D" else 1
        return 2 * math.prod(output) * kernel[0] * kernel[1] * inputs
    if node.type in ("MatMul", "BatchMatMulV2"):
        transposed = node.get_attr("transpose_a" if node.type == "MatMul" else "adj_x")
        return 2 * math.prod(shapes[-1]) * shapes[0][-2 if transposed else -1]
    if node.type == "Einsum":
        return _einsum(node.get_attr("equation").decode(), shapes[:-1])
    return 0


def _einsum(equation: str, shapes: list[list[int]]) -> int:
    sizes: dict[str, int] = {}
    for term, shape in zip(equation.split("->", maxsplit=1)[0].split(","), shapes, strict=True):
        sizes |= dict(zip(term, shape, strict=True))
    return 2 * math.prod(sizes.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
