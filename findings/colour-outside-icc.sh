#!/usr/bin/env bash
# Colour that is not told by an ICC profile is told to nobody; and saving writes "sRGB" over it.
#
# Expected: a file that says in its own words which colours its numbers mean (`colr nclx` of AVIF,
#     cICP, gAMA and cHRM of PNG) is converted by readers that convert by ICC, or at least they hand
#     the words on.
# What happens: Pillow, OpenCV and libvips give the numbers as they are, as if they were sRGB. Pillow
#     passes on gAMA and cHRM in `info`, but neither cICP nor nclx; and opened and saved as AVIF, the
#     same numbers get a box that says sRGB: Pillow writes nclx always, and never reads it.
# Versions: Pillow 13.0.0, OpenCV 5.0.0.93, libvips 8.18.7.
# Why it matters: pictures in Display P3 carry nclx instead of a profile where every byte counts. A
#     red is then stored 3 steps of CIEDE2000 too dull, and what is linear 16 steps too dark.
# What Colourway does: it reads nclx, cICP, gAMA and cHRM itself and makes an ICC profile of them, by
#     which littlecms converts (docs/pictures.md).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check pillow==13.0.0 numpy==2.4.6 \
    opencv-python-headless==5.0.0.93 pyvips==3.2.0 pyvips-binary==8.18.7 coloraide==8.13.1
cd "$work"
"$work/venv/bin/python" - <<'EOF'
import io
import struct
import sys
import zlib

import cv2
import numpy as np
import PIL
import pyvips
from coloraide import Color
from PIL import Image

RED, EDGE = (230, 60, 60), 64
SRGB, DISPLAY_P3 = 1, 12  # numbers of primaries, in AVIF and in PNG
P3_CHROMATICITIES = (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)


def png(*chunks):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", EDGE, EDGE, 8, 2, 0, 0, 0))
    rows = chunk(b"IDAT", zlib.compress((b"\0" + bytes(RED) * EDGE) * EDGE))
    words = b"".join(chunk(*pair) for pair in chunks)
    return b"\x89PNG\r\n\x1a\n" + head + words + rows + chunk(b"IEND", b"")


def avif(picture):
    file = io.BytesIO()
    picture.save(file, "AVIF", quality=100, subsampling="4:4:4")
    return file.getvalue()


def primaries(content):
    at = content.index(b"colrnclx") + 8
    return int.from_bytes(content[at : at + 2], "big")


srgb_avif = avif(Image.new("RGB", (EDGE, EDGE), RED))
at = srgb_avif.index(b"colrnclx") + 8
p3_avif = srgb_avif[:at] + DISPLAY_P3.to_bytes(2, "big") + srgb_avif[at + 2 :]
FILES = {
    "AVIF, nclx says Display P3": (p3_avif, "display-p3"),
    "PNG, cICP says Display P3": (png((b"cICP", bytes([DISPLAY_P3, 13, 0, 1]))), "display-p3"),
    "PNG, gAMA and cHRM say P3": (
        png(
            (b"gAMA", struct.pack(">I", 45455)),
            (b"cHRM", struct.pack(">8I", *P3_CHROMATICITIES)),
        ),
        "display-p3",
    ),
    "PNG, gAMA says linear": (png((b"gAMA", struct.pack(">I", 100000))), "srgb-linear"),
}
print(f"Pillow {PIL.__version__}, OpenCV {cv2.__version__}", end=", ")
print(f"libvips {'.'.join(str(pyvips.version(i)) for i in range(3))}; every file holds {RED}")
for name, (content, space) in FILES.items():
    with Image.open(io.BytesIO(content)) as picture:
        told = sorted(set(picture.info) - {"timestamp", "duration"})
        found = {"Pillow": picture.convert("RGB").getpixel((9, 9))}
    decoded = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    found["OpenCV"] = tuple(decoded[9, 9, ::-1].tolist())
    found["libvips"] = tuple(
        map(int, pyvips.Image.thumbnail_buffer(content, EDGE, export_profile="srgb").getpoint(9, 9))
    )
    true = Color(space, [level / 255 for level in RED])
    steps = {
        reader: Color("srgb", [level / 255 for level in rgb]).delta_e(true, method="2000")
        for reader, rgb in found.items()
    }
    print(f"{name}: {found}, info {told}, off by {max(steps.values()):.1f}")
    if any(max(abs(a - b) for a, b in zip(rgb, RED, strict=True)) > 1 for rgb in found.values()):
        sys.exit(f"CHANGED: somebody now converts this: {name}")
    if told != (["chromaticity", "gamma"] if "cHRM" in name else ["gamma"] if "gAMA" in name else []):
        sys.exit(f"CHANGED: Pillow's info now tells something else: {name}")
with Image.open(io.BytesIO(p3_avif)) as picture:
    saved = primaries(avif(picture))
print(f"AVIF opened and saved by Pillow: primaries {primaries(p3_avif)} before, {saved} after")
if (primaries(p3_avif), saved) != (DISPLAY_P3, SRGB):
    sys.exit("CHANGED: Pillow no longer labels a Display P3 picture as sRGB when it saves it.")
print("As recorded: the numbers are passed on as sRGB, and then labelled so.")
EOF
