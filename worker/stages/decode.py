"""The decode stage: a picture's bytes become upright sRGB pixels, or a reason why not."""

import io
from dataclasses import replace
from typing import Final, NoReturn, cast

import cv2
import numpy as np

# The plugins are named so that they register here, once, and not in the middle of a thread's work.
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from shared.contracts.stages import Code
from shared.errors import StageError
from worker.stages.decoding import jpeg
from worker.stages.decoding.avif import avif_colours
from worker.stages.decoding.colour_space import ColourSpace
from worker.stages.decoding.decoded import Decoded, Pixels
from worker.stages.decoding.faults import faults_named, memory_for, refuse
from worker.stages.decoding.mending import mended
from worker.stages.decoding.orientation import forget_xmp, orientation_of
from worker.stages.decoding.png import Png, read_png
from worker.stages.decoding.sixteen_bits import (
    Table,
    eight_bit_colour,
    eight_bit_grey,
    from_levels,
    is_sixteen_bit_colour,
    is_sixteen_bit_grey,
)
from worker.stages.decoding.size_cap import Admit, SizeCap, admit_all, require_size
from worker.stages.decoding.sniff import AVIF, JPEG, PNG, TIFF, Format, Support, sniff
from worker.stages.decoding.srgb import UnsupportedModeError, is_srgb, to_srgb, with_plain_inks
from worker.stages.decoding.tiff import ORIENTATION, Tags, planes, read_tags
from worker.stages.decoding.wholeness import missing_end

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
_OPENED: Final = "a picture"
# Of these flags only the part of the size counts: the colours are those of the flag beside them.
_REDUCED: Final = {
    1: 0,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
}

# Pillow's own cap is one number for the process; decode() holds the caller's cap against the
# header of each picture before any pixel is decoded.
Image.MAX_IMAGE_PIXELS = None


def decode(content: bytes, max_pixels: int) -> Pixels:
    """Decode one picture to its colours on white, as :func:`decode_with_alpha` does.

    Returns:
        RGB uint8 (H, W, 3), contiguous, the caller's own.
    """
    return decode_with_alpha(content, max_pixels).pixels


def decode_with_alpha(
    content: bytes, max_pixels: int, wanted_side: int | None = None, admit: Admit = admit_all
) -> Decoded:
    """Decode one picture.

    JPEG, PNG, WebP, GIF, TIFF, BMP and AVIF are read, judged by content. Turned upright by its
    EXIF orientation, converted to sRGB by what the file says of its colours (docs/pictures.md),
    16 bits scaled to 8, transparency laid on white; of an animation or a multi-page file the first
    picture. An end mark or padding may be missing. Safe to call from threads.

    Args:
        content: the file.
        max_pixels: the most that width × height may be; checked before decoding.
        wanted_side: pixels of the longer side that are enough: a JPEG that has twice as many or
            more is decoded at a half, a quarter or an eighth of its size. None: all are wanted.
        admit: hears of the picture's size once it is known.

    Returns:
        Colours and alpha, contiguous, the caller's own.

    Raises:
        StageError: ``not_an_image``, ``unsupported_image``, ``image_too_large``,
            ``image_truncated`` (rows are missing: never half a picture) or ``image_corrupt``.
            None of them is worth a retry.
        MemoryError: the picture may be good, but there is no memory for it.
    """
    form = sniff(content)
    if form.kind is not Support.DECODED:
        _refuse_format(form, len(content))
    with faults_named(form.name):
        return _decoded(content, form, SizeCap(max_pixels, admit), wanted_side)


def _decoded(content: bytes, form: Format, cap: SizeCap, wanted_side: int | None) -> Decoded:
    if form is JPEG:
        _require_known_kind(jpeg.why_unread(content))
    lack = missing_end(content, form)
    png = read_png(content) if form is PNG else None
    if png is not None:
        content = png.for_decoder()
    if lack:
        content = _mended(content, form, cap, lack)
    if form is TIFF:
        _require_known_kind(read_tags(content).why_unread())
    picture = _opened(content, form, cap)
    with memory_for(picture.width * picture.height):
        if png is not None and png.is_deep and not lack and not png.rows_are_whole():
            # OpenCV, which reads these, would not tell.
            refuse(Code.IMAGE_TRUNCATED, f"{form.name} is cut off: it lacks part of its rows")
        table = _take_colours(picture, content, form, png)
        if form is JPEG:
            return _jpeg(picture, content, wanted_side)
        return _by_pillow(picture, content, form, table)


def _mended(content: bytes, form: Format, cap: SizeCap, lack: str) -> bytes:
    """Return a file with the end that it lacks, where its picture is all there."""
    whole = None
    try:
        if form in (JPEG, PNG):  # their rows are decoded for it: not before the size is known
            _opened(content, form, cap).close()
        whole = mended(content, form)
    except (StageError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001  # a header that is cut raises anything
        refuse(Code.IMAGE_TRUNCATED, f"{form.name} is cut off: it lacks {lack}", error)
    if whole is None:
        refuse(Code.IMAGE_TRUNCATED, f"{form.name} is cut off: it lacks {lack}")
    return whole


def _opened(content: bytes, form: Format, cap: SizeCap) -> Image.Image:
    try:
        with memory_for(cap.max_pixels):  # the most that it may need: its size is not known yet
            picture = Image.open(io.BytesIO(content), formats=_FORMATS)
    except UnidentifiedImageError:
        if form is TIFF and (tags := read_tags(content)).has_pixels:
            raise UnsupportedModeError(f"it holds {tags.kind()}") from None
        raise
    cap.require(form, picture.width, picture.height)
    return picture


def _require_known_kind(reason: str | None) -> None:
    if reason is not None:
        raise UnsupportedModeError(reason)


def _take_colours(
    picture: Image.Image, content: bytes, form: Format, png: Png | None
) -> Table | None:
    """Put what the file says of its colours and of its orientation where Pillow has it.

    Returns:
        The levels of 8 bits that deeper ones become, where the file tells a curve.
    """
    forget_xmp(picture)
    colours, bits = None, 8
    if png is not None:
        colours, bits = png.colours(), 16 if png.is_deep else 8
        if (exif := png.exif()) is not None:
            picture.info["exif"] = exif
    elif form is AVIF and "icc_profile" not in picture.info:
        colours, bits = avif_colours(content)
    table = None
    if isinstance(colours, ColourSpace):
        if bits > 8:
            table, colours = colours.to_eight_bits(bits), colours.with_srgb_curve()
        colours = colours.profile()
    if colours is not None:
        picture.info["icc_profile"] = colours
    return table


def decode_image(picture: Image.Image, max_pixels: int) -> Decoded:
    """Turn a picture that Pillow has opened into pixels, as :func:`decode_with_alpha` would.

    What is lost in Pillow stays lost: of 16 bits in three channels it keeps 8.

    Args:
        picture: of any mode that has a meaning as colours; loaded, otherwise left as it is.
        max_pixels: the most that width × height may be.

    Returns:
        Colours and alpha, contiguous, the caller's own.

    Raises:
        StageError: ``unsupported_image``, ``image_too_large``, ``image_truncated`` or
            ``image_corrupt``.
        MemoryError: the picture may be good, but there is no memory for it.
    """
    with faults_named(_OPENED):
        require_size(_OPENED, picture.width, picture.height, max_pixels)
        with memory_for(picture.width * picture.height):
            picture.load()
            if picture.format == "JPEG":
                picture = with_plain_inks(picture)
            return to_srgb(picture).turned(orientation_of(picture))


def _jpeg(picture: Image.Image, content: bytes, wanted_side: int | None) -> Decoded:
    """Decode a JPEG, at a part of its size where that is enough."""
    is_lossless = jpeg.frame_of(content)[0] == jpeg.LOSSLESS
    size_hw = (picture.height, picture.width)
    part = 1 if is_lossless else jpeg.part_wanted(max(size_hw), wanted_side)
    if _is_plain(picture) and not is_lossless:
        decoded = Decoded(_by_opencv(content, part))
    else:
        if part > 1:
            picture.draft(None, (picture.width // part, picture.height // part))
        picture.load()
        decoded = to_srgb(with_plain_inks(picture))
    whole = replace(decoded, photo_hw=None if part == 1 else size_hw)
    return whole.turned(orientation_of(picture))


def _by_opencv(content: bytes, part: int) -> Pixels:
    """The quick way for plain JPEGs, a third faster than Pillow's."""
    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION | _REDUCED[part]
    decoded = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    if decoded is None:
        raise ValueError("the decoder found no picture in it")
    return cast("Pixels", decoded)


def _by_pillow(picture: Image.Image, content: bytes, form: Format, table: Table | None) -> Decoded:
    if form is TIFF and (tags := read_tags(content)).is_planar_sixteen:
        # OpenCV reads none of these rightly, and Pillow only those that are compressed.
        if tags.is_uncompressed:
            return _of_planes(picture, content, tags).turned(tags.first(ORIENTATION, 1))
    elif is_sixteen_bit_colour(picture) or (form is AVIF and table is not None):
        picture = eight_bit_colour(picture, content, table)
    picture.load()
    if is_sixteen_bit_grey(picture):
        picture = eight_bit_grey(picture, table)
    return to_srgb(picture).turned(orientation_of(picture))


def _of_planes(picture: Image.Image, content: bytes, tags: Tags) -> Decoded:
    joined = from_levels(planes(content, tags), picture)
    joined.info = {k: v for k, v in picture.info.items() if k == "icc_profile"}
    return to_srgb(joined)


def _is_plain(picture: Image.Image) -> bool:
    """Whether OpenCV's decoder, which knows no colour profiles, gives the right colours."""
    profile = cast("bytes | None", picture.info.get("icc_profile"))
    if profile is None:
        return picture.mode in ("RGB", "L")
    return picture.mode == "RGB" and is_srgb(profile)


def _refuse_format(form: Format, size: int) -> NoReturn:
    readable = "JPEG, PNG, WebP, GIF, TIFF, BMP or AVIF"
    if form.kind is Support.UNDECODED:
        refuse(
            Code.UNSUPPORTED_IMAGE, f"looks like {form.name}, which is not read; give {readable}"
        )
    refuse(Code.NOT_AN_IMAGE, f"looks like {form.name} ({size} bytes), not like a picture")
