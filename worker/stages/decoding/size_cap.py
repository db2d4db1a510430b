"""The most pixels that a picture may have."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.contracts.stages import Code
from worker.stages.decoding.faults import refuse
from worker.stages.decoding.sniff import Format

Admit = Callable[[Format, int], None]
"""Hears the format of a picture and its pixels before any is decoded; may wait, or raise."""


def admit_all(form: Format, pixels: int) -> None:
    """Let every picture in."""


@dataclass(frozen=True)
class SizeCap:
    """The most pixels that a picture may have, and who hears how many it has."""

    max_pixels: int
    admit: Admit = admit_all

    def require(self, form: Format, width: int, height: int) -> None:
        """Refuse a picture of more pixels: StageError ``image_too_large``; tell of any other."""
        require_size(form.name, width, height, self.max_pixels)
        self.admit(form, width * height)


def require_size(what: str, width: int, height: int, max_pixels: int) -> None:
    """Refuse a picture of more pixels than the cap: StageError ``image_too_large``."""
    if width * height > max_pixels:
        refuse(
            Code.IMAGE_TOO_LARGE,
            f"{what} of {width}×{height} pixels is over the cap of "
            f"{max_pixels} pixels (COLOURWAY_MAX_IMAGE_PIXELS)",
        )
