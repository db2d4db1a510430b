"""Make the original, written for Keras 2.0 on TensorFlow 1.3, importable on TensorFlow 2.21.

Nothing of its source is changed or copied: the modules that it imports are put in its way, under
the names that it knows. The README says why each one is there.
"""

import os
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType, SimpleNamespace
from typing import Any

ORIGINAL = "0.2"


@dataclass(frozen=True)
class Original:
    """The original, imported: its classes, and the TensorFlow and Keras that it runs on."""

    tf: Any
    keras: Any
    network: type[Any]
    config: type[Any]


def load() -> Original:
    """Import the original; raises RuntimeError where the environment is not the one it needs."""
    try:
        found = version("mrcnn")
    except PackageNotFoundError:
        found = "missing"
    if found != ORIGINAL:
        raise RuntimeError(
            f"mrcnn is {found} here, and {ORIGINAL} is wanted. Make the environment with "
            "bench/peers/setup.sh and start this with its python."
        )
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    tf: Any = import_module("tensorflow.compat.v1")
    tf.disable_v2_behavior()
    tf.logging.set_verbosity(tf.logging.ERROR)
    keras: Any = import_module("tf_keras")
    warnings.filterwarnings("ignore", module="tf_keras")
    sys.modules.update(old_keras(tf, keras) | old_distutils())
    model: Any = import_module("mrcnn.model")
    utils: Any = import_module("mrcnn.utils")
    # TensorFlow 2.21 still carries the names of TensorFlow 1, in a module of their own.
    model.tf = utils.tf = tf
    utils.skimage = old_skimage()
    config: Any = import_module("mrcnn.config")
    return Original(tf, keras, model.MaskRCNN, config.Config)


def old_keras(tf: Any, keras: Any) -> dict[str, Any]:
    """Return the modules of Keras 2.0 that the original imports, by name."""
    engine: Any = ModuleType("keras.engine")
    engine.Layer = layer_of_old(tf, keras)
    engine.saving = old_saving()
    keras.engine = engine
    parts = {f"keras.{name}": getattr(keras, name) for name in ("backend", "layers", "models")}
    return {"keras": keras, "keras.engine": engine, **parts}


def layer_of_old(tf: Any, keras: Any) -> type[Any]:
    """Return a base layer that believes what a subclass says of its output's shape.

    Keras 2.0 took the static shape from `compute_output_shape`; its successor takes it from the
    tensor. The original's heads count on the former: a known number of boxes, an unknown number of
    pictures. With one known picture TimeDistributed would even loop over the boxes one by one.
    """

    class Layer(keras.layers.Layer):
        def __init_subclass__(cls, **words: Any) -> None:
            super().__init_subclass__(**words)
            given: Callable[[Any, list[Any]], Any] = cls.call

            def call(self: Any, inputs: list[Any]) -> Any:
                output = given(self, inputs)
                shape = self.compute_output_shape([tuple(one.shape.as_list()) for one in inputs])
                return tf.placeholder_with_default(output, shape)

            cls.call = call

    return Layer


def old_saving() -> SimpleNamespace:
    """Return Keras 2.0's reader of weights, which took layers where a model is wanted today."""
    now: Any = import_module("tf_keras.src.saving.legacy.hdf5_format")

    def by_name(file: Any, layers: Any) -> None:
        held = list(layers)
        model = SimpleNamespace(
            layers=held,
            _trainable_weights=[],
            _non_trainable_weights=[],
            _flatten_layers=lambda: held,
        )
        now.load_weights_from_hdf5_group_by_name(file, model)

    return SimpleNamespace(load_weights_from_hdf5_group_by_name=by_name)


def old_distutils() -> dict[str, Any]:
    """Return distutils, which left Python with 3.12; the original compares two versions with it."""
    package: Any = ModuleType("distutils")
    package.version = ModuleType("distutils.version")

    def comparable(text: str) -> list[int]:
        return [int(part) for part in text.split(".") if part.isdigit()]

    package.version.LooseVersion = comparable
    return {"distutils": package, "distutils.version": package.version}


def old_skimage() -> SimpleNamespace:
    """Return scikit-image as it was: until 0.15, shrinking did not blur first unless told to.

    It matters for masks, drawn in 28 x 28, of whatever is smaller than that.
    """
    color, reader = import_module("skimage.color"), import_module("skimage.io")
    transform: Any = import_module("skimage.transform")
    resize = partial(transform.resize, anti_aliasing=False)
    return SimpleNamespace(color=color, io=reader, transform=SimpleNamespace(resize=resize))
