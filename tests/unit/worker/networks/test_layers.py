"""Layers: exact shapes, standardised kernels, order of sub-pixels."""

import numpy as np
import pytest

from worker.networks.layers import RELU_GAIN, ScaledConv2D, depth_to_space2x, upsample2x


@pytest.mark.parametrize(("strides", "side"), [(1, 9), (2, 5)])
@pytest.mark.parametrize("relu", [False, True])
def test_scaled_convolution_keeps_unit_variance(strides: int, side: int, relu: bool) -> None:
    layer = ScaledConv2D(64, 3, strides=strides, relu=relu)
    inputs = np.random.default_rng(0).normal(size=(16, 9, 9, 32)).astype(np.float32)
    outputs = np.asarray(layer(inputs))
    assert outputs.shape == (16, side, side, 64)
    inner = outputs[:, 1:-1, 1:-1]
    assert 0.8 < inner.var() < 1.25


def test_the_kernel_is_standardised_whatever_its_values() -> None:
    layer = ScaledConv2D(3, 1)
    inputs = np.random.default_rng(1).normal(size=(2, 4, 4, 8)).astype(np.float32)
    before = np.asarray(layer(inputs))
    layer.kernel.assign(layer.kernel * 50.0 + 7.0)
    assert np.allclose(before, np.asarray(layer(inputs)), atol=1e-2)


def test_relu_gain_is_the_root_of_relu_variance() -> None:
    positive = np.maximum(np.random.default_rng(0).normal(size=1_000_000), 0)
    assert abs(positive.std() * RELU_GAIN - 1.0) < 0.01


def test_bias_starts_where_it_is_told() -> None:
    layer = ScaledConv2D(2, 1, bias_start=-4.0)
    assert np.asarray(layer(np.zeros((1, 2, 2, 3), np.float32))).tolist() == [
        [[[-4.0, -4.0]] * 2] * 2
    ]


def test_upsampling_repeats() -> None:
    outputs = np.asarray(upsample2x(np.array([[[[1.0], [2.0]]]], np.float32)))
    assert outputs[0, :, :, 0].tolist() == [[1, 1, 2, 2], [1, 1, 2, 2]]


def test_depth_to_space_orders_row_column_channel() -> None:
    outputs = np.asarray(depth_to_space2x(np.arange(8, dtype=np.float32).reshape(1, 1, 1, 8)))
    assert outputs.tolist() == [[[[0, 1], [2, 3]], [[4, 5], [6, 7]]]]
