"""The store stage: cut-outs become files under keys that follow from what they were made of."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple, NoReturn, Protocol, cast

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from shared.contracts.results import (
    OUTFIT,
    CutoutFormat,
    PictureKeys,
    StoredKind,
    outfit_beside,
)
from shared.contracts.stages import Code, Stage
from shared.errors import StageError, StorageError, StorageUnavailable
from shared.storage.storage import Storage
from worker.imaging.cutout import only_where
from worker.imaging.memory_check import require_memory

Pixels = npt.NDArray[np.uint8]

# Encoders are told everything that changes their output: equal pixels give equal files. Colour is
# what the crop is looked at for, so its chroma is not halved. Of the ways to write a cut-out
# without loss, this takes the least time; why WebP, and this one, says decision 45.
_CROP_JPEG: Final = (
    *(cv2.IMWRITE_JPEG_QUALITY, 92),
    *(cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
)
_THUMBNAIL_JPEG: Final = (cv2.IMWRITE_JPEG_QUALITY, 85)
_CUTOUT_PNG: Final = (
    *(cv2.IMWRITE_PNG_COMPRESSION, 1),
    *(cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP),
)
_WEBP_QUALITY: Final = 88  # from 89 on libwebp takes a fifth longer, for half a decibel
_WEBP_METHOD: Final = 0
_WEBP_ALPHA: Final = 70  # 16 levels: edges are a few pixels wide
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class CropPictures(Protocol):
    """What is cut of one picture; the crop stage's ``Crops`` is one."""

    @property
    def cutout(self) -> Pixels:
        """RGBA uint8 (H, W, 4)."""
        ...

    @property
    def crop(self) -> Pixels:
        """RGB uint8 (H, W, 3)."""
        ...

    @property
    def thumbnail(self) -> Pixels:
        """RGB uint8 (H, W, 3)."""
        ...


class GarmentPictures(NamedTuple):
    """What there is to store of one picture.

    ``sold`` is what is for sale, ``piece`` its name where it is a part of the ``outfit``; else
    ``sold`` shows all clothes, and both others are None.
    """

    sold: CropPictures
    piece: str | None = None
    outfit: CropPictures | None = None


@dataclass(frozen=True)
class Wanted:
    """What is stored: kinds of files, of which cut-outs always are, and the form of cut-outs."""

    kinds: tuple[StoredKind, ...] = (StoredKind.CUTOUT, StoredKind.OUTFIT)
    cutout_format: CutoutFormat = "webp"


DEFAULT: Final = Wanted()


def keys_for(
    image_sha256: str, pipeline_version: str, wanted: Wanted = DEFAULT, piece: str | None = None
) -> PictureKeys:
    """The keys of one picture's files, e.g. ``"5/9f/9f86…/top.webp"``.

    The same picture through the same pipeline has the same keys, so a second run replaces files
    by equal ones, and a newer pipeline leaves the older one's files alone. Of one photo several
    products may sell a piece each: their files lie side by side, and share the outfit's.

    Args:
        image_sha256: of the fetched file.
        pipeline_version: of the pipeline that cut it.
        wanted: which files.
        piece: the name of the piece that is for sale; None for all clothes.

    Raises:
        ValueError: no sha256 in small hexadecimal letters.
    """
    if not _SHA256.fullmatch(image_sha256):
        raise ValueError(f"{image_sha256!r} is no sha256: 64 letters of 0-9a-f")
    folder = f"{pipeline_version}/{image_sha256[:2]}/{image_sha256}"
    sold, suffix, kinds = piece or OUTFIT, wanted.cutout_format, wanted.kinds
    cutout = f"{folder}/{sold}.{suffix}"
    has_outfit = piece is not None and StoredKind.OUTFIT in kinds
    return PictureKeys(
        cutout=cutout,
        outfit=outfit_beside(cutout) if has_outfit else None,
        crop=f"{folder}/{sold}-crop.jpg" if StoredKind.CROP in kinds else None,
        thumbnail=f"{folder}/{sold}-thumbnail.jpg" if StoredKind.THUMBNAIL in kinds else None,
    )


def store(
    pictures: GarmentPictures,
    storage: Storage,
    image_sha256: str,
    pipeline_version: str,
    wanted: Wanted = DEFAULT,
) -> PictureKeys:
    """Encode and store the files of one picture.

    Args:
        pictures: what was cut.
        storage: where they go.
        image_sha256: of the fetched file.
        pipeline_version: of the pipeline that cut it.
        wanted: which files.

    Returns:
        The keys under which they are stored: cut-outs as WebP or PNG, crop and thumbnail as JPEG.

    Raises:
        StageError: ``store_failed``; worth a retry when the storage failed, not when a picture
            cannot be encoded. ``store_unavailable`` where the storage takes nothing at all.
        MemoryError: there is not enough of it to encode one.
        ValueError: ``image_sha256`` is none.
    """
    keys = keys_for(image_sha256, pipeline_version, wanted, pictures.piece)
    for key, content, kind in tuple(_files(keys, pictures, wanted.cutout_format)):
        try:
            storage.put(key, content, f"image/{kind}")
        except StorageUnavailable as error:
            message = f"the store takes no files: {error}"
            raise StageError(Stage.STORE, Code.STORE_UNAVAILABLE, message, retry=True) from error
        except StorageError as error:
            message = f"{key} cannot be stored: {error}"
            raise StageError(Stage.STORE, Code.STORE_FAILED, message, retry=True) from error
    return keys


def _files(
    keys: PictureKeys, pictures: GarmentPictures, cutout_format: CutoutFormat
) -> Iterator[tuple[str, bytes, str]]:
    """Key, content and kind of each file."""
    sold, outfit = pictures.sold, pictures.outfit
    yield keys.cutout, encode_cutout(sold.cutout, cutout_format), cutout_format
    if keys.outfit is not None and outfit is not None:
        yield keys.outfit, encode_cutout(outfit.cutout, cutout_format), cutout_format
    if keys.crop is not None:
        yield keys.crop, _encode(".jpg", sold.crop, _CROP_JPEG), "jpeg"
    if keys.thumbnail is not None:
        yield keys.thumbnail, _encode(".jpg", sold.thumbnail, _THUMBNAIL_JPEG), "jpeg"


def encode_cutout(cutout: Pixels, cutout_format: CutoutFormat = "webp") -> bytes:
    """A cut-out, RGBA uint8 (h, w, 4), as the file that is stored: equal pixels, equal bytes.

    Raises:
        StageError: ``store_failed``, it cannot be encoded.
        MemoryError: there is not enough of it.
    """
    if cutout_format == "png":
        return _encode(".png", cutout, _CUTOUT_PNG)
    if not cutout.size:
        _refuse(cutout, "WebP", "it is empty")
    content = io.BytesIO()
    try:
        Image.fromarray(cutout).save(
            content,
            "WEBP",
            quality=_WEBP_QUALITY,
            alpha_quality=_WEBP_ALPHA,
            method=_WEBP_METHOD,
            exact=False,
        )
    except (OSError, ValueError, SystemError) as error:
        _refuse(cutout, "WebP", str(error))
    return content.getvalue()


def _as_opencv_writes(pixels: Pixels) -> Pixels:
    """RGB or RGBA in OpenCV's order of channels.

    What is fully transparent becomes black: smaller, and the background stays behind.
    """
    if pixels.shape[2] == 3:
        return cast("Pixels", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    alpha = np.ascontiguousarray(pixels[..., 3])
    return only_where(alpha, cast("Pixels", cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA)))


def _encode(suffix: str, pixels: Pixels, options: tuple[int, ...]) -> bytes:
    try:
        encoded, content = cv2.imencode(suffix, _as_opencv_writes(pixels), options)
    except cv2.error as error:
        encoded, content, reason = False, None, error.err
    else:
        reason = "the encoder gave up"
    if not encoded:
        _refuse(pixels, suffix, reason)
    return cast("npt.NDArray[np.uint8]", content).tobytes()


def _refuse(pixels: Pixels, form: str, reason: str) -> NoReturn:
    height, width = pixels.shape[:2]
    require_memory(height * width)
    message = f"a crop of {width}×{height} pixels cannot be written as {form}: {reason}"
    raise StageError(Stage.STORE, Code.STORE_FAILED, message)
