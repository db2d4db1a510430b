"""The colours of a region, as people read them."""

from collections.abc import Sequence
from html import escape

from shared.contracts.results import Shade


class Colours(tuple[Shade, ...]):
    """Shades of one region, the largest share first; a tuple that prints as a small table.

    >>> from shared.contracts.results import Shade
    >>> Colours([Shade("#1b2a4f", (17.6, 6.0, -24.2), 0.8, "dark navy", "navy")])
    #1b2a4f  dark navy  navy  80 %
    """

    __slots__ = ()

    def __repr__(self) -> str:
        """One line a shade: hex, name, family (or both families), share."""
        rows = [(shade.hex, shade.name, families(shade), percent(shade)) for shade in self]
        return "\n".join(_aligned(rows)) or "no colours"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        """The same with swatches, for notebooks."""
        cells = "".join(
            f'<tr><td style="background:{shade.hex};width:3em"></td>'
            f"<td><code>{shade.hex}</code></td><td>{escape(shade.name)}</td>"
            f"<td>{escape(families(shade))}</td><td>{percent(shade)}</td></tr>"
            for shade in self
        )
        return f"<table>{cells}</table>" if cells else "no colours"


def families(shade: Shade) -> str:
    """The family of a shade, and the second where it lies between two: ``"green / turquoise"``."""
    return " / ".join(filter(None, (shade.family, shade.family_second)))


def percent(shade: Shade) -> str:
    """A shade's share of its region: ``"71 %"``."""
    return f"{shade.share:.0%}".replace("%", " %")


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            # Shares stand to the right, words to the left.
            cell.rjust(width) if place == len(row) - 1 else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
