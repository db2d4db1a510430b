"""The worker's composition root: settings in, ready objects out.

The networks' framework is imported here, inside the functions, so that importing this module
stays cheap and a parent process that forks never holds it.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from shared.database.engine import IDLE_LIMIT_S, open_engine, require_current_schema
from shared.ledger.ledger import Ledger
from shared.metrics.counting import expect_families
from shared.settings import Settings
from shared.storage.watched import watch_storage
from worker.runtime.heap import share_one_arena

if TYPE_CHECKING:
    from shared.colour.naming import Naming
    from worker.pipeline import Observer, Pipeline


def build_ledger(settings: Settings) -> Ledger:
    """Open the ledger.

    Raises:
        SchemaError: the database was not migrated.
    """
    engine = open_engine(settings.database_url, idle_limit_s=IDLE_LIMIT_S)
    require_current_schema(engine)
    return Ledger(engine, settings)


def build_pipeline(
    settings: Settings,
    feed_folder: Path | None = None,
    observer: "Observer | None" = None,
) -> "Pipeline":
    """Build the whole pipeline.

    Args:
        settings: as read from the environment.
        feed_folder: embedded mode only: local pictures below this folder may be read.
        observer: sees each picture's analysis.
    """
    import cv2  # noqa: PLC0415

    from worker.analysis.analyzer import Analyzer  # noqa: PLC0415
    from worker.pipeline import Pipeline  # noqa: PLC0415
    from worker.stages.fetch import Fetcher  # noqa: PLC0415

    share_one_arena()
    cv2.setNumThreads(1)  # pictures go side by side: threads within one would only compete
    analyzer = Analyzer.load(settings)
    expect_families(analyzer.naming.families)
    return Pipeline(
        analyzer=analyzer,
        fetcher=Fetcher(settings, feed_folder),
        storage=watch_storage(settings),
        settings=settings,
        observer=observer,
    )


def build_naming(settings: Settings) -> "Naming":
    """Read the table of colour names."""
    from shared.colour.naming import Naming  # noqa: PLC0415

    return Naming.load(settings.naming)
