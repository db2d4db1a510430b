"""Comparison: colours that were expected beside those that were found."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from shared.contracts.results import Region, Shade

if TYPE_CHECKING:
    from shared.colour.naming import Naming


@dataclass(frozen=True, slots=True)
class Comparison:
    """One region's expected colour and the one that was found, if any.

    ``delta_e`` is CIEDE2000 between both.
    """

    region: Region
    expected: Shade
    found: Shade | None
    delta_e: float | None

    @property
    def agrees(self) -> bool:
        """Whether a colour of the expected family was found, or of the other that it lies near.

        Of skin and hair, whether it has the same name: these have one family each.
        """
        if self.found is None or self.region is not Region.CLOTHES:
            return self.found is not None and self.found.name == self.expected.name
        return self.found.family in (self.expected.family, self.expected.family_second)

    @property
    def wanted(self) -> str:
        """What was expected, in one word: a family, or a tone."""
        return self.expected.family if self.region is Region.CLOTHES else self.expected.name


@dataclass(frozen=True, slots=True)
class Verdict:
    """Comparisons of one region summed up: how many, how many agree, the median ΔE2000."""

    region: Region
    compared: int
    agreeing: int
    missing: int
    delta_e_median: float | None

    @property
    def kind(self) -> str:
        """What colours of this region agree in: their family; of skin and hair, their tone."""
        return "family" if self.region is Region.CLOTHES else "tone"


def compare(
    region: Region, expected_hex: str, found: Iterable[Shade], naming: "Naming"
) -> Comparison:
    """Compare an expected colour, ``#rrggbb``, with the largest of those found."""
    from shared.colour.cielab import delta_e2000, hex_to_rgb, rgb_to_lab  # noqa: PLC0415 - NumPy
    from shared.colour.families.table import UNKNOWN  # noqa: PLC0415
    from shared.colour.tones import presented  # noqa: PLC0415

    lightness, a, b = (float(value) for value in rgb_to_lab(hex_to_rgb(expected_hex)))
    lab = (lightness, a, b)
    expected = Shade(expected_hex, lab, 1.0, *naming.name(lab, presented(region, UNKNOWN)))
    largest = next(iter(found), None)
    delta_e = None if largest is None else float(delta_e2000(lab, largest.lab))
    return Comparison(region, expected, largest, delta_e)


def compare_all(
    expected: Mapping[Region, str], found: Mapping[Region, tuple[Shade, ...]], naming: "Naming"
) -> tuple[Comparison, ...]:
    """Compare every region of which a colour was expected."""
    return tuple(
        compare(region, expected[region], found.get(region, ()), naming)
        for region in Region
        if region in expected
    )


def sum_up(comparisons: Iterable[Comparison]) -> tuple[Verdict, ...]:
    """One verdict a region, in the order of the regions; none for a region never expected."""
    verdicts: list[Verdict] = []
    every = list(comparisons)
    for region in Region:
        ours = [c for c in every if c.region is region]
        distances = [c.delta_e for c in ours if c.delta_e is not None]
        if ours:
            verdicts.append(
                Verdict(
                    region,
                    compared=len(ours),
                    agreeing=sum(c.agrees for c in ours),
                    missing=sum(c.found is None for c in ours),
                    delta_e_median=median(distances) if distances else None,
                )
            )
    return tuple(verdicts)
