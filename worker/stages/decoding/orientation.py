"""Which way up a picture is: EXIF alone says so.

Pillow's ``getexif()`` looks into the XMP text where EXIF says nothing. Editors leave stale words
there, and no other viewer heeds them.
"""

from typing import Final, cast

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]

_ORIENTATION: Final = 0x0112
_XMP: Final = ("xmp", "XML:com.adobe.xmp")


def forget_xmp(picture: Image.Image) -> None:
    """Take the XMP text from an opened picture, so that Pillow turns no TIFF by it."""
    for key in _XMP:
        picture.info.pop(key, None)


def orientation_of(picture: Image.Image) -> int:
    """Return what EXIF says, 1..8 or nonsense; 1 where it says nothing or cannot be read.

    Pillow turns a TIFF by its tag when it loads it: to such a picture this says 1. Of an AVIF it
    writes the turn that the container asks for into EXIF.
    """
    told = cast("bytes | None", picture.info.get("exif"))
    if told is None:
        return 1
    exif = Image.Exif()
    try:
        exif.load(told)
        value = exif.get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001  # broken EXIF raises anything and must not cost the picture
        return 1
    return value if isinstance(value, int) else 1


def turn(pixels: Pixels, orientation: int) -> Pixels:
    """Turn a picture upright.

    Args:
        pixels: uint8 (H, W) or (H, W, C) as stored.
        orientation: EXIF orientation; 1..8, anything else counts as 1.

    Returns:
        The same, (W, H) for orientations 5..8; maybe a view.
    """
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels
