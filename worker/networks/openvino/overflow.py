"""Weights of eight bits that no processor's sums overflow.

Processors without VNNI multiply bytes in pairs and add the two products in 16 bits, which ends at
32,767: two weights of 127 that meet inputs of 255 make 64,770. Such weights are rare: ranges
need not be twice as wide, as with seven bits, but by a quarter in the mean.
"""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from openvino import Model

Floats = npt.NDArray[np.float32]

MOST: Final = 128
"""What two weights of a pair may add up to: 255 times that fits into 16 bits."""

_PAIR: Final = 2
_FURTHER: Final = 1.004
"""A factor that moves the rounding of weights whose pair is just too large."""


def widen_ranges(model: "Model") -> None:
    """Widen the ranges of quantised weights, channel by channel, until no pair overflows.

    A pair are two inputs next to each other, the first of which has an even number. Depthwise
    convolutions add no products of different inputs.

    Args:
        model: quantised, its weights not yet compressed.
    """
    from openvino import opset13  # noqa: PLC0415 - only where it runs the networks

    for each in model.get_ordered_ops():
        scale = each.input_value(1).get_node() if each.get_type_name() == "Convolution" else None
        if scale is None or scale.get_type_name() != "FakeQuantize":
            continue
        weights, highest = (_constant(scale.input_value(number)) for number in (0, 2))
        factors = factors_for(weights, highest, levels=scale.get_attributes()["levels"])
        for number in range(1, 5):  # the lowest and highest value before and after
            wider = opset13.constant(_constant(scale.input_value(number)) * factors)
            scale.input(number).replace_source_output(wider.output(0))


def factors_for(weights: Floats, highest: Floats, levels: int = 255) -> Floats:
    """By how much to widen the range of each output's weights, 1 or more.

    Args:
        weights: float32 (outputs, inputs, h, w).
        highest: float32 (outputs, 1, 1, 1), the weight that gets the greatest number.
        levels: how many numbers there are.

    Returns:
        float32 (outputs, 1, 1, 1).
    """
    factors = np.ones((len(weights), 1, 1, 1), np.float32)
    while True:
        largest = largest_pairs(_rounded(weights, highest * factors, levels))
        if (largest <= MOST).all():
            return factors
        factors = np.where(
            largest > MOST, factors * np.maximum(largest / MOST, _FURTHER), factors
        ).astype(np.float32)


def largest_pairs(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The largest sum of each output's pairs, without its sign.

    Args:
        numbers: int64 (outputs, inputs, h, w), the weights as they are multiplied.

    Returns:
        int64 (outputs, 1, 1, 1).
    """
    odd = numbers.shape[1] % _PAIR
    even = np.pad(numbers, ((0, 0), (0, odd), (0, 0), (0, 0)))
    sums = np.abs(even[:, ::_PAIR] + even[:, 1::_PAIR])
    return sums.max(axis=(1, 2, 3), keepdims=True)


def _rounded(weights: Floats, highest: Floats, levels: int) -> npt.NDArray[np.int64]:
    half = (levels - 1) // 2
    return np.clip(np.rint(weights / highest * half), -half, half).astype(np.int64)


def _constant(output: Any) -> Floats:
    """The numbers of a constant, by way of whatever only converts them."""
    node = output.get_node()
    while node.get_type_name() != "Constant":
        node = node.input_value(0).get_node()
    return np.array(node.get_data(), np.float32)
