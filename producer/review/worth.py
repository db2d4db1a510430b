"""What review is worth: how often answers are right, by family and by piece, as people judged them.

Only random samples are counted: of products that were chosen for being odd, more are wrong than of
the catalogue. An answer is right where its family is the one that was decided; by either, where one
of both families is one of both. Catalogues are kept apart.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select

from producer.score.calibration import calibration_error
from producer.score.proportion import Proportion
from producer.score.spool import BINS, AgreementRow, ConfidenceBin
from shared.catalogue.kinds import WHOLE
from shared.contracts.decisions import DecisionRecord, ItemState, QueueSource
from shared.database.decision_rows import Decision, ReviewItem, ReviewQueue
from shared.database.engine import reading
from shared.decisions.records import read_record

NO_COLOUR = "no colour"


@dataclass(frozen=True, slots=True)
class Judged:
    """One answer of a sample and whether it is right; ``confidence`` was the answer's own."""

    family: str
    piece: str
    is_right: bool
    is_right_by_either: bool
    is_right_piece: bool
    confidence: float | None

    @classmethod
    def of(cls, decision: DecisionRecord) -> "Judged":
        """Compare what was measured with what was decided."""
        found, said = decision.measured, decision.colour
        families = {found.family, found.family_second} & {said.family, said.family_second}
        is_there = said != type(said)()  # not so where the product is not in its picture
        return cls(
            found.family or NO_COLOUR,
            found.piece or WHOLE,
            is_there and found.family == said.family,
            is_there and bool(families - {None}),
            is_there and found.piece == said.piece,
            found.confidence,
        )


@dataclass(frozen=True, slots=True)
class ReviewWorth:
    """The figures of one catalogue's samples; ``left`` products are still to be judged.

    ``skipped`` ones were looked at and left open: they count neither way.
    """

    catalogue: str
    left: int
    skipped: int
    every: AgreementRow
    piece_right: Proportion
    families: list[AgreementRow]
    pieces: list[AgreementRow]
    bins: list[ConfidenceBin]

    @property
    def calibration_error(self) -> float | None:
        """Return the expected calibration error, 0..1; None without any answers."""
        return calibration_error(self.bins)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        error = self.calibration_error
        return {
            "catalogue": self.catalogue,
            "left": self.left,
            "skipped": self.skipped,
            **_row(self.every),
            "piece_right": self.piece_right.to_json(),
            "families": [{"family": row.name} | _row(row) for row in self.families],
            "pieces": [{"piece": row.name} | _row(row) for row in self.pieces],
            "calibration": {
                "expected_error": None if error is None else round(error, 4),
                "bins": [
                    {
                        "from_to": [each.place / BINS, (each.place + 1) / BINS],
                        "mean": round(each.mean, 4),
                        "right": each.strict.to_json(),
                    }
                    for each in self.bins
                ],
            },
        }


def review_worth(
    engine: Engine, catalogue_id: int, catalogue: str, queue_id: int | None = None
) -> ReviewWorth:
    """Return the figures of a catalogue's samples, or of one of them.

    A product that several samples hold counts once.
    """
    ours = [
        ReviewQueue.catalogue_id == catalogue_id,
        ReviewQueue.source == QueueSource.SAMPLE,
        *([ReviewQueue.id == queue_id] if queue_id is not None else []),
    ]
    query = (
        select(ReviewItem.state, ReviewItem.product_id.label("product"), Decision.__table__)
        .join(ReviewQueue, ReviewQueue.id == ReviewItem.queue_id)
        .outerjoin(
            Decision,
            (Decision.product_id == ReviewItem.product_id)
            & (Decision.version == ReviewItem.version),
        )
        .where(*ours)
        .order_by(ReviewItem.product_id, ReviewItem.queue_id)
    )
    states: dict[int, ItemState] = {}
    judged: dict[int, Judged] = {}
    with reading(engine).begin() as connection:
        for row in connection.execute(query).mappings():
            if row["state"] in (ItemState.ACCEPTED, ItemState.CORRECTED):
                judged[row["product"]] = Judged.of(read_record(row))
            else:
                states.setdefault(row["product"], row["state"])
    others = [state for product, state in states.items() if product not in judged]
    return worth_of(
        catalogue,
        list(judged.values()),
        left=others.count(ItemState.OPEN),
        skipped=others.count(ItemState.SKIPPED),
    )


def worth_of(catalogue: str, judged: Sequence[Judged], *, left: int, skipped: int) -> ReviewWorth:
    """Count judged answers."""
    return ReviewWorth(
        catalogue,
        left,
        skipped,
        _agreement("", judged),
        Proportion(sum(each.is_right_piece for each in judged), len(judged)),
        _by(judged, lambda each: each.family),
        _by(judged, lambda each: each.piece),
        _bins(judged),
    )


def _agreement(name: str, judged: Sequence[Judged]) -> AgreementRow:
    return AgreementRow(
        name,
        Proportion(sum(each.is_right for each in judged), len(judged)),
        Proportion(sum(each.is_right_by_either for each in judged), len(judged)),
    )


def _by(judged: Iterable[Judged], key: Callable[[Judged], str]) -> list[AgreementRow]:
    """Return a row for each of a kind, the most frequent first."""
    parts: dict[str, list[Judged]] = defaultdict(list)
    for each in judged:
        parts[key(each)].append(each)
    rows = [_agreement(name, part) for name, part in parts.items()]
    return sorted(rows, key=lambda row: (-row.strict.of, row.name))


def _bins(judged: Iterable[Judged]) -> list[ConfidenceBin]:
    parts: dict[int, list[Judged]] = defaultdict(list)
    for each in judged:
        if each.confidence is not None:
            parts[min(int(each.confidence * BINS), BINS - 1)].append(each)
    return [
        ConfidenceBin(
            place,
            sum(each.confidence or 0.0 for each in part) / len(part),
            _agreement("", part).strict,
        )
        for place, part in sorted(parts.items())
    ]


def _row(row: AgreementRow) -> dict[str, Any]:
    return {"right": row.strict.to_json(), "right_by_either": row.either.to_json()}
