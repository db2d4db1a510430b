"""How much is measured, and on which photos."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from worker.imaging.labels.ccp import LabelledFolder

DATASET: Final = Path("../shared/ccp")
EVERY: Final = 4

T = TypeVar("T")


@dataclass(frozen=True)
class Scope:
    """What the words after ``python -m bench.colours`` ask for.

    Attributes:
        training: every fourth training photo instead of the validation split. Settings are chosen
            on these; the validation split is for the figures alone.
        renders: how many garments are drawn.
        misses: where pieces of another family than the labelled are drawn, as PNG or JPEG.
    """

    training: bool = False
    renders: int = 2250
    misses: Path | None = None

    def photos(self) -> tuple[LabelledFolder, list[str]] | None:
        """The labelled photos to measure on; None, with a word about it, where there are none."""
        if not DATASET.is_dir():
            print(f"Skipped: {DATASET} is missing, the labelled photos of Clothing Co-Parsing.")
            return None
        folder = LabelledFolder(DATASET)
        held_out = folder.held_out()
        if not self.training:
            return folder, sorted(held_out)
        return folder, [i for i in folder.ids() if i not in held_out][::EVERY]

    @property
    def which(self) -> str:
        """The photos in words."""
        return f"every {EVERY}th training photo" if self.training else "the validation split"


def shown(things: Sequence[T], word: str) -> Iterator[T]:
    """Yield the things, and show on a terminal how many of them are done."""
    for done, thing in enumerate(things):
        if sys.stderr.isatty():
            print(f"\r{done} of {len(things)} {word}", end="", file=sys.stderr, flush=True)
        yield thing
    if sys.stderr.isatty():
        print("\r" + " " * 40 + "\r", end="", file=sys.stderr, flush=True)
