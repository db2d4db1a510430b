#!/usr/bin/env bash
# Keras on OpenVINO shrinks a label map by other pixels than Keras on TensorFlow.
#
# Expected: keras.ops.image.resize(..., interpolation="nearest") gives the same labels on every
#     backend; shrunk to a third, each block of 3 x 3 gives its middle pixel.
# What happens: on TensorFlow it gives the middle, as Pillow and OpenCV's INTER_NEAREST_EXACT do. On
#     OpenVINO it gives the corner at the lower right: in shrinking, the place is rounded up. Where
#     it is a whole number (even factors) both agree, and so they do in doubling: a test that tries
#     one half and twice the size finds nothing.
# Versions: Keras 3.15.1, OpenVINO 2026.4.1, TensorFlow 2.21.0, Pillow 13.0.0, OpenCV 5.0.0.93.
# Why it matters: the same weights answer by other pixels once they run on OpenVINO, to save the
#     hundreds of megabytes of TensorFlow; a label map moves against its picture, without a word.
# What Colourway does: its networks use "nearest" only to double, where both agree; label maps are
#     scaled by OpenCV.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check keras==3.15.1 openvino==2026.4.1 \
    scipy==1.17.1 numpy==2.4.6 tensorflow-cpu==2.21.0 pillow==13.0.0 \
    opencv-python-headless==5.0.0.93
cd "$work"
cat >resize.py <<'EOF'
import json

import keras
import numpy as np

pairs = ((9, 3), (15, 3), (7, 5), (10, 4), (12, 6), (256, 64), (6, 12))
taken = {}
for before, after in pairs:
    ramp = np.arange(before, dtype=np.float32).reshape(1, 1, before, 1)
    row = keras.ops.image.resize(ramp, (1, after), interpolation="nearest")
    taken[f"{before} to {after}"] = keras.ops.convert_to_numpy(row).ravel().astype(int).tolist()
labels = np.zeros((1, 9, 9, 1), np.float32)
labels[0, 1::3, 1::3] = 7  # the middle of every block of 3 x 3
small = keras.ops.image.resize(labels, (3, 3), interpolation="nearest")
taken["labels"] = keras.ops.convert_to_numpy(small)[0, ..., 0].astype(int).tolist()
print(json.dumps(taken))
EOF
for backend in tensorflow openvino; do
    KERAS_HOME=$work KERAS_BACKEND=$backend TF_CPP_MIN_LOG_LEVEL=3 "$work/venv/bin/python" resize.py \
        2>$backend.log | tail -n 1 >$backend.json || { tail -n 5 $backend.log; exit 1; }
done
"$work/venv/bin/python" - <<'EOF'
import json
import sys
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

packages = ("keras", "openvino", "tensorflow-cpu", "pillow", "opencv-python-headless")
print(*(f"{package} {version(package)}" for package in packages), sep=", ")
tensorflow = json.loads(Path("tensorflow.json").read_text())
openvino = json.loads(Path("openvino.json").read_text())
for change, taken in tensorflow.items():
    if change == "labels":
        continue
    before, after = map(int, change.split(" to "))
    ramp = np.arange(before, dtype=np.uint8)[None]
    others = (
        np.asarray(Image.fromarray(ramp).resize((after, 1), Image.Resampling.NEAREST))[0].tolist(),
        cv2.resize(ramp, (after, 1), interpolation=cv2.INTER_NEAREST_EXACT)[0].tolist(),
    )
    print(f"{change}: TensorFlow {taken[:6]}, OpenVINO {openvino[change][:6]}, Pillow {others[0][:6]}")
    if any(taken != other for other in others):
        sys.exit("CHANGED: Keras on TensorFlow no longer takes the pixel in the middle.")
print("blocks with a 7 in the middle, shrunk: TensorFlow", tensorflow["labels"], end=", ")
print("OpenVINO", openvino["labels"])
differ = {change for change in tensorflow if tensorflow[change] != openvino[change]}
if differ != {"9 to 3", "15 to 3", "7 to 5", "10 to 4", "labels"}:
    sys.exit(f"CHANGED: the backends now differ in {sorted(differ) or 'nothing'}.")
print("As recorded: shrunk by anything but an even factor, OpenVINO takes other pixels.")
EOF
