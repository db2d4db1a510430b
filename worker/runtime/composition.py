"""The worker's composition root: settings in, ready objects out.

The networks' framework is imported here, inside the functions, so that importing this module
stays cheap and a parent process that forks never holds it.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from shared.database.engine import IDLE_LIMIT_S, open_engine, require_current_schema
from shared.ledger.ledger import Ledger
from shared.settings import Settings
from shared.storage.storage import open_storage

if TYPE_CHECKING:
    from shared.catalogue.pieces import Pieces
    from shared.colour.naming import Naming
    from worker.networks.mask_rcnn.finder import SubjectFinder
    from worker.pipeline import Networks, Observer, Pipeline


def build_ledger(settings: Settings) -> Ledger:
    """Open the ledger.

    Raises:
        SchemaError: the database was not migrated.
    """
    engine = open_engine(settings.database_url, idle_limit_s=IDLE_LIMIT_S)
    require_current_schema(engine)
    return Ledger(engine, settings)


def build_networks(settings: Settings) -> "Networks":
    """Load both networks with verified weights and compile them.

    Raises:
        WeightsError: a file is missing, damaged, or of another network.
    """
    from worker.imaging.palette import PALETTE  # noqa: PLC0415
    from worker.networks.pix2pix.generator import (  # noqa: PLC0415
        GeneratorConfig,
        build_generator,
        compile_painter,
    )
    from worker.networks.precision import computing_in  # noqa: PLC0415
    from worker.networks.weights.manifest import read_entry  # noqa: PLC0415
    from worker.networks.weights.network_file import load_verified  # noqa: PLC0415
    from worker.pipeline import Networks  # noqa: PLC0415

    with computing_in(settings.precision):
        finder, person_sha256 = build_finder(settings)
        generator = build_generator(GeneratorConfig())
    entry = read_entry("pix2pix", settings.weights)
    load_verified(generator, entry)
    networks = Networks(
        person=finder,
        generator=compile_painter(generator, PALETTE),
        weights={"mask_rcnn": person_sha256, "pix2pix": entry.sha256},
    )
    networks.person.warm_up()
    networks.generator.warm_up()
    return networks


def build_finder(settings: Settings) -> "tuple[SubjectFinder, str]":
    """Load the person network that the settings name; gives it and its weights' sha256.

    Raises:
        WeightsError: a file is missing, damaged, or of another network.
    """
    from worker.networks.mask_rcnn.config import COCO, PERSON  # noqa: PLC0415
    from worker.networks.mask_rcnn.finder import SubjectFinder  # noqa: PLC0415
    from worker.networks.mask_rcnn.network import MaskRcnn  # noqa: PLC0415
    from worker.networks.mask_rcnn.released.folding import fold  # noqa: PLC0415
    from worker.networks.mask_rcnn.released.weights_file import (  # noqa: PLC0415
        load_weights_file,
    )
    from worker.networks.weights.manifest import read_entry  # noqa: PLC0415
    from worker.networks.weights.network_file import load_verified  # noqa: PLC0415
    from worker.networks.weights.published import checked_file  # noqa: PLC0415

    if settings.person_network == "coco":
        published = checked_file("coco", settings.published_weights)
        released = MaskRcnn(COCO)
        load_weights_file(released, published.path)
        return SubjectFinder(fold(released)), published.sha256
    entry = read_entry("mask_rcnn", settings.weights)
    network = MaskRcnn(PERSON)
    load_verified(network, entry)
    return SubjectFinder(network), entry.sha256


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
    from worker.pipeline import Pipeline  # noqa: PLC0415
    from worker.stages.fetch import Fetcher  # noqa: PLC0415

    return Pipeline(
        networks=build_networks(settings),
        fetcher=Fetcher(settings, feed_folder),
        storage=open_storage(settings),
        naming=build_naming(settings),
        pieces=build_pieces(settings),
        settings=settings,
        observer=observer,
    )


def build_naming(settings: Settings) -> "Naming":
    """Read the table of colour names."""
    from shared.colour.naming import Naming  # noqa: PLC0415

    return Naming.load(settings.naming)


def build_pieces(settings: Settings) -> "Pieces":
    """Read the lexicon of categories."""
    from shared.catalogue.pieces import Pieces  # noqa: PLC0415

    return Pieces.load(settings.pieces)
