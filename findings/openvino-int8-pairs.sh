#!/usr/bin/env bash
# OpenVINO's int8 convolutions add wrongly on processors without VNNI, but only neighbours in pairs.
#
# Expected: a convolution of bytes gives the sum of its products, on every processor.
# What happens: where the processor has AVX2 and no VNNI, products of inputs 0 and 1, 2 and 3 and so
#     on are first added in 16 bits. Two weights of 127 that meet inputs of 255 give 32,767 and not
#     64,770, without a word. Inputs 1 and 2 never meet: they are added rightly. So are two weights
#     that add up to 128 at most. NNCF's remedy (OverflowFix.ENABLE, 3.4.0) halves every weight of
#     the network instead, which takes a bit of precision from all.
# Versions: OpenVINO 2026.4.1 (oneDNN inside).
# How to see it on a newer processor: ONEDNN_MAX_CPU_ISA=AVX2, oneDNN's, which OpenVINO obeys.
# Why it matters: the same quantised network answers otherwise on a cheaper machine of one fleet.
# What Colourway does: widens ranges channel by channel until no pair adds up to more than 128, by a
#     quarter in the mean (worker/networks/openvino/overflow.py): the same bytes everywhere.
set -euo pipefail
if [ "$(uname -m)" != x86_64 ]; then
    echo "This is about x86-64; this machine is $(uname -m)." >&2
    exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check openvino==2026.4.1 numpy==2.4.6
cd "$work"
cat >pairs.py <<'EOF'
"""One int8 convolution of 1 x 1 by each row of weights; every input is 255."""

import sys
from importlib.metadata import version

import numpy as np
import openvino as ov
from openvino import opset13 as op

INPUTS = 64
CASES = {
    "127 at inputs 0 and 1": {0: 127, 1: 127},
    "127 at inputs 1 and 2": {1: 127, 2: 127},
    "127 at inputs 0 and 2": {0: 127, 2: 127},
    "127 at inputs 6 and 7": {6: 127, 7: 127},
    "127 and 1 at inputs 0 and 1": {0: 127, 1: 1},
    "127 and 2 at inputs 0 and 1": {0: 127, 1: 2},
    "-127 at inputs 0 and 1": {0: -127, 1: -127},
    "127 and -127 at inputs 0 and 1": {0: 127, 1: -127},
}


def answers() -> np.ndarray:
    """Outputs of all cases, in whole products of 255."""
    weights = np.zeros((len(CASES), INPUTS, 1, 1), np.float32)
    for row, case in enumerate(CASES.values()):
        for channel, weight in case.items():
            weights[row, channel] = weight
    photo = op.parameter([1, INPUTS, 8, 8], np.float32)
    edges = [op.constant(np.float32(each)) for each in (0, 255, 0, 255)]
    bytes_in = op.fake_quantize(photo, *edges, 256)
    edges = [op.constant(np.full((len(CASES), 1, 1, 1), each, np.float32)) for each in (-127, 127)]
    bytes_of_weights = op.fake_quantize(op.constant(weights), *edges, *edges, 255)
    sums = op.convolution(bytes_in, bytes_of_weights, [1, 1], [0, 0], [0, 0], [1, 1])
    options = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
    model = ov.compile_model(ov.Model([sums], [photo]), "CPU", options)
    found = model([np.full((1, INPUTS, 8, 8), 255, np.float32)])[0]
    return found[0, :, 4, 4]


print("OpenVINO", version("openvino"))
wrong = []
for (name, case), found in zip(CASES.items(), answers(), strict=True):
    exact = 255 * sum(case.values())
    print(f"{name}: {found:.0f}, exactly {exact}")
    if abs(found - exact) > 1:
        wrong.append(name)
expected = [
    "127 at inputs 0 and 1",
    "127 at inputs 6 and 7",
    "127 and 2 at inputs 0 and 1",
    "-127 at inputs 0 and 1",
]
if wrong != expected:
    sys.exit(f"CHANGED: wrong sums are now those of {wrong or 'nothing'}.")
print("As recorded: pairs that begin with an even input end at 32,767; no others do.")
EOF
ONEDNN_MAX_CPU_ISA=AVX2 "$work/venv/bin/python" pairs.py
