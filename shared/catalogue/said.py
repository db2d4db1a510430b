"""What the shades of one garment say together: its family, how sure that is, and its colour.

Each shade says its family, and its second one, by its share and by how probable they are. Two blues
and a white of a third each say blue.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from shared.colour.abstention import ABSTAIN
from shared.contracts.results import Shade


@dataclass(frozen=True, slots=True)
class SaidFamily:
    """The family that is said most.

    Attributes:
        colour: the largest shade of the family.
        probability: that people say this family, 0..1; None where the shades do not tell, as those
            of older versions.
        second: another family that is as good as said, if there is one.
    """

    colour: Shade
    probability: float | None
    second: str | None

    @classmethod
    def of_largest(cls, shades: Sequence[Shade]) -> Self | None:
        """Return what the largest shade says alone; None without shades."""
        if not shades:
            return None
        first = shades[0]
        return cls(first, first.probability, first.family_second)

    @classmethod
    def of_all(cls, shades: Sequence[Shade]) -> Self | None:
        """Return what all shades say; the largest one's where some do not tell how probable."""
        if not shades or any(shade.probability is None for shade in shades):
            return cls.of_largest(shades)
        total = sum(shade.share for shade in shades) or 1.0
        said: dict[str, float] = {}
        for shade in shades:
            for family, probability in (
                (shade.family, shade.probability),
                (shade.family_second, shade.probability_second),
            ):
                if family is not None:
                    part = shade.share / total * (probability or 0.0)
                    said[family] = said.get(family, 0.0) + part
        # The name is of a shade, so the family must be one's first.
        colours: dict[str, Shade] = {}
        for shade in shades:
            colours.setdefault(shade.family, shade)
        first = max(colours, key=said.__getitem__)
        others = {family: part for family, part in said.items() if family != first}
        second = max(others, key=others.__getitem__, default=None)
        gives_second = second is not None and others[second] >= ABSTAIN
        return cls(colours[first], min(1.0, said[first]), second if gives_second else None)
