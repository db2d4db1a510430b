#!/usr/bin/env bash
# OpenCV 5 writes text in two weights: a thicker text no longer lies around a thinner one.
#
# Expected: putText's `thickness` is that "of the lines used to draw a text", so the same text in
#     black, 8 thick, below white, 1 thick, gives white letters with a black outline, which is how
#     numbers and captions are kept legible on photos; OpenCV 4 does so.
# What happens: OpenCV 5 sets a TrueType face that is built in, also for FONT_HERSHEY_SIMPLEX.
#     Thickness 1 is its regular weight, and 2, 3, 4, 8, all of them, are the same pixels in bold.
#     Bold letters are wider, not outlined: of a white text over its black self nothing black is
#     left of the first letter, above, or below. getTextSize tells a baseline of 0 and other sizes.
# Versions: opencv-python-headless 5.0.0.93, and 4.14.0.94 beside it.
# Why it matters: labels on pictures become illegible where the picture is as light as the text, with
#     no error, after an upgrade.
# What Colourway does: numbers on sheets to label photos by stand in a filled black box
#     (worker/training/by_eye/sheet.py); a test holds that they are white on black.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/draw.py" <<'EOF'
import json

import cv2
import numpy as np

FONT, PLACE = cv2.FONT_HERSHEY_SIMPLEX, (30, 50)


def text(colour, thickness, onto):
    cv2.putText(onto, "42", PLACE, FONT, 1.0, colour, thickness, cv2.LINE_AA)
    return onto


def white(thickness):
    return text(255, thickness, np.zeros((80, 140), np.uint8)) > 0


pixels = {str(thick): int(white(thick).sum()) for thick in (1, 2, 3, 4, 8)}
outlined = text(255, 1, text(0, 8, np.full((80, 140), 128, np.uint8)))
rows, columns = np.nonzero(white(1))
black = outlined < 64
print(json.dumps({
    "version": cv2.__version__,
    "pixels": pixels,
    "black left of, above and below the white": [
        int(black[:, : columns.min() - 1].sum()),
        int(black[: rows.min() - 1].sum()),
        int(black[rows.max() + 2 :].sum()),
    ],
    "size": cv2.getTextSize("42", FONT, 1.0, 1),
}))
EOF
for version in 4.14.0.94 5.0.0.93; do
    python3 -m venv "$work/$version"
    "$work/$version/bin/pip" install -q --disable-pip-version-check \
        opencv-python-headless=="$version" numpy==2.4.6
    "$work/$version/bin/python" "$work/draw.py" | tee "$work/$version.json"
done
python3 - "$work/4.14.0.94.json" "$work/5.0.0.93.json" <<'EOF'
import json
import sys

four, five = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:])
SIDES = "black left of, above and below the white"
grown = list(four["pixels"].values())
if grown != sorted(set(grown)) or min(four[SIDES]) == 0:
    sys.exit("CHANGED: OpenCV 4 no longer writes each thickness thicker, around the thinner one.")
weights = list(five["pixels"].values())
if len(set(weights)) != 2 or len(set(weights[1:])) != 1:
    sys.exit("CHANGED: OpenCV 5 now writes more than two weights.")
if five[SIDES] != [0, 0, 0]:
    sys.exit("CHANGED: OpenCV 5's thicker text now lies around the thinner one.")
print("As recorded: thickness 2 to 8 are one bold weight in OpenCV 5, and outline nothing.")
EOF
