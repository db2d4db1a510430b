"""Debug pictures: what the pipeline saw in each picture, drawn small for the report."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import cv2
import numpy as np
import numpy.typing as npt

from colourway.pages.data_uri import data_uri
from shared.contracts.results import Heads, Region, Shade

if TYPE_CHECKING:
    from worker.analysis.analysis import Analysis
    from worker.pipeline import Loaded

SIDE: Final = 380
"""Longest side of a debug picture, in pixels."""

SPECK: Final = 60
"""The smallest area that is outlined, in pixels of a debug picture."""

PANELS: Final = ("measured", "original", "segments", "cutout")
"""The debug pictures of one source picture, in this order."""

Rgb = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Colour = tuple[int, int, int]
Shades = Mapping[Region, tuple[Shade, ...]]


class DebugPictures:
    """A folder of debug pictures, named by the sha256 of their source picture and what is measured.

    One picture may stand for several products, whose pieces are others.

    They are stored on disk, so that a run that was killed and started again still has them all, and
    a run of any size needs no memory for them. Where heads are hidden, the files have other names:
    none that was drawn before the setting was changed is shown again.
    """

    def __init__(self, folder: Path, heads: Heads = "keep") -> None:
        self._folder = folder
        self._suffix = "" if heads == "keep" else f"-{heads}"

    def observe(self, loaded: "Loaded", analysis: "Analysis") -> None:
        """Draw and store the debug pictures of one picture; fits the pipeline's ``observer``."""
        from worker.imaging.palette import PALETTE  # noqa: PLC0415 - the report must not need it

        self._folder.mkdir(parents=True, exist_ok=True)
        pixels, labels = analysis.shown, analysis.segments.labels
        measured = what_is_measured(analysis.piece, analysis.shades)
        panels = {
            "measured": outline(pixels, analysis.subject_mask.mask, analysis.masks["piece"]),
            "original": shrink(pixels),
            "segments": paint_over(pixels, labels, np.array(PALETTE, dtype=np.uint8)),
            "cutout": shrink(analysis.crops.cutout),
        }
        for panel, picture in panels.items():
            path = self._path(loaded.fetched.sha256, measured, panel)
            path.write_bytes(webp(picture))

    def read(self, sha256: str, measured: str) -> dict[str, str]:
        """Data URIs of a picture's debug pictures by name; empty where none were drawn."""
        found = {panel: self._path(sha256, measured, panel) for panel in PANELS}
        return {panel: data_uri(p.read_bytes()) for panel, p in found.items() if p.is_file()}

    def _path(self, sha256: str, measured: str, panel: str) -> Path:
        return self._folder / f"{sha256}-{measured}-{panel}{self._suffix}.webp"


def what_is_measured(piece: str | None, shades: Shades) -> str:
    """What the colours of a picture are of: a piece, ``all`` that is worn, or ``nothing``."""
    return piece or ("all" if shades.get(Region.CLOTHES) else "nothing")


def shrink(picture: Rgb) -> Rgb:
    """The picture, uint8 (H, W, 3 or 4), with its longest side at most ``SIDE`` pixels."""
    height, width = picture.shape[:2]
    factor = SIDE / max(height, width)
    if factor >= 1:
        return picture
    size = max(round(width * factor), 1), max(round(height * factor), 1)
    return cast("Rgb", cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def outline(pixels: Rgb, subject: Mask, piece: Mask) -> Rgb:
    """The small picture: a thin white line round the subject, a thick one round what is measured.

    All that is not measured is dimmed; where no piece was found, what is not the subject.

    Args:
        pixels: RGB uint8 (H, W, 3).
        subject: bool (H, W).
        piece: bool (H, W), the pixels that the colours are of.
    """
    small = shrink(pixels).copy()
    height, width = small.shape[:2]
    whole, measured = (_reduced(mask, width, height) for mask in (subject, piece))
    outside = (measured if measured.any() else whole) == 0
    small[outside] = (small[outside] * 0.45 + 70).astype(np.uint8)
    # The piece's line comes last: it is the one to look at where both run together.
    _draw(small, whole, (255, 255, 255), 1)
    _draw(small, measured, (255, 214, 51), 2)
    return small


def _reduced(mask: Mask, width: int, height: int) -> npt.NDArray[np.uint8]:
    area = cv2.resize(mask.astype(np.uint8) * 255, (width, height), interpolation=cv2.INTER_AREA)
    return (cast("npt.NDArray[np.uint8]", area) > 127).astype(np.uint8)


def _draw(picture: Rgb, area: npt.NDArray[np.uint8], colour: Colour, thickness: int) -> None:
    """Draw a line along an area's edge, with a dark rim that shows on light cloth.

    Specks and small holes have none: it would cover them.
    """
    every, _ = cv2.findContours(area, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    contours = [each for each in every if cv2.contourArea(each) >= SPECK]
    for ink, width in (((20, 20, 20), thickness + 2), (colour, thickness)):
        cv2.drawContours(picture, contours, -1, ink, width, cv2.LINE_AA)


def paint_over(pixels: Rgb, labels: npt.NDArray[np.uint8], palette: Rgb) -> Rgb:
    """The small picture in grey with its regions in the palette's colours; background stays."""
    small = shrink(pixels)
    height, width = small.shape[:2]
    small_labels = cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST)
    regions = cast("npt.NDArray[np.uint8]", small_labels)
    grey = cv2.cvtColor(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    paint = palette[regions]
    mixed = cv2.addWeighted(grey, 0.35, paint, 0.65, 0)
    dim = (grey * 0.3).astype(np.uint8)
    return np.where((regions > 0)[:, :, None], mixed, dim).astype(np.uint8)


def webp(picture: Rgb, quality: int = 76) -> bytes:
    """The picture, RGB or RGBA, packed as WebP."""
    order = cv2.COLOR_RGBA2BGRA if picture.shape[2] == 4 else cv2.COLOR_RGB2BGR
    done, packed = cv2.imencode(
        ".webp", cv2.cvtColor(picture, order), [cv2.IMWRITE_WEBP_QUALITY, quality]
    )
    if not done:
        raise ValueError(f"OpenCV could not pack a picture of shape {picture.shape} as WebP")
    return packed.tobytes()
