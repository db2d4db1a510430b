#!/usr/bin/env bash
# Keras takes a dense tensor for a sparse one once a model multiplies it by a number.
#
# Expected: in a functional model photo * 0.3 is as dense as photo.
# What happens: the symbolic tensor says sparse=True. What has no such attribute, as a number or a
#     concrete tensor, counts as sparse when a product is described, and a product of dense and sparse
#     counts as sparse. photo / 3, photo + 0.3 and photo * photo stay dense. A layer of one's own
#     whose call holds a convolution is then traced with a SparseTensor: on TensorFlow a TypeError
#     says that the output's shape cannot be inferred, and names neither the product nor what is
#     sparse about it. Run on numbers, the same layer works on the same product.
# Versions: Keras 3.15.1, TensorFlow 2.21.0.
# Why it matters: a model that scales a map between two layers cannot be built, and with mixed
#     precision it can, since a cast in between says dense again: who trains in bfloat16 and loads in
#     float32 meets the error with the finished weights.
# What Colourway does: factors stand inside of layers, as gains of its convolutions; a test builds each
#     network in both precisions.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check keras==3.15.1 tensorflow-cpu==2.21.0
cd "$work"
cat > scaled.py <<'PYTHON'
from importlib.metadata import version

import keras
import numpy as np
from keras import ops


class Summed(keras.layers.Layer):
    """A convolution of 1 x 1 that adds up channels."""

    def call(self, inputs):
        ones = ops.ones((1, 1, inputs.shape[-1], 1), dtype=self.compute_dtype)
        return ops.conv(inputs, ones)


def built(tensor, precision):
    keras.mixed_precision.set_dtype_policy(precision)
    try:
        Summed()(tensor)
        return "built"
    except TypeError:
        return "TypeError"


print("Keras", version("keras"), "TensorFlow", version("tensorflow-cpu"))
photo = keras.Input((4, 4, 3))
made = {
    "photo": photo,
    "photo * 0.3": photo * 0.3,
    "photo / 3": photo / 3,
    "photo + 0.3": photo + 0.3,
    "photo * photo": photo * photo,
}
for name, tensor in made.items():
    print(f"{name}: sparse={tensor.sparse},", built(tensor, "float32"))
print("photo * 0.3 in mixed_bfloat16:", built(made["photo * 0.3"], "mixed_bfloat16"))
keras.mixed_precision.set_dtype_policy("float32")
print("numbers * 0.5:", float(ops.sum(Summed()(ops.convert_to_tensor(np.ones((1, 1, 1, 3), "f4")) * 0.5))))
PYTHON
"$work/venv/bin/python" scaled.py 2>/dev/null | tee seen
cat > expected <<'TEXT'
photo: sparse=False, built
photo * 0.3: sparse=True, TypeError
photo / 3: sparse=False, built
photo + 0.3: sparse=False, built
photo * photo: sparse=False, built
photo * 0.3 in mixed_bfloat16: built
numbers * 0.5: 1.5
TEXT
if ! tail -n +2 seen | cmp -s - expected; then
  echo "CHANGED: a product with a number is described in another way"
  exit 1
fi
