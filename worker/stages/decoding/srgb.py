"""Any picture that Pillow has loaded, as plain 8-bit sRGB on white."""

import io
from functools import lru_cache
from typing import Final, cast

import numpy as np
from PIL import Image, ImageChops, ImageCms

from worker.imaging.cutout import Alpha
from worker.stages.decoding.decoded import Decoded, Pixels

# Two levels of 255: sRGB profiles of different makers differ by their rounding, no more.
_SRGB_TOLERANCE: Final = 2
_INTENT: Final = ImageCms.Intent.RELATIVE_COLORIMETRIC
_FLAGS: Final = ImageCms.Flags.BLACKPOINTCOMPENSATION
_MODES_BY_COLOUR_SPACE: Final = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}


class UnsupportedModeError(ValueError):
    """The picture's pixels have no agreed meaning as colours (floats, 32-bit counts)."""


def to_srgb(picture: Image.Image) -> Decoded:
    """Turn a loaded picture into sRGB.

    An embedded ICC profile is applied when it fits the picture's mode, and ignored when it is
    broken or belongs to another colour space. CMYK without a profile is read as plain inks.
    Transparent parts show white.

    Args:
        picture: a loaded Pillow picture of any mode but that of 16-bit grey.

    Returns:
        Colours, a fresh array, and alpha as stored.

    Raises:
        UnsupportedModeError: a mode that cannot be shown as colours.
    """
    if picture.mode == "LAB":
        return Decoded(_from_cielab(picture))
    if picture.mode in ("F", "I", "HSV"):
        raise UnsupportedModeError(
            f"its pixels are of Pillow's mode {picture.mode!r}, which says nothing of colours"
        )
    alpha = _alpha(picture)
    colours = _without_alpha(picture)
    profile = cast("bytes | None", picture.info.get("icc_profile"))
    converted = _by_profile(colours, profile) if profile else None
    rgb = np.array((converted or colours).convert("RGB"), np.uint8)
    return Decoded(rgb) if alpha is None else Decoded.on_white(rgb, alpha)


def is_srgb(profile: bytes) -> bool:
    """Whether an ICC profile, of RGB pictures, changes no colour by more than two levels.

    False for a profile of another colour space and for one that cannot be read.
    """
    return _is_srgb(profile)


@lru_cache(maxsize=64)
def _is_srgb(profile: bytes) -> bool:
    levels = np.linspace(0, 255, 9).astype(np.uint8)
    lattice = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1).reshape(27, 27, 3)
    converted = _by_profile(Image.fromarray(lattice), profile)
    if converted is None:
        return False
    change = np.asarray(converted, np.int16) - lattice
    return int(np.abs(change).max()) <= _SRGB_TOLERANCE


def _by_profile(colours: Image.Image, profile: bytes) -> Image.Image | None:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = str(getattr(source.profile, "xcolor_space", ""))
        mode = _MODES_BY_COLOUR_SPACE.get(space)
        if mode is None or (mode != colours.mode and (mode, colours.mode) != ("RGB", "L")):
            return None
        target = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(
            colours.convert(mode), source, target, _INTENT, "RGB", flags=_FLAGS
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _from_cielab(picture: Image.Image) -> Pixels:
    """Convert CIELAB under D50, as TIFF stores it; the only mode that needs no profile."""
    lab, srgb = ImageCms.createProfile("LAB", 5000), ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(picture, lab, srgb, _INTENT, "RGB")
    return np.array(converted, np.uint8)


def _without_alpha(picture: Image.Image) -> Image.Image:
    match picture.mode:
        case "L" | "RGB" | "CMYK":
            return picture
        case "1" | "LA":
            return picture.convert("L")
        case "La":
            return picture.convert("LA").convert("L")
        case _:
            return picture.convert("RGBA").convert("RGB")


def _alpha(picture: Image.Image) -> Alpha | None:
    if not picture.has_transparency_data:
        return None
    straight = picture.convert("LA") if picture.mode == "La" else picture
    return np.asarray(straight.convert("RGBA").getchannel("A"), np.uint8)


def with_plain_inks(picture: Image.Image) -> Image.Image:
    """Return a JPEG's picture with its inks as they are meant.

    Adobe writes its inks inverted, and Pillow takes every CMYK JPEG for one of Adobe's.
    """
    if picture.mode != "CMYK" or "adobe" in picture.info:
        return picture
    inverted = ImageChops.invert(picture)
    inverted.info = picture.info
    return inverted
