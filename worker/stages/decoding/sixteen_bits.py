"""Pictures of more than 8 bits a channel, scaled to 8.

Pillow keeps 16-bit grey as it is and clips it when it is converted; of 16-bit colour it keeps the
upper byte only. Both are scaled here so that 65535 becomes 255, to the nearest level.
"""

from typing import Any, Final, cast

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

Table = npt.NDArray[np.uint8]

_BITS, _PHOTOMETRIC = 258, 262
_WHITE_IS_ZERO: Final = 0
_COLOUR_LAYOUTS: Final = tuple(
    f"{bands};16{order}" for bands in ("RGB", "RGBA") for order in ("B", "L", "N")
)


def scale(levels: npt.NDArray[np.uint16], most: int = 65535) -> npt.NDArray[np.uint8]:
    """Scale 0..``most`` to 0..255, to the nearest level: uint16 to uint8 of the same shape."""
    return ((levels.astype(np.uint32) * 255 + most // 2) // most).astype(np.uint8)


def _coded(levels: npt.NDArray[np.uint16], table: Table | None) -> npt.NDArray[np.uint8]:
    return scale(levels) if table is None else table.take(levels, mode="clip")


def is_sixteen_bit_grey(picture: Image.Image) -> bool:
    """Whether the picture is grey with 16 bits a pixel."""
    return picture.mode.startswith("I;16")


def is_sixteen_bit_colour(picture: Image.Image) -> bool:
    """Whether an opened, not yet loaded picture is RGB or RGBA with 16 bits a channel."""
    tiles = cast("list[Any]", getattr(picture, "tile", []))
    if not tiles or picture.mode not in ("RGB", "RGBA"):
        return False
    layout = tiles[0].args if isinstance(tiles[0].args, str) else tiles[0].args[0]
    return layout in _COLOUR_LAYOUTS


def eight_bit_grey(picture: Image.Image, table: Table | None = None) -> Image.Image:
    """Scale 16-bit grey, by ``table`` if there is one, and 12-bit grey of a TIFF.

    Returns:
        A picture of mode "L", or "LA" where one level is declared transparent.
    """
    levels = np.asarray(picture).astype(np.uint16)
    tags = cast("dict[int, Any]", getattr(picture, "tag_v2", {}))
    if tags.get(_BITS) == (12,):
        levels = (levels.astype(np.uint32) * 65535 // 4095).astype(np.uint16)
    if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:  # Pillow inverts this at 8 bits only
        levels = 65535 - levels
    scaled = Image.fromarray(_coded(levels, table))
    transparent = picture.info.get("transparency")
    if isinstance(transparent, int):
        scaled.putalpha(Image.fromarray(np.where(levels == transparent, 0, 255).astype(np.uint8)))
    scaled.info = {k: v for k, v in picture.info.items() if k != "transparency"}
    return scaled


def eight_bit_colour(
    picture: Image.Image, content: bytes, table: Table | None = None
) -> Image.Image:
    """Decode RGB or RGBA of 16 bits, or of an AVIF's 10 or 12, with OpenCV and scale it.

    Args:
        picture: the same picture as opened by Pillow, for its profile, its orientation and the
            colour that it declares transparent.
        content: the file.
        table: uint8 (2 ** bits,), the levels of 8 bits for those of the file, where they are not
            evenly spaced.

    Returns:
        A picture of mode "RGB" or "RGBA".

    Raises:
        ValueError: OpenCV cannot read the file.
    """
    levels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if levels is None or levels.dtype != np.uint16:
        raise ValueError("its 16-bit channels cannot be read")
    if levels.ndim == 2:  # a grey AVIF
        levels = levels[..., None].repeat(3, axis=2)
    order = [2, 1, 0, 3][: levels.shape[2]]
    scaled = from_levels(cast("npt.NDArray[np.uint16]", levels[..., order]), picture, table)
    # OpenCV has turned a TIFF already, and leaves the others to us.
    kept = ("icc_profile",) if picture.format == "TIFF" else ("icc_profile", "exif")
    scaled.info = {k: v for k, v in picture.info.items() if k in kept}
    return scaled


def from_levels(
    levels: npt.NDArray[np.uint16], picture: Image.Image, table: Table | None = None
) -> Image.Image:
    """Scale uint16 (H, W, 3 or 4) to a picture of mode "RGB" or "RGBA", without any ``info``.

    Args:
        levels: the samples, alpha last and straight.
        picture: what they belong to; the colour that it declares transparent becomes so.
    """
    scaled = Image.fromarray(_coded(levels[..., :3], table))
    transparent = picture.info.get("transparency")
    if isinstance(transparent, tuple):
        alpha = np.where((levels[..., :3] == transparent).all(-1), 0, 255).astype(np.uint8)
        scaled.putalpha(Image.fromarray(alpha))
    elif levels.shape[2] == 4:
        most = 65535 if table is None else len(table) - 1
        scaled.putalpha(Image.fromarray(scale(levels[..., 3], most)))
    return scaled
