"""Keras' operations, typed as what they are: tensors of whichever backend runs.

Type checkers infer ``None`` for many functions of ``keras.ops``, since each has a branch for
symbolic tensors; here they are ``Any``, and shapes and dtypes stand in our docstrings instead.
"""

from typing import Any, Final

import keras

ops: Final[Any] = keras.ops
"""``keras.ops``."""
