#!/usr/bin/env bash
# A 16-bit planar TIFF: Pillow reads it rightly if it is compressed, wrongly if it is not.
#
# Expected: compression without loss changes no pixel. (What is "planar": the file holds a whole
#     plane of red, then one of green, then one of blue; Photoshop calls it "per channel".)
# What happens: compressed, the planes go through libtiff and the colours are right. Uncompressed,
#     Pillow reads each plane with its own reader as if it had 8 bits a sample: every sample becomes
#     two pixels, its low byte and its high byte, every row becomes two rows, and the half of the
#     picture that no longer fits is lost. There is no error and no warning; size and mode are those
#     of the good picture. libvips reads both alike.
# Versions: Pillow 13.0.0; against libvips 8.18.7; the files are written by tifffile 2026.3.3.
# Why it matters: the picture becomes stripes of two colours, one of which is noise. The garment's
#     shape, share and colour are made up, and nothing looks like a failure.
# What Colourway does: it reads the tags itself. Uncompressed planes of 16 bits it puts together
#     itself, those that are compressed it leaves to Pillow, and other planar kinds it refuses by name.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check pillow==13.0.0 numpy==2.4.6 \
    pyvips==3.2.0 pyvips-binary==8.18.7 tifffile==2026.3.3 imagecodecs==2026.3.6
cd "$work"
"$work/venv/bin/python" - <<'EOF'
import io
import sys

import numpy as np
import PIL
import pyvips
import tifffile
from PIL import Image

LEVELS = (50000, 10000, 20000)  # one even colour: 0xC350, 0x2710, 0x4E20
HEIGHT, WIDTH = 24, 32
RIGHT = tuple(level >> 8 for level in LEVELS)
LOW = tuple(level & 255 for level in LEVELS)
planes = np.stack([np.full((HEIGHT, WIDTH), level, np.uint16) for level in LEVELS])

print(f"Pillow {PIL.__version__}, libvips {'.'.join(str(pyvips.version(i)) for i in range(3))}")
print(f"stored everywhere: {LEVELS} of 65535, which is {RIGHT} of 255")
found = {}
for compression in (None, "zlib", "lzw"):
    file = io.BytesIO()
    tifffile.imwrite(
        file, planes, photometric="rgb", planarconfig="separate", compression=compression
    )
    with Image.open(io.BytesIO(file.getvalue())) as picture:
        picture.load()
        row = [picture.getpixel((x, 5)) for x in range(WIDTH)]
    libvips = pyvips.Image.new_from_buffer(file.getvalue(), "")
    found[compression] = row
    print(
        f"compression {compression}: Pillow {picture.mode} {picture.size}, row 5 begins "
        f"{row[0]} {row[1]} {row[2]} {row[3]}; libvips {tuple(map(int, libvips.getpoint(9, 5)))}"
    )
    if tuple(libvips.getpoint(9, 5)) != LEVELS:
        sys.exit("CHANGED: libvips no longer reads the stored colour.")
if found["zlib"] != [RIGHT] * WIDTH or found["lzw"] != [RIGHT] * WIDTH:
    sys.exit("CHANGED: Pillow no longer reads the compressed files rightly.")
if found[None] != [LOW, RIGHT] * (WIDTH // 2):
    sys.exit("CHANGED: Pillow no longer makes two pixels of each uncompressed sample.")
print("As recorded: compressed it is right; uncompressed, low and high bytes lie side by side.")
EOF
