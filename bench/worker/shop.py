"""500 photos through the real pipeline, then exported, checked as a merchant feed, and audited."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sqlalchemy import Engine, insert, select

from bench.rig.embedded_mode import open_embedded_mode
from producer.audit.audit import UNSURE, Audit
from producer.audit.colour_range import ColourRanges
from producer.audit.lexicon import Lexicon
from producer.audit.names import NameCheck
from producer.audit.spool import Spool
from producer.catalogue.reader import ProductReader, ProductSelection
from producer.exports.export import export
from producer.exports.formats import ExportFormat, ExportOptions, open_writer
from producer.merchant.check import FeedCheck
from producer.merchant.feed import open_merchant_feed
from shared.colour.naming import Naming
from shared.contracts.jobs import Claim, JobState
from shared.database.models import Product
from worker.runtime.runner import Outcome

PHOTOS = 500
COPIES = 100
"""How many times the products are copied, so that reading them is not all start-up."""

WORDS = ("Navy", "off-white", "Toasted Walnut", "bleu marine", "dunkelrot", "Moonlight")


def main() -> None:
    """Print how many products pass the validator, how sure they are, and products a second."""
    with (
        open_embedded_mode(PHOTOS, distinct=PHOTOS) as embedded,
        tempfile.TemporaryDirectory() as folder,
    ):
        done = embedded.worker().work(ignore)
        print(f"{done.processed} {embedded.source} in {done.seconds:.0f} s")
        engine, root = embedded.home.engine, Path(folder)
        written, violations = feed(engine, root / "feed.tsv")
        print(f"merchant feed: {written} products, {violations} violations")
        with engine.begin() as connection:
            found = connection.scalars(select(Product.confidence).where(Product.confidence > 0))
            sure = np.array(found.all())
        print(
            f"confidence: {sure.min():.2f} at least, {np.percentile(sure, 1):.2f} at 1 %, "
            f"{np.median(sure):.2f} median; below {UNSURE}: {np.mean(sure < UNSURE):.1%}"
        )
        copy_products(engine)
        for form in ExportFormat:
            per_s(f"export {form}", lambda form=form: written_as(engine, form, root / "out"))
        per_s("validate-feed", lambda: feed(engine, root / "again.tsv")[0])
        per_s("audit", lambda: audit(engine))


def feed(engine: Engine, path: Path) -> tuple[int, int]:
    """Write a merchant feed and check it: products and violations."""
    products = written_as(engine, ExportFormat.MERCHANT, path)
    check = FeedCheck()
    with open_merchant_feed(str(path)) as opened:
        for _ in check.violations_of(opened):
            pass
    return products, check.violations


def written_as(engine: Engine, form: ExportFormat, path: Path) -> int:
    """Write all products in a form; how many they are."""
    with path.open("wb") as file:
        writer = open_writer(form, file, ExportOptions(lambda key: key))
        return export(reader(engine), writer).products


def audit(engine: Engine) -> int:
    """Look at all products; how many they are."""
    naming = Naming.load()
    names = NameCheck(Lexicon.load(naming), ColourRanges(naming))
    with Spool() as spool:
        return Audit(reader(engine), names, spool).run().products


def reader(engine: Engine) -> ProductReader:
    """A reader of all products that have a result."""
    return ProductReader(engine, ProductSelection(), lambda _sku, _reason: None)


def copy_products(engine: Engine) -> None:
    """Add copies of every product, with names of colours, in item groups of six."""
    with engine.begin() as connection:
        rows = [dict(row) for row in connection.execute(select(Product.__table__)).mappings()]
        for copy in range(COPIES):
            connection.execute(
                insert(Product),
                [
                    row
                    | {
                        "id": None,
                        "sku": f"{row['sku']}-{copy}",
                        "item_group": f"G{copy}-{place // len(WORDS)}",
                        "merchant_colour": WORDS[place % len(WORDS)],
                    }
                    for place, row in enumerate(rows)
                ],
            )


def per_s(what: str, run: Callable[[], int]) -> None:
    """Print how many products something takes in a second, of the clock and of the processor."""
    started, worked = time.perf_counter(), time.process_time()
    products = run()
    clock, processor = time.perf_counter() - started, time.process_time() - worked
    print(
        f"{what}: {products / clock:,.0f} products/s of {products:,}; "
        f"{products / processor:,.0f} in a second of processor time"
    )


def ignore(claim: Claim, state: JobState, outcome: Outcome | None) -> None:
    """What counts is in the database afterwards."""


if __name__ == "__main__":
    main()
