"""Swatches: colours as pages show them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.contracts.results import Shade

if TYPE_CHECKING:
    from shared.colour.naming import Naming


@dataclass(frozen=True, slots=True)
class Swatch:
    """A shade on a page; ``ink`` is black or white, whichever is readable on it."""

    shade: Shade
    percent: float
    ink: str


def swatch(shade: Shade) -> Swatch:
    """Return a shade with an ink that is readable on it."""
    return Swatch(shade, round(100 * shade.share, 1), "#111" if shade.lab[0] > 58 else "#fff")


def family_colours(naming: "Naming") -> dict[str, str]:
    """Map each family to the hex colour that stands for it."""
    typical: dict[str, str] = {}
    for row in naming.rows:
        if row.family not in typical or row.name == row.family:
            typical[row.family] = row.hex
    return typical
