"""Quantising a model: convolutions in int8, whose ranges real pictures tell.

NNCF measures the ranges and corrects the biases. Source of the scheme: Jacob et al., "Quantization
and training of neural networks for efficient integer-arithmetic-only inference", CVPR 2018.
"""

from collections.abc import Sequence
from itertools import dropwhile
from typing import TYPE_CHECKING, Any, Final

import nncf
import numpy.typing as npt
from nncf.quantization.advanced_parameters import AdvancedQuantizationParameters, OverflowFix

# NNCF compresses weights by the same function, and OpenVINO has no other that does.
from openvino._offline_transformations import compress_quantize_weights_transformation

from worker.networks.openvino.overflow import widen_ranges

if TYPE_CHECKING:
    from openvino import Model

_CONVOLUTION: Final = "Convolution"
_DEPTHWISE: Final = "GroupConvolution"
_CONVOLUTIONS: Final = frozenset({_CONVOLUTION, _DEPTHWISE})
_SHARES: Final = frozenset({"Softmax", "Exp"})
_EXACT: Final = frozenset({"Multiply", "Divide", "Subtract", "MatMul"})
_NO_OPERATION: Final = frozenset({"Constant", "Parameter", "Result"})


def quantise(model: "Model", pictures: Sequence[Sequence[npt.NDArray[Any]]]) -> "Model":
    """Give a model whose convolutions compute in int8, without an overflow on any processor.

    Args:
        model: takes one picture.
        pictures: inputs of a few hundred pictures, such as it will see.
    """
    quantised = nncf.quantize(
        model,
        nncf.Dataset(list(pictures), list),  # pyright: ignore[reportArgumentType]
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=len(pictures),
        ignored_scope=nncf.IgnoredScope(names=[*_exact(model), *_first_depthwise(model)]),
        advanced_parameters=AdvancedQuantizationParameters(
            # Its own way against overflow halves all weights: a bit less precision for each.
            overflow_fix=OverflowFix.DISABLE,
            backend_params={"compress_weights": False},
        ),
    )
    widen_ranges(quantised)
    compress_quantize_weights_transformation(quantised)
    return quantised


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


def _first_depthwise(model: "Model") -> list[str]:
    """Names of the first depthwise convolution and the one that it is for.

    Their channels have ranges so different that one scale for all fits few: half of what int8
    loses is lost here.
    """
    convolutions = [op for op in model.get_ordered_ops() if op.get_type_name() in _CONVOLUTIONS]
    rest = dropwhile(lambda op: op.get_type_name() != _DEPTHWISE, convolutions)
    return [op.get_friendly_name() for op, _ in zip(rest, range(2), strict=False)]
