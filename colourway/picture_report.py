"""Picture report: what became of each picture of a catalogue, read from the ledger."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import Engine, Select, and_, case, func, select

from shared.catalogue.product_answer import PictureFinding
from shared.contracts.jobs import FINAL_STATES, JobState
from shared.contracts.results import Region, Shade
from shared.contracts.stages import Code
from shared.database.engine import reading
from shared.database.models import Catalogue, Job, Product, ProductImage

DEFAULT_SHOWN: Final = 300
"""Pictures on one report; more are too much for a browser."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one picture: its current job, and the result on its row.

    ``finding`` is what was found last, even if the last attempt failed; None where nothing ever
    was. ``timings_ms`` maps stages to milliseconds; ``score`` is 0..1.
    """

    sku: str
    title: str | None
    category: str | None
    merchant_colour: str | None
    position: int
    url: str
    state: JobState
    code: Code | None
    stage: str | None
    message: str | None
    attempts: int
    score: float | None
    sha256: str | None
    crop_key: str | None
    cutout_key: str | None
    thumbnail_key: str | None
    finding: PictureFinding | None
    timings_ms: Mapping[str, float]

    @property
    def shades(self) -> Mapping[Region, tuple[Shade, ...]]:
        """The colours of each region, the largest share first."""
        return self.finding.shades if self.finding else {}


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts over all pictures of a catalogue."""

    pictures: int
    states: Mapping[JobState, int]
    codes: Mapping[Code, int]
    subjects: Mapping[str, int]
    families: Mapping[str, int]

    @property
    def unfinished(self) -> int:
        """How many pictures still need an attempt."""
        return sum(count for state, count in self.states.items() if state not in FINAL_STATES)


def summarise(engine: Engine, catalogue: str) -> Summary:
    """Count the pictures of a catalogue by state, code, subject and colour family."""
    with reading(engine).begin() as connection:
        states = connection.execute(
            _present(catalogue, Job.state, Job.code, func.count()).group_by(Job.state, Job.code)
        ).all()
        subjects = connection.execute(
            _present(catalogue, ProductImage.subject, func.count())
            .where(Job.state == JobState.DONE)
            .group_by(ProductImage.subject)
        ).all()
        families = connection.execute(
            select(Product.colour_family, func.count())
            .join(Catalogue, Catalogue.id == Product.catalogue_id)
            .where(Catalogue.name == catalogue, Product.colour_family.is_not(None))
            .group_by(Product.colour_family)
        ).all()
    by_state: Counter[JobState] = Counter()
    by_code: Counter[Code] = Counter()
    for state, code, count in states:
        by_state[state] += count
        if code is not None:
            by_code[code] += count
    return Summary(
        pictures=sum(by_state.values()),
        states=by_state,
        codes=by_code,
        subjects={str(subject): count for subject, count in subjects},
        families={str(f): n for f, n in sorted(families, key=lambda row: -row[1])},
    )


def read_outcomes(engine: Engine, catalogue: str, limit: int = DEFAULT_SHOWN) -> list[Outcome]:
    """Return the first pictures of a catalogue by product and position, failures included.

    If there are more than ``limit``, up to half of it are pictures without a result.
    """
    broken = case((Job.state == JobState.DONE, 1), else_=0)
    with reading(engine).begin() as connection:
        failures = _present(catalogue, Job.id).where(Job.state != JobState.DONE)
        ids = list(connection.scalars(failures.order_by(Job.id).limit(limit // 2)))
        successes = _present(catalogue, Job.id).where(Job.state == JobState.DONE)
        ids += connection.scalars(successes.order_by(Job.id).limit(limit - len(ids)))
        rows = connection.execute(
            _present(catalogue, *_COLUMNS)
            .where(Job.id.in_(ids))
            .order_by(broken.desc(), Product.id, ProductImage.position)
        ).mappings()
        return list(_outcomes(cast("Iterator[Mapping[str, Any]]", iter(rows))))


_COLUMNS: Final = (
    Product.sku,
    Product.title,
    Product.category,
    Product.merchant_colour,
    ProductImage.position,
    ProductImage.url,
    ProductImage.subject,
    ProductImage.score,
    ProductImage.confidence,
    ProductImage.pattern,
    ProductImage.piece,
    ProductImage.warnings,
    ProductImage.sha256,
    ProductImage.crop_key,
    ProductImage.cutout_key,
    ProductImage.thumbnail_key,
    ProductImage.shades,
    Job.state,
    Job.code,
    Job.stage,
    Job.message,
    Job.attempts,
    Job.timings_ms,
)


_OF_FINDING: Final = {"shades", "subject", "confidence", "pattern", "piece", "warnings"}


def _present(catalogue: str, *columns: Any) -> Select[*tuple[Any, ...]]:
    """Return a query over every picture of a catalogue with the job of its current generation."""
    return (
        select(*columns)
        .select_from(Job)
        .join(
            ProductImage,
            and_(ProductImage.id == Job.image_id, ProductImage.generation == Job.generation),
        )
        .join(Product, Product.id == ProductImage.product_id)
        .join(Catalogue, Catalogue.id == Product.catalogue_id)
        .where(Catalogue.name == catalogue)
    )


def _outcomes(rows: Iterator[Mapping[str, Any]]) -> Iterator[Outcome]:
    for row in rows:
        found = None
        if row["shades"] is not None:
            found = PictureFinding.of({**row, "provenance": {}})
        own = {name: row[name] for name in row if name not in (*_OF_FINDING, "stage", "timings_ms")}
        yield Outcome(
            **own,
            stage=None if row["stage"] is None else str(row["stage"].value),
            finding=found,
            timings_ms=row["timings_ms"] or {},
        )
