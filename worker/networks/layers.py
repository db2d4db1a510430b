"""Layers that the networks are built from, on any Keras backend.

The networks are free of batch statistics: batch norm is slow in bfloat16 on a CPU, behaves
differently in training and inference, and suffers from small batches. Weight-standardised
convolutions and residual branches with a learned, small gain take its place (Brock, De and
Smith, "Characterizing signal propagation to close the performance gap in unnormalized ResNets",
ICLR 2021).
"""

from typing import Any, Final

import keras

from worker.networks.tensors import ops

# Variance of relu(x) for x ~ N(0, 1) is (1 - 1/pi) / 2; its inverse root keeps variance at one.
RELU_GAIN: Final = 1.7139588594436646


class ScaledConv2D(keras.layers.Layer):
    """Convolution whose kernel is standardised per output channel, with a gain and a bias.

    Input (B, H, W, C_in), output (B, ceil(H/strides), ceil(W/strides), filters). With ``relu``
    the input passes a ReLU first, and the kernel makes up for the variance that it takes.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int,
        *,
        strides: int = 1,
        relu: bool = False,
        bias_start: float = 0.0,
        gain_start: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.relu = relu
        self.bias_start = bias_start
        self.gain_start = gain_start

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the kernel, kept in float32 for its statistics whatever the compute dtype."""
        channels = int(input_shape[-1] or 0)
        fan_in = self.kernel_size * self.kernel_size * channels
        # The scale of a standardised kernel changes nothing but how far one optimiser step goes:
        # too large a start, and the network hardly learns.
        self.kernel = self.add_weight(
            name="kernel",
            shape=(self.kernel_size, self.kernel_size, channels, self.filters),
            initializer=keras.initializers.RandomNormal(stddev=fan_in**-0.5),
            autocast=False,
        )
        self.gain = self.add_weight(
            name="gain",
            shape=(self.filters,),
            initializer=keras.initializers.Constant(self.gain_start),
            autocast=False,
        )
        self.bias = self.add_weight(
            name="bias",
            shape=(self.filters,),
            initializer=keras.initializers.Constant(self.bias_start),
        )
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        """Convolve with the standardised kernel."""
        axes = (0, 1, 2)
        centred = self.kernel - ops.mean(self.kernel, axis=axes, keepdims=True)
        fan_in = self.kernel_size * self.kernel_size * int(self.kernel.shape[2])
        gain = self.gain * RELU_GAIN if self.relu else self.gain
        scale = gain / ops.sqrt(ops.mean(ops.square(centred), axis=axes) * fan_in + 1e-4)
        kernel = ops.cast(centred * scale, self.compute_dtype)
        signal = ops.relu(inputs) if self.relu else inputs
        outputs = ops.conv(signal, kernel, strides=self.strides, padding="same")
        return add_bias(outputs, self.bias)


def add_bias(inputs: Any, bias: Any) -> Any:
    """Add a number to each channel, (B, H, W, C) and (C,).

    TensorFlow makes one operation of a convolution, this addition and the ReLU after it, but only
    of an addition that it knows for a bias.
    """
    if keras.backend.backend() != "tensorflow":
        return inputs + bias
    import tensorflow as tf  # noqa: PLC0415  # only where it is the backend

    return tf.nn.bias_add(inputs, tf.convert_to_tensor(bias))


class ChannelGain(keras.layers.Layer):
    """A learned factor for each channel; starts small so that a deep stack starts near identity."""

    def __init__(self, start: float = 0.2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.start = start

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the factors."""
        self.gain = self.add_weight(
            name="gain",
            shape=(input_shape[-1],),
            initializer=keras.initializers.Constant(self.start),
        )
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        """Multiply."""
        return inputs * self.gain


def residual_block(inputs: Any, name: str) -> Any:
    """Two 3x3 convolutions beside a shortcut; shape unchanged."""
    filters = int(inputs.shape[-1])
    branch = ScaledConv2D(filters, 3, relu=True, name=f"{name}_conv1")(inputs)
    branch = ScaledConv2D(filters, 3, relu=True, name=f"{name}_conv2")(branch)
    return inputs + ChannelGain(name=f"{name}_gain")(branch)


def upsample2x(inputs: Any) -> Any:
    """Nearest-neighbour doubling of height and width."""
    size = 2 * int(inputs.shape[1]), 2 * int(inputs.shape[2])
    return ops.image.resize(inputs, size, "nearest", data_format="channels_last")


def depth_to_space2x(inputs: Any) -> Any:
    """Turn (B, H, W, 4·C) into (B, 2·H, 2·W, C), block order row, column, channel."""
    return ops.depth_to_space(inputs, 2, data_format="channels_last")
