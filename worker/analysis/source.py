"""A picture in whatever form it is given, as what ``decode`` would give."""

from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from shared.contracts.stages import Code, Stage
from shared.errors import StageError
from shared.redaction import show_url
from shared.settings import Settings
from worker.stages.crop import wanted_side
from worker.stages.decode import decode_image
from worker.stages.decoder.decoder import PictureDecoder
from worker.stages.decoding.decoded import Decoded
from worker.stages.decoding.size_cap import require_size
from worker.stages.fetching.local_file import read_local_file
from worker.stages.fetching.urls import scheme_of

PictureSource: TypeAlias = (
    str | Path | bytes | bytearray | memoryview | Image.Image | npt.NDArray[np.uint8]
)
"""A path; a file's bytes; a Pillow picture; or an array, RGB or RGBA uint8 (H, W, 3 or 4)."""


def read_picture(source: PictureSource, settings: Settings, decoder: PictureDecoder) -> Decoded:
    """Read and decode a picture.

    Args:
        source: the path of a file, its bytes, a picture that Pillow has opened, or an array: RGB
            uint8 (H, W, 3) in sRGB, or RGBA (H, W, 4), not premultiplied, which is laid on white.
        settings: limits in bytes and pixels.
        decoder: decodes files. What Pillow has opened is decoded here: whoever opened it trusts it.

    Returns:
        Colours, upright, in sRGB, on white, and alpha; contiguous. The colours of an array that
        is so already are the array itself.

    Raises:
        StageError: ``fetch_not_found``, ``fetch_denied``, ``fetch_too_large`` for a file;
            ``fetch_bad_url`` for a URL, which nobody fetches here; and the codes of ``decode``.
        TypeError: the source is none of these, or the array is not of uint8.
        ValueError: the array is of another shape, or holds no pixel.
    """
    return _read(source, settings, decoder)


def _read(given: object, settings: Settings, decoder: PictureDecoder) -> Decoded:
    """Read a picture for callers that no type checker has looked at."""
    match given:
        case str() | Path():
            content = _read_file(given, settings.max_image_bytes)
            return decoder.decode(content, wanted_side(settings.crop_side))
        case bytes():
            return decoder.decode(given, wanted_side(settings.crop_side))
        case bytearray() | memoryview():
            return decoder.decode(bytes(given), wanted_side(settings.crop_side))
        case Image.Image():
            return decode_image(given, settings.max_image_pixels)
        case np.ndarray():
            return _from_array(given, settings.max_image_pixels)
        case _:
            raise TypeError(
                "a picture is given as a path, bytes, a Pillow picture or an array, not as "
                f"{type(given).__name__}"
            )


def _read_file(path: str | Path, max_bytes: int) -> bytes:
    shown = str(path)
    if scheme_of(shown) in ("http", "https", "s3"):
        raise StageError(
            Stage.FETCH,
            Code.FETCH_BAD_URL,
            f"{show_url(shown)!r} is a URL; fetch it and give its bytes, "
            "or use `colourway picture URL`",
        )
    try:
        resolved = Path(path).resolve()
    except (ValueError, OSError, RuntimeError) as error:  # a zero byte, a loop of links
        message = f"{shown[:200]!r} is no path: {error}"
        raise StageError(Stage.FETCH, Code.FETCH_BAD_URL, message) from None
    return read_local_file(resolved, shown, max_bytes)


def _from_array(array: npt.NDArray[Any], max_pixels: int) -> Decoded:
    if array.dtype != np.uint8:
        raise TypeError(f"expected an array of uint8, 0..255, got {array.dtype}")
    if array.ndim != 3 or array.shape[2] not in (3, 4) or not array.size:
        raise ValueError(f"expected RGB or RGBA, (H, W, 3) or (H, W, 4), got {array.shape}")
    height, width, channels = array.shape
    require_size("an array", width, height, max_pixels)
    if channels == 3:
        return Decoded(np.ascontiguousarray(array))
    return Decoded.on_white(
        np.ascontiguousarray(array[..., :3]), np.ascontiguousarray(array[..., 3])
    )
