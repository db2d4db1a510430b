#!/usr/bin/env bash
# Pylette's median cut gives colours shares of 1/2, 1/4, 1/8, whatever the picture shows.
#
# Expected: a colour's `frequency` is its share of the picture, and a picture of one colour gives one
#     colour (the docstring promises both).
# What happens: with mode="MedianCut" every cut makes two halves of equally many pixels, and the size
#     of these halves is what is told. One flat colour comes five times, as 50 %, 25 %, 12.5 % and
#     twice 6.25 %. Of 40 % navy, 35 % red and 25 % white, three colours asked for, the largest is a
#     plum that no pixel has, and there is no navy: the cut at the middle puts red into its half.
#     k-means, the default, is right.
# Versions: pylette 6.0.0, numpy 2.4.6, Pillow 13.0.0.
# Why it matters: shares decide what a garment's main colour is and whether it is plain. These look
#     like measurements, sum to 1, and tell how often was cut.
# What Colourway does: it counts a histogram of its own. `make bench-colours` sets it beside Pylette
#     among others; docs/colours.md compares the best ways of each, k-means and OKLab here.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check pylette==6.0.0 numpy==2.4.6 \
    pillow==13.0.0 opencv-python==5.0.0.93 scikit-learn==1.9.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'EOF'
import sys
from importlib.metadata import version

import numpy as np
from PIL import Image
from pylette import extract_colors

NAVY, RED, WHITE = (20, 30, 80), (200, 30, 30), (240, 240, 240)


def cloth(*shares):
    """A picture of 100 x 100 pixels in stripes; of each its colour and its width."""
    stripes = [np.full((100, width, 3), colour, np.uint8) for colour, width in shares]
    return Image.fromarray(np.concatenate(stripes, axis=1))


def palette(picture, count, mode):
    colours = extract_colors(picture, palette_size=count, resize=None, mode=mode).colors
    return [(tuple(map(int, colour.rgb[:3])), float(colour.frequency)) for colour in colours]


def show(name, found):
    print(f"{name}:", ", ".join(f"{rgb} {share:.2%}" for rgb, share in found))
    return found


print("pylette", version("pylette"))
flat = show("all navy, median cut, 5 colours", palette(cloth((NAVY, 100)), 5, "MedianCut"))
striped = cloth((NAVY, 40), (RED, 35), (WHITE, 25))
cut = show("40 navy, 35 red, 25 white, median cut, 3", palette(striped, 3, "MedianCut"))
means = show("40 navy, 35 red, 25 white, k-means, 3", palette(striped, 3, "KMeans"))
if flat != [(NAVY, 1 / 2), (NAVY, 1 / 4), (NAVY, 1 / 8), (NAVY, 1 / 16), (NAVY, 1 / 16)]:
    sys.exit("CHANGED: median cut no longer tells one flat colour five times.")
if [share for _, share in cut] != [1 / 2, 1 / 4, 1 / 4]:
    sys.exit("CHANGED: median cut's shares are no longer halves of halves.")
if cut[0][0] in (NAVY, RED, WHITE) or NAVY in {rgb for rgb, _ in cut}:
    sys.exit("CHANGED: median cut's largest colour is now one that is there.")
if [round(share, 2) for _, share in means] != [0.4, 0.35, 0.25]:
    sys.exit("CHANGED: k-means no longer tells the true shares.")
print("As recorded: median cut's shares come from its cuts, those of k-means from the picture.")
EOF
