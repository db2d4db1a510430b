"""A pipeline that can conclude, but not infer: what it finds in a picture is given to it."""

from pathlib import Path
from typing import Any, cast

from shared.catalogue.pieces import Pieces
from shared.colour.naming import Naming
from shared.contracts.jobs import Claim
from shared.settings import Settings
from shared.storage.storage import FolderStorage
from shared.storage.watched import WatchedStorage
from worker.analysis.analysis import Analysis
from worker.analysis.analyzer import Analyzer
from worker.analysis.networks import Networks
from worker.pipeline import Pipeline
from worker.stages.fetch import Fetcher

CLAIM = Claim(
    job_id=1,
    image_id=1,
    product_id=1,
    catalogue="shop",
    sku="A",
    url="https://shop.example/a.jpg",
    position=0,
    category=None,
    generation=1,
    attempts=1,
    lease_token="token",
)


def without_networks(settings: Settings, weights: dict[str, str] | None = None) -> Analyzer:
    """An analyzer that can conclude, but not infer: colours and crops need no network."""
    none = Networks(*(cast("Any", None) for _ in range(2)), weights or {})
    return Analyzer(none, Naming.load(), Pieces.load(settings.pieces), settings)


def watched(fetcher: Fetcher, folder: Path, settings: Settings, seen: list[Analysis]) -> Pipeline:
    """A pipeline without networks that stores in a folder; ``seen`` gets what it says."""
    return Pipeline(
        analyzer=without_networks(settings),
        fetcher=fetcher,
        storage=WatchedStorage(FolderStorage(folder)),
        settings=settings,
        observer=lambda _, analysis: seen.append(analysis),
    )
