"""Do variants that are called differently look the same?"""

from collections.abc import Iterator, Sequence
from itertools import accumulate, combinations
from typing import Final

import numpy as np

from producer.audit.apart import everything_in_common
from producer.audit.finding import Finding, FindingSide, finding_of
from producer.audit.kind import FindingKind
from producer.catalogue.main_colours import main_shades
from producer.catalogue.reader import AnsweredProduct
from shared.colour.cielab import delta_e2000

SAME_COLOUR: Final = 3.0
"""Up to this CIEDE2000 two variants look the same. One cloth in other light, size or JPEG is
measured that near in 19 of 20 photos (`make bench-colours ARGS="photos --training"`)."""

MOST_COMPARED: Final = 100
"""The most names of a group that are compared with each other: a group of more is no group."""


def variant_findings(
    group: Sequence[AnsweredProduct], limit: float = SAME_COLOUR
) -> Iterator[Finding]:
    """Yield every pair of products of an item group whose colours measure the same.

    The group holds one product for each name, and each has a colour.
    """
    products = group[:MOST_COMPARED]
    shades = [main_shades(product.shades) for product in products]
    labs = np.array([shade.lab for each in shades for shade in each])
    apart = delta_e2000(labs[:, None], labs)  # all at once: a call takes longer than its sums
    ends = list(accumulate(map(len, shades), initial=0))
    for i, j in combinations(range(len(products)), 2):
        between = apart[ends[i] : ends[i + 1], ends[j] : ends[j + 1]]
        delta_e = everything_in_common(between)
        if delta_e <= limit:
            yield _finding(products[i], products[j], delta_e, limit)


def _finding(one: AnsweredProduct, two: AnsweredProduct, delta_e: float, limit: float) -> Finding:
    return finding_of(
        one,
        FindingKind.VARIANTS,
        min(one.confidence or 0, two.confidence or 0) * (1 - delta_e / limit / 2),
        f"{one.merchant_colour} ({one.sku}) and {two.merchant_colour} ({two.sku}) look the same",
        delta_e=delta_e,
        label=f"{one.merchant_colour}, {one.sku}",
        second=FindingSide.of(f"{two.merchant_colour}, {two.sku}", two),
    )
