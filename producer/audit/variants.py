"""Do variants that are called differently look the same?"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

from producer.answered import AnsweredProduct
from producer.audit.apart import everything_in_common
from producer.audit.finding import Finding, Side, finding_of
from producer.audit.kind import Kind

SAME_COLOUR: Final = 3.0
"""Up to this CIEDE2000 two variants look the same. One cloth, photographed twice, is measured that
near in 19 of 20 photos (`make bench ONLY=stability`)."""

MOST_COMPARED: Final = 100
"""The most names of a group that are compared with each other: a group of more is no group."""


def variant_findings(
    group: Sequence[AnsweredProduct], limit: float = SAME_COLOUR
) -> Iterator[Finding]:
    """Yield every pair of products of an item group whose colours measure the same.

    The group holds one product for each name.
    """
    for one, two in combinations(group[:MOST_COMPARED], 2):
        delta_e = everything_in_common(one.shades, two.shades)
        if delta_e <= limit:
            sureness = min(one.confidence or 0, two.confidence or 0) * (1 - delta_e / limit / 2)
            yield finding_of(
                one,
                Kind.VARIANTS,
                sureness,
                f"{one.merchant_colour} ({one.sku}) and {two.merchant_colour} ({two.sku}) look "
                "the same",
                delta_e=delta_e,
                label=f"{one.merchant_colour}, {one.sku}",
                second=Side.of(f"{two.merchant_colour}, {two.sku}", two),
            )
