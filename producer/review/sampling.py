"""A random sample of a catalogue that every family and piece has its fair part in.

The products are parted by measured family and piece. Each part gives as many as its share of the
catalogue says, chosen at random within it; so every product is as likely to be chosen as any other,
and what is true of the sample can be said of the catalogue without weights.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from heapq import heappush, heappushpop
from typing import Final

from sqlalchemy import Engine, func, select

from producer.catalogue.reader import ProductSelection
from producer.review.queues import ChosenProduct
from shared.catalogue.kinds import WHOLE
from shared.database.engine import reading
from shared.database.id_ranges import id_ranges
from shared.database.models import Product

Stratum = tuple[str | None, str | None]
"""A family and a piece, as measured."""

NO_COLOUR: Final = "no colour"


def sampled(
    engine: Engine, selection: ProductSelection, size: int, seed: int
) -> list[ChosenProduct]:
    """Choose so many products, fewer where there are no more; the same ones for the same seed.

    They come in random order, so that those looked at first are a sample too. Conditions of the
    selection are not asked: a sample is of a catalogue, or of some of its categories.
    """
    counts = _counts(engine, selection)
    wanted = allotted(counts, size)
    drawn = {stratum: _Draw(wanted[stratum]) for stratum in wanted if wanted[stratum]}
    for span in id_ranges(engine, Product.id):
        query = select(Product.id, Product.colour_family, Product.piece).where(
            span.holds(Product.id), *selection.narrowed()
        )
        with reading(engine).begin() as connection:
            for key, family, piece in connection.execute(query):
                # Those of a stratum that came meanwhile were not counted: none is drawn.
                if (draw := drawn.get((family, piece))) is not None:
                    draw.add(_lot(seed, key), key)
    chosen = [
        (lot, ChosenProduct(key, f"random sample: {family or NO_COLOUR}, {piece or WHOLE}"))
        for (family, piece), draw in drawn.items()
        for lot, key in draw.lots()
    ]
    return [each for _, each in sorted(chosen, key=lambda pair: pair[0])]


def allotted(counts: Mapping[Stratum, int], size: int) -> dict[Stratum, int]:
    """Return how many products of each stratum are taken: its share, rounded fairly.

    They sum to ``size``, or to all that there are. The largest remainders are rounded up.
    """
    total = sum(counts.values())
    size = min(size, total)
    exact = {stratum: size * count / total for stratum, count in counts.items()} if total else {}
    taken = {stratum: int(share) for stratum, share in exact.items()}
    by_remainder = sorted(
        exact, key=lambda each: (taken[each] - exact[each], each[0] or "", each[1] or "")
    )
    for stratum in by_remainder[: size - sum(taken.values())]:
        taken[stratum] += 1
    return taken


@dataclass(slots=True)
class _Draw:
    """The products of one stratum with the smallest lots, so many at most."""

    most: int
    _kept: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    def add(self, lot: int, key: int) -> None:
        # The heap drops its smallest entry: with lots negated, the largest lot.
        if len(self._kept) < self.most:
            heappush(self._kept, (-lot, key))
        else:
            heappushpop(self._kept, (-lot, key))

    def lots(self) -> list[tuple[int, int]]:
        return [(-lot, key) for lot, key in self._kept]


def _lot(seed: int, key: int) -> int:
    return int.from_bytes(hashlib.blake2b(f"{seed}:{key}".encode(), digest_size=8).digest())


def _counts(engine: Engine, selection: ProductSelection) -> dict[Stratum, int]:
    query = (
        select(Product.colour_family, Product.piece, func.count())
        .where(*selection.narrowed())
        .group_by(Product.colour_family, Product.piece)
    )
    with reading(engine).begin() as connection:
        return {(family, piece): count for family, piece, count in connection.execute(query)}
