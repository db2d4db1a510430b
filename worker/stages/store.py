"""The store stage: crops become files under keys that follow from what they were made of."""

import re
from typing import Final, Protocol, cast

import cv2
import numpy as np
import numpy.typing as npt

from shared.contracts.results import PictureKeys
from shared.contracts.stages import Code, Stage
from shared.errors import StageError, StorageError, StorageUnavailable
from shared.storage.storage import Storage
from worker.imaging.cutout import only_where
from worker.imaging.memory_check import require_memory

Pixels = npt.NDArray[np.uint8]

# Encoders are told everything that changes their output: equal pixels give equal files. Colour is
# what the crop is looked at for, so its chroma is not halved. Of the ways to write a cut-out
# without loss, this takes the least time.
_CROP_JPEG: Final = (
    *(cv2.IMWRITE_JPEG_QUALITY, 92),
    *(cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
)
_THUMBNAIL_JPEG: Final = (cv2.IMWRITE_JPEG_QUALITY, 85)
_CUTOUT_PNG: Final = (
    *(cv2.IMWRITE_PNG_COMPRESSION, 1),
    *(cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP),
)
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class CropPictures(Protocol):
    """What is stored of one picture; the crop stage's ``Crops`` is one."""

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


def keys_for(image_sha256: str, pipeline_version: str) -> PictureKeys:
    """The keys of one picture's crops, e.g. ``"1/9f/9f86…/crop.jpg"``.

    The same picture through the same pipeline has the same keys, so a second run replaces files
    by equal ones, and a newer pipeline leaves the older one's files alone.

    Raises:
        ValueError: no sha256 in small hexadecimal letters.
    """
    if not _SHA256.fullmatch(image_sha256):
        raise ValueError(f"{image_sha256!r} is no sha256: 64 letters of 0-9a-f")
    folder = f"{pipeline_version}/{image_sha256[:2]}/{image_sha256}"
    return PictureKeys(
        crop=f"{folder}/crop.jpg",
        cutout=f"{folder}/cutout.png",
        thumbnail=f"{folder}/thumbnail.jpg",
    )


def store(
    crops: CropPictures, storage: Storage, image_sha256: str, pipeline_version: str
) -> PictureKeys:
    """Encode and store the crops of one picture.

    Args:
        crops: cutout RGBA, crop RGB and thumbnail RGB, uint8 (H, W, 4 or 3).
        storage: where they go.
        image_sha256: of the fetched file.
        pipeline_version: of the pipeline that made the crops.

    Returns:
        The keys under which they are stored: crop and thumbnail as JPEG, the cutout as PNG.

    Raises:
        StageError: ``store_failed``; worth a retry when the storage failed, not when a crop
            cannot be encoded. ``store_unavailable`` where the storage takes nothing at all.
        MemoryError: there is not enough of it to encode a crop.
        ValueError: ``image_sha256`` is none.
    """
    keys = keys_for(image_sha256, pipeline_version)
    files = (
        (keys.cutout, encode_cutout(crops.cutout), "image/png"),
        (keys.crop, _encode(".jpg", crops.crop, _CROP_JPEG), "image/jpeg"),
        (keys.thumbnail, _encode(".jpg", crops.thumbnail, _THUMBNAIL_JPEG), "image/jpeg"),
    )
    for key, content, content_type in files:
        try:
            storage.put(key, content, content_type)
        except StorageUnavailable as error:
            message = f"the store takes no files: {error}"
            raise StageError(Stage.STORE, Code.STORE_UNAVAILABLE, message, retry=True) from error
        except StorageError as error:
            message = f"{key} cannot be stored: {error}"
            raise StageError(Stage.STORE, Code.STORE_FAILED, message, retry=True) from error
    return keys


def encode_cutout(cutout: Pixels) -> bytes:
    """A cut-out, RGBA uint8 (h, w, 4), as the PNG file that is stored: equal pixels, equal bytes.

    Raises:
        StageError: ``store_failed``, it cannot be encoded.
        MemoryError: there is not enough of it.
    """
    return _encode(".png", cutout, _CUTOUT_PNG)


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
        height, width = pixels.shape[:2]
        require_memory(height * width)
        message = f"a crop of {width}×{height} pixels cannot be written as {suffix}: {reason}"
        raise StageError(Stage.STORE, Code.STORE_FAILED, message)
    return cast("npt.NDArray[np.uint8]", content).tobytes()
