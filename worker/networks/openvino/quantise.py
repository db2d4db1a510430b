"""Quantising a model: convolutions in int8, whose ranges real pictures tell.

NNCF measures the ranges and corrects the biases. Source of the scheme: Jacob et al., "Quantization
and training of neural networks for efficient integer-arithmetic-only inference", CVPR 2018.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import nncf
import numpy.typing as npt
from nncf.quantization.advanced_parameters import AdvancedQuantizationParameters, OverflowFix

if TYPE_CHECKING:
    from openvino import Model

_CONVOLUTIONS: Final = frozenset({"Convolution", "GroupConvolution"})
_SHARES: Final = frozenset({"Softmax", "Exp"})
_EXACT: Final = frozenset({"Multiply", "Divide", "Subtract", "MatMul"})
_NO_OPERATION: Final = frozenset({"Constant", "Parameter", "Result"})


def quantise(
    model: "Model", pictures: Sequence[Sequence[npt.NDArray[Any]]], seven_bits: bool
) -> "Model":
    """Give a model whose convolutions compute in int8.

    Args:
        model: takes one picture.
        pictures: inputs of a few hundred pictures, such as it will see.
        seven_bits: all weights take seven bits, not only those of the first layer: with eight,
            sums overflow on processors without VNNI, which then answer differently from others.
    """
    fix = OverflowFix.ENABLE if seven_bits else OverflowFix.FIRST_LAYER
    return nncf.quantize(
        model,
        nncf.Dataset(list(pictures), list),  # pyright: ignore[reportArgumentType]
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=len(pictures),
        ignored_scope=nncf.IgnoredScope(names=_exact(model)),
        advanced_parameters=AdvancedQuantizationParameters(overflow_fix=fix),
    )


def _exact(model: "Model") -> list[str]:
    """Names of the operations that stay as they are.

    What follows the first shares is arithmetic of boxes and colours, in which a small difference
    counts; only convolutions among it are quantised.
    """
    after: set[str] = set()
    exact: list[str] = []
    for each in model.get_ordered_ops():
        name, kind = each.get_friendly_name(), each.get_type_name()
        before = {i.get_source_output().get_node().get_friendly_name() for i in each.inputs()}
        if kind in _SHARES or before & after:
            after.add(name)
        if kind not in _CONVOLUTIONS | _NO_OPERATION and (name in after or kind in _EXACT):
            exact.append(name)
    return exact
