"""What a product is by a person's decision: the one place where it wins over what was measured.

1. Families and piece are the decided ones, also where later runs have found others.
2. The decided colour comes first. Where it is none of those that are measured now, it takes the
   place of the largest: it is what that one should have been. The others stay.
3. The answer is sure, and has no warnings, nor is its picture a placeholder: somebody has looked.
4. A product that is not in its picture has no colour and no pictures of its own; the warning says
   so. Everything else, the pattern too, stays as measured.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from shared.contracts.decisions import DecisionRecord, Ruling
from shared.contracts.results import MULTI
from shared.contracts.warnings import WarningWord

SURE: Final = 1.0
"""The confidence of what a person has decided."""

_NOT_IN_PICTURE: Final[Mapping[str, Any]] = {
    "colour_name": None,
    "colour_family": None,
    "colour_family_second": None,
    "pattern": None,
    "piece": None,
    "colours": [],
    "warnings": [WarningWord.PIECE_NOT_FOUND.value],
    "confidence": None,
    "crop_key": None,
    "cutout_key": None,
    "thumbnail_key": None,
    "sharing": 0,
}


def decided_row(row: Mapping[str, Any], decision: DecisionRecord) -> Mapping[str, Any]:
    """Return a row of a product as it was decided; ``decision`` is added to it."""
    if decision.ruling is Ruling.NOT_IN_PICTURE:
        return {**row, **_NOT_IN_PICTURE, "decision": decision}
    decided = decision.colour
    return {
        **row,
        "colour_name": decided.name,
        "colour_family": decided.family,
        "colour_family_second": decided.family_second,
        "piece": decided.piece,
        "colours": _colours(row["colours"] or (), decision),
        "warnings": [],
        "confidence": SURE,
        "sharing": 0,
        "decision": decision,
    }


def _colours(measured: Sequence[Mapping[str, Any]], decision: DecisionRecord) -> list[Any]:
    """Return the colours, the decided one first; see the module."""
    decided = decision.colour
    if decided.hex is None or decided.family is None:
        return list(measured)
    found = next(
        (place for place, each in enumerate(measured) if each.get("hex") == decided.hex), None
    )
    place = 0 if found is None else found
    others = [each for other, each in enumerate(measured) if other != place]
    if found is None:
        main = {"hex": decided.hex, "lab": _lab(decided.hex), "share": _share(measured)}
    else:
        main = dict(measured[found])
    if decided.family != MULTI:
        main |= {
            "name": decided.name,
            "family": decided.family,
            "family_second": decided.family_second,
            "probability": SURE,
            "probability_second": None,
        }
    elif found is None:
        return list(measured)
    return [main, *others]


def _share(measured: Sequence[Mapping[str, Any]]) -> float:
    return measured[0].get("share", 1.0) if measured else 1.0


def _lab(colour: str) -> list[float]:
    from shared.colour.cielab import hex_to_rgb, rgb_to_lab  # noqa: PLC0415 - loads NumPy

    return [float(value) for value in rgb_to_lab(hex_to_rgb(colour))]
