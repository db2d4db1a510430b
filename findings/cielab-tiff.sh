#!/usr/bin/env bash
# One CIELAB TIFF, three answers: right, tinted, and "bad labq format".
#
# Expected: the pixels of a CIELAB TIFF are colours without any doubt, since they need no profile.
#     A reader that opens the file at all gives these colours.
# What happens: with ImageCms, Pillow is right to a fraction of a step. OpenCV opens the file without
#     a word and shows its white, which is D50, on a screen whose white is D65: a neutral grey comes
#     out brown, 8.5 steps of CIEDE2000 away. libvips, which can compute in CIELAB, refuses the file.
# Versions: Pillow 13.0.0, OpenCV 5.0.0.93, libvips 8.18.7; the file is written by tifffile 2026.3.3.
# Why it matters: retouchers work in Lab and hand on TIFF. 8.5 steps lie between grey and taupe.
# What Colourway does: it reads CIELAB of 8 bits by Pillow, never by OpenCV, and refuses that of 16 bits
#     by name (`unsupported_image`).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check pillow==13.0.0 numpy==2.4.6 \
    opencv-python-headless==5.0.0.93 pyvips==3.2.0 pyvips-binary==8.18.7 tifffile==2026.3.3 \
    coloraide==8.13.1
cd "$work"
"$work/venv/bin/python" - <<'EOF'
import io
import sys

import cv2
import numpy as np
import PIL
import pyvips
import tifffile
from coloraide import Color
from PIL import Image, ImageCms

CLOTHS = {
    "grey": (50, 0, 0),
    "rose": (70, 20, 20),
    "denim": (40, 10, -40),
    "mustard": (80, 5, 60),
    "burgundy": (30, 25, 15),
    "green": (55, -40, 30),
}
EDGE = 16
stored = np.array([[round(l * 2.55), a & 255, b & 255] for l, a, b in CLOTHS.values()], np.uint8)
pixels = stored.repeat(EDGE, axis=0)[None].repeat(EDGE, axis=0)
file = io.BytesIO()
tifffile.imwrite(file, pixels, photometric="cielab")
content = file.getvalue()

with Image.open(io.BytesIO(content)) as picture:
    lab, srgb = ImageCms.createProfile("LAB", 5000), ImageCms.createProfile("sRGB")
    by_pillow = np.asarray(ImageCms.profileToProfile(picture, lab, srgb, outputMode="RGB"))
by_opencv = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
try:
    by_libvips = str(pyvips.Image.new_from_buffer(content, "").colourspace("srgb").getpoint(8, 8))
except pyvips.Error as error:
    by_libvips = f"error: {str(error).splitlines()[-1] or str(error).splitlines()[1].strip()}"


def steps(found, true):
    return Color("srgb", [level / 255 for level in found]).delta_e(true, method="2000")


print("Pillow", PIL.__version__, "OpenCV", cv2.__version__, end=" ")
print("libvips", ".".join(str(pyvips.version(part)) for part in range(3)))
worst_pillow = worst_opencv = 0.0
for number, (name, (l, a, b)) in enumerate(CLOTHS.items()):
    true = Color("lab", [float(stored[number][0]) / 2.55, a, b])
    at = EDGE * number + EDGE // 2
    pillow, opencv = by_pillow[8, at].tolist(), by_opencv[8, at].tolist()
    off_pillow, off_opencv = steps(pillow, true), steps(opencv, true)
    worst_pillow, worst_opencv = max(worst_pillow, off_pillow), max(worst_opencv, off_opencv)
    print(
        f"{name:9} Lab {l} {a} {b}: sRGB is {true.convert('srgb').to_string(hex=True)}, "
        f"Pillow {pillow} off by {off_pillow:.1f}, OpenCV {opencv} off by {off_opencv:.1f}"
    )
print("libvips:", by_libvips)
if worst_pillow > 1 or worst_opencv < 5 or not by_libvips.startswith("error"):
    sys.exit("CHANGED: the three readers no longer give a right, a tinted and no answer.")
print("As recorded: Pillow is right, OpenCV tints, libvips refuses.")
EOF
