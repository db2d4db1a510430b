#!/usr/bin/env bash
# Pillow turns a picture by a word in its XMP text.
#
# Expected: a picture's orientation is a field of its EXIF block. XMP has a copy of it, for editors;
#     a picture without EXIF is shown as it is stored.
# What happens: Image.getexif() looks for "tiff:Orientation" in the XMP text where EXIF says nothing,
#     and answers as if EXIF had said it. ImageOps.exif_transpose() then turns the picture, and a
#     TIFF is turned when it is loaded, without being asked. OpenCV and libvips leave all of them as
#     they are: the same file lies on its side in one program and stands in the other.
# Versions: Pillow 13.0.0; against OpenCV 5.0.0.93 and libvips 8.18.7.
# Why it matters: an editor that turns the pixels, and clears EXIF but not XMP, is enough. Then a
#     person is looked for in a picture that lies on its side.
# What Colourway does: it reads the orientation from the EXIF block itself, takes the XMP text away
#     before Pillow loads a TIFF, and tells OpenCV to turn nothing: XMP turns no picture.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check pillow==13.0.0 numpy==2.4.6 \
    opencv-python-headless==5.0.0.93 pyvips==3.2.0 pyvips-binary==8.18.7
cd "$work"
"$work/venv/bin/python" - <<'EOF'
import io
import sys

import cv2
import numpy as np
import PIL
import pyvips
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>'
    "</rdf:RDF></x:xmpmeta>"
)
in_png = PngInfo()
in_png.add_itxt("XML:com.adobe.xmp", XMP)
WAYS = {
    "JPEG": {"xmp": XMP.encode()},
    "WEBP": {"xmp": XMP.encode()},
    "AVIF": {"xmp": XMP.encode()},
    "PNG": {"pnginfo": in_png},
    "TIFF": {"tiffinfo": {700: XMP.encode()}},
}

print("Pillow", PIL.__version__, "OpenCV", cv2.__version__)
print("stored in every file: 40 x 20 pixels, no EXIF, and tiff:Orientation=6 in XMP")
changed = []
for form, options in WAYS.items():
    file = io.BytesIO()
    Image.new("RGB", (40, 20), (180, 30, 40)).save(file, form, **options)
    content = file.getvalue()
    with Image.open(io.BytesIO(content)) as picture:
        has_exif = "exif" in picture.info
        said = picture.getexif().get(274)
        if form == "TIFF":
            picture.load()  # turns it, and forgets why
        by_pillow = ImageOps.exif_transpose(picture).size
    height, width = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR).shape[:2]
    upright = pyvips.Image.new_from_buffer(content, "").autorot()
    print(
        f"{form}: EXIF {'yes' if has_exif else 'no'}, getexif() says {said}, upright by Pillow "
        f"{by_pillow}, by OpenCV {(width, height)}, by libvips {(upright.width, upright.height)}"
    )
    others = {(width, height), (upright.width, upright.height)}
    if has_exif or said != 6 or by_pillow != (20, 40) or others != {(40, 20)}:
        changed.append(form)
if changed:
    sys.exit(f"CHANGED: {', '.join(changed)}: Pillow alone no longer turns by the XMP text.")
print("As recorded: Pillow turns all of them, OpenCV and libvips turn none.")
EOF
