"""The decode stage: a picture's bytes become upright sRGB pixels, or a reason why not."""

import io
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, NoReturn, cast

import cv2
import numpy as np
import numpy.typing as npt

# The plugins are named so that they register here, once, and not in the middle of a thread's work.
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageChops,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from shared.contracts.stages import Code, Stage
from shared.errors import StageError
from worker.imaging.memory_check import require_memory
from worker.stages.decoding.sixteen_bits import eight_bit_colour, is_sixteen_bit_colour
from worker.stages.decoding.sniff import JPEG, Format, Support, sniff
from worker.stages.decoding.srgb import UnsupportedModeError, is_srgb, to_srgb
from worker.stages.decoding.wholeness import missing_end

Pixels = npt.NDArray[np.uint8]

_PLUGINS: Final = (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF")
_ORIENTATION: Final = 0x0112
_OPENED: Final = Format("", "a picture", Support.DECODED)

# Pillow's own cap is one number for the process; decode() holds the caller's cap against the
# header of each picture before any pixel is decoded.
Image.MAX_IMAGE_PIXELS = None


def decode(content: bytes, max_pixels: int) -> Pixels:
    """Decode one picture.

    JPEG, PNG, WebP, GIF, TIFF, BMP and AVIF are read, judged by content. Turned upright by its
    EXIF orientation, converted to sRGB by its ICC profile, 16 bits scaled to 8, transparency laid
    on white; of an animation or a multi-page file the first picture. Safe to call from threads.

    Args:
        content: the file.
        max_pixels: the most that width × height may be; checked before decoding.

    Returns:
        RGB uint8 (H, W, 3), contiguous, the caller's own.

    Raises:
        StageError: ``not_an_image``, ``unsupported_image``, ``image_too_large``,
            ``image_truncated`` (cut off anywhere: never half a picture) or ``image_corrupt``.
            None of them is worth a retry.
        MemoryError: the picture may be good, but there is no memory for it.
    """
    form = sniff(content)
    if form.kind is not Support.DECODED:
        _refuse_format(form, len(content))
    if lack := missing_end(content, form):
        _refuse(Code.IMAGE_TRUNCATED, f"{form.name} is cut off: it lacks {lack}")
    with _faults_named(form):
        with _memory_for(max_pixels):  # the most that it may need: its size is not known yet
            picture = Image.open(io.BytesIO(content), formats=_FORMATS)
        require_size(form.name, picture.width, picture.height, max_pixels)
        with _memory_for(picture.width * picture.height):
            return _pixels(picture, content, form)


def decode_image(picture: Image.Image, max_pixels: int) -> Pixels:
    """Turn a picture that Pillow has opened into pixels, by the same rules as :func:`decode`.

    What is lost in Pillow stays lost: of 16 bits in three channels it keeps 8.

    Args:
        picture: of any mode that has a meaning as colours; loaded, otherwise left as it is.
        max_pixels: the most that width × height may be.

    Returns:
        RGB uint8 (H, W, 3), contiguous, the caller's own.

    Raises:
        StageError: ``unsupported_image``, ``image_too_large``, ``image_truncated`` or
            ``image_corrupt``.
        MemoryError: the picture may be good, but there is no memory for it.
    """
    with _faults_named(_OPENED):
        require_size(_OPENED.name, picture.width, picture.height, max_pixels)
        with _memory_for(picture.width * picture.height):
            picture.load()
            if picture.format == "JPEG":
                picture = _with_plain_inks(picture)
            return np.ascontiguousarray(turn(to_srgb(picture), _orientation(picture)))


def require_size(what: str, width: int, height: int, max_pixels: int) -> None:
    """Refuse a picture of more pixels than the cap: StageError ``image_too_large``."""
    if width * height > max_pixels:
        _refuse(
            Code.IMAGE_TOO_LARGE,
            f"{what} of {width}×{height} pixels is over the cap of "
            f"{max_pixels} pixels (COLOURWAY_MAX_IMAGE_PIXELS)",
        )


def _pixels(picture: Image.Image, content: bytes, form: Format) -> Pixels:
    if form is JPEG and _is_plain(picture):
        upright = turn(_by_opencv(content), _orientation(picture))
    else:
        upright = _by_pillow(picture, content, form)
    return np.ascontiguousarray(upright)


def _by_opencv(content: bytes) -> Pixels:
    """The quick way for plain JPEGs, a third faster than Pillow."""
    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    decoded = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    if decoded is None:
        raise ValueError("the decoder found no picture in it")
    return cast("Pixels", decoded)


def _by_pillow(picture: Image.Image, content: bytes, form: Format) -> Pixels:
    if is_sixteen_bit_colour(picture):
        picture = eight_bit_colour(picture, content)
    picture.load()
    if form is JPEG:
        picture = _with_plain_inks(picture)
    # Asked after loading: Pillow turns a TIFF itself and then forgets its orientation.
    return turn(to_srgb(picture), _orientation(picture))


def _with_plain_inks(picture: Image.Image) -> Image.Image:
    # Adobe writes its inks inverted, and Pillow takes every CMYK JPEG for one of Adobe's.
    if picture.mode != "CMYK" or "adobe" in picture.info:
        return picture
    inverted = ImageChops.invert(picture)
    inverted.info = picture.info
    return inverted


def turn(pixels: Pixels, orientation: int) -> Pixels:
    """Turn a picture upright.

    Args:
        pixels: uint8 (H, W, 3) as stored.
        orientation: EXIF orientation; 1..8, anything else counts as 1.

    Returns:
        uint8 (H, W, 3) for orientations 1..4, (W, H, 3) for 5..8; maybe a view.
    """
    if orientation in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels


def _orientation(picture: Image.Image) -> int:
    try:
        value = picture.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001  # broken EXIF raises anything and must not cost the picture
        return 1
    return value if isinstance(value, int) else 1


def _is_plain(picture: Image.Image) -> bool:
    """Whether OpenCV's decoder, which knows no colour profiles, gives the right colours."""
    profile = cast("bytes | None", picture.info.get("icc_profile"))
    if profile is None:
        return picture.mode in ("RGB", "L")
    return picture.mode == "RGB" and is_srgb(profile)


def _refuse_format(form: Format, size: int) -> NoReturn:
    readable = "JPEG, PNG, WebP, GIF, TIFF, BMP or AVIF"
    if form.kind is Support.UNDECODED:
        _refuse(
            Code.UNSUPPORTED_IMAGE, f"looks like {form.name}, which is not read; give {readable}"
        )
    _refuse(Code.NOT_AN_IMAGE, f"looks like {form.name} ({size} bytes), not like a picture")


def _refuse(code: Code, message: str) -> NoReturn:
    raise StageError(Stage.DECODE, code, message)


@contextmanager
def _memory_for(pixels: int) -> Generator[None]:
    """Let no decoder that lacks memory for so many pixels call the file broken."""
    try:
        yield
    except Exception:
        require_memory(pixels)
        raise


@contextmanager
def _faults_named(form: Format) -> Generator[None]:
    """Turn whatever a decoder raises on a bad file into the one error of this stage."""
    try:
        yield
    except (StageError, MemoryError):
        raise
    except UnidentifiedImageError as error:
        message = f"{form.name} by its first bytes, but its header cannot be read"
        raise StageError(Stage.DECODE, Code.IMAGE_CORRUPT, message) from error
    except UnsupportedModeError as error:
        raise StageError(
            Stage.DECODE, Code.UNSUPPORTED_IMAGE, f"{form.name} is not read: {error}"
        ) from error
    except Exception as error:
        cut = "truncated" in str(error).lower()
        code = Code.IMAGE_TRUNCATED if cut else Code.IMAGE_CORRUPT
        message = f"{form.name} cannot be decoded: {error or type(error).__name__}"
        raise StageError(Stage.DECODE, code, message) from error
