"""How well the audit's lexicon reads colour names, and how its limit parts right from wrong."""

import re
from dataclasses import dataclass

import numpy as np
import webcolors
from matplotlib.colors import XKCD_COLORS
from rich.color import ANSI_COLOR_NAMES, Color

from producer.audit.colour_name import ReadName, read_name
from producer.audit.colour_range import ColourRanges
from producer.audit.lexicon import Lexicon
from producer.audit.names import NEARER, OTHER_COLOUR
from shared.colour.cielab import Floats, hex_to_rgb, rgb_to_lab
from shared.colour.naming import Naming

LIMITS = (8.0, 10.0, 12.0, OTHER_COLOUR, 18.0, 20.0, 25.0)
_FIRST_FIXED = 16
"""The first of the terminal's colours that no theme changes."""

_ENDS = "white|blue|green|red|pink|gr[ae]y|brown|orange|yellow|purple|violet|turquoise|cyan"


@dataclass(frozen=True)
class Names:
    """Names that are understood, the colours that people gave them, and what a name may mean.

    ``apart`` is CIEDE2000 (names, colours) from each name to each colour, ``nearest`` (colours,)
    that of each colour to the nearest row of the table; ``foreign`` (names, colours) is True where
    the colour's family is none of the name's.
    """

    total: int
    understood: int
    apart: Floats
    nearest: Floats
    foreign: np.ndarray

    @property
    def in_family(self) -> float:
        """The part of the understood names whose own colour is of a family that they may mean."""
        return float(1 - np.diag(self.foreign).mean())

    def rates(self, limit: float) -> tuple[float, float]:
        """The parts of own colours, and of colours of other families, that are findings."""
        found = (self.apart >= limit) & (self.apart - self.nearest >= NEARER)
        return float(np.diag(found).mean()), float(found[self.foreign].mean())


def main() -> None:
    """Print both for the names of xkcd's survey, of CSS, and of the terminal's 256 colours.

    The limit was chosen on the first; some words were mended by the second; the third was left
    alone until everything stood.
    """
    xkcd = {name.removeprefix("xkcd:"): str(code) for name, code in XKCD_COLORS.items()}
    css = {
        re.sub(f"(?<=[a-z])(?=({_ENDS})$)", " ", name): webcolors.name_to_hex(name)
        for name in webcolors.names("css3")
    }
    xterm = {
        re.sub(r"[\d_]+", " ", name): Color.parse(name).get_truecolor().hex
        for name, number in ANSI_COLOR_NAMES.items()
        if number >= _FIRST_FIXED
    }
    for title, table in (("xkcd's survey", xkcd), ("CSS", css), ("xterm", xterm)):
        names = compare(table)
        print(
            f"{title}: {names.understood} of {names.total} names understood, "
            f"{names.in_family:.1%} with their own colour's family"
        )
        print(f"  {'from ΔE2000':>11}{'own colour':>13}{'another family':>17}")
        for limit in LIMITS:
            own, other = names.rates(limit)
            mark = "  <- the default" if limit == OTHER_COLOUR else ""
            print(f"  {limit:11.0f}{own:13.1%}{other:17.1%}{mark}")


def compare(table: dict[str, str]) -> Names:
    """Measure every colour of a table against every name of it."""
    naming = Naming.load()
    lexicon, ranges = Lexicon.load(naming), ColourRanges(naming)
    read = [(read_name(name, lexicon), code) for name, code in table.items()]
    known = [(name, code) for name, code in read if name.parts]
    labs = rgb_to_lab(np.stack([hex_to_rgb(code) for _, code in known]))
    distances = ranges.distances([(float(a), float(b), float(c)) for a, b, c in labs])
    places = map(int, distances.argmin(axis=1))
    families = [naming.rows[place].family for place in places]
    apart = np.stack([_to_name(ranges, distances, name) for name, _ in known])
    foreign = np.array([[each not in _families(name) for each in families] for name, _ in known])
    return Names(len(table), len(known), apart, distances.min(axis=1), foreign)


def _to_name(ranges: ColourRanges, distances: Floats, name: ReadName) -> Floats:
    return np.min([ranges.to_part(distances, part) for part in name.parts], axis=0)


def _families(name: ReadName) -> frozenset[str]:
    return frozenset[str]().union(*(part.families for part in name.parts))


if __name__ == "__main__":
    main()
