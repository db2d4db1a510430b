"""All networks, ready for use, as the settings name them.

The networks' framework is imported here, inside the functions, so that importing this module
stays cheap and a parent process that forks never holds it.
"""

import gc
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.settings import Settings
from worker.analysis.precision import precision_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from worker.networks.compiled import Compiled
    from worker.networks.mask_rcnn.finder import SubjectFinder
    from worker.networks.precision import Precision
    from worker.networks.weights.manifest import WeightsFile
    from worker.stages.segment import PaintNetwork

    PieceNetwork = Compiled[npt.NDArray[np.float32]]


@dataclass(frozen=True)
class Networks:
    """The networks, compiled, and the sha256 of each one's weights.

    Attributes:
        person: finds the subject.
        generator: paints the four regions and the parts of the outfit.
        weights: sha256 by the network's name in the manifest.
        batch: how many pictures of several threads go through a network together, at most.
        precision: what they compute in.
        worn_piece: corrects where a piece seems to be; None where the weights folder has none.
    """

    person: "SubjectFinder"
    generator: "PaintNetwork"
    weights: dict[str, str]
    batch: int = 1
    precision: "Precision | None" = None
    worn_piece: "PieceNetwork | None" = None

    def warm_up(self) -> None:
        """Run each on one empty picture, so that the first is as quick as any other."""
        self.person.warm_up()
        self.generator.warm_up()
        if self.worn_piece is not None:
            self.worn_piece.warm_up()


@contextmanager
def without_collection() -> Generator[None]:
    """Collect no garbage within the block.

    Thousands of modules are imported and none goes: looking for garbage meanwhile takes a fifth of
    the time.
    """
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()


@without_collection()
def build_networks(settings: Settings) -> Networks:
    """Load all networks with verified weights, ready for use.

    Raises:
        WeightsError: a file is missing, damaged, or of another network.
    """
    from worker.networks.batching import batching_of  # noqa: PLC0415

    precision = precision_of(settings)
    finder, person_sha256 = build_finder(settings.model_copy(update={"precision": precision}))
    generator, pix2pix_sha256 = load_generator(settings, precision)
    weights = {"mask_rcnn": person_sha256, "pix2pix": pix2pix_sha256}
    worn_piece = None
    if (loaded := load_worn_piece(settings, precision)) is not None:
        worn_piece, weights["worn_piece"] = loaded
    batching = batching_of(settings)
    networks = Networks(
        person=finder,
        generator=generator,
        weights=weights,
        batch=batching.limit,
        precision=precision,
        worn_piece=worn_piece,
    )
    networks.warm_up()
    networks.person.gather(batching, "mask_rcnn")
    networks.generator.gather(batching, "pix2pix")
    return networks


def load_generator(settings: Settings, precision: "Precision") -> "tuple[PaintNetwork, str]":
    """Load the generator; gives it and its weights' sha256.

    Raises:
        WeightsError: the file is missing, damaged, of another network, or not quantised.
    """
    from worker.networks.graph_cache import GraphCache  # noqa: PLC0415
    from worker.networks.weights.manifest import read_entry  # noqa: PLC0415

    entry = read_entry("pix2pix", settings.weights)
    graphs = GraphCache(settings.cache, precision)
    return graphs.load(entry, _build_generator, _compile_generator), entry.sha256


def load_worn_piece(
    settings: Settings, precision: "Precision"
) -> "tuple[PieceNetwork, str] | None":
    """Load the network that corrects where a piece seems to be; gives it and its weights' sha256.

    None where the weights folder has no such network.

    Raises:
        WeightsError: the file is damaged, of another network, or not quantised.
    """
    from worker.networks.weights.manifest import read_manifest  # noqa: PLC0415

    entry = read_manifest(settings.weights).get("worn_piece")
    if entry is None:
        return None
    from worker.networks.graph_cache import GraphCache  # noqa: PLC0415 - brings Keras

    graphs = GraphCache(settings.cache, precision)
    return graphs.load(entry, _build_worn_piece, _compile_worn_piece), entry.sha256


def networks_of(weights: Path | None) -> tuple[str, ...]:
    """Names of the networks that a weights folder must have, and of those that it also has."""
    from worker.networks.weights.manifest import read_manifest  # noqa: PLC0415

    also = ("worn_piece",)
    return ("mask_rcnn", "pix2pix", *(name for name in also if name in read_manifest(weights)))


def kept_graph(entry: "WeightsFile", settings: Settings) -> bytes:
    """Give a network of the manifest as its kept graph, in float32.

    Raises:
        WeightsError: the file is missing, damaged, or of another network.
    """
    from worker.networks.graph_cache import GraphCache  # noqa: PLC0415
    from worker.networks.mask_rcnn.finder import compile_finder  # noqa: PLC0415

    parts: dict[str, tuple[Any, Any]] = {
        "mask_rcnn": (_build_mask_rcnn, compile_finder),
        "pix2pix": (_build_generator, _compile_generator),
        "worn_piece": (_build_worn_piece, _compile_worn_piece),
    }
    return GraphCache(settings.cache, "float32").graph(entry, *parts[entry.network])


def _build_generator() -> Any:
    from worker.networks.pix2pix.generator import (  # noqa: PLC0415 - brings Keras
        GeneratorConfig,
        build_generator,
    )

    return build_generator(GeneratorConfig())


def _compile_generator(network: Any) -> "PaintNetwork":
    from worker.imaging.palette import PALETTE  # noqa: PLC0415
    from worker.networks.pix2pix.generator import compile_outfit_painter  # noqa: PLC0415

    return compile_outfit_painter(network, PALETTE)


def _build_worn_piece() -> Any:
    from worker.networks.worn_piece import (  # noqa: PLC0415 - brings Keras
        WornPieceConfig,
        build_worn_piece,
    )

    return build_worn_piece(WornPieceConfig())


def _compile_worn_piece(network: Any) -> "PieceNetwork":
    from worker.networks.worn_piece import compile_worn_piece  # noqa: PLC0415 - brings Keras

    return compile_worn_piece(network)


def build_finder(settings: Settings) -> "tuple[SubjectFinder, str]":
    """Load the person network that the settings name; gives it and its weights' sha256.

    Raises:
        WeightsError: a file is missing, damaged, or of another network.
    """
    from worker.networks.graph_cache import GraphCache  # noqa: PLC0415
    from worker.networks.mask_rcnn.config import PERSON  # noqa: PLC0415
    from worker.networks.mask_rcnn.finder import SubjectFinder, compile_finder  # noqa: PLC0415
    from worker.networks.weights.manifest import read_entry  # noqa: PLC0415

    precision = precision_of(settings)
    if settings.person_network == "coco":
        return _released_finder(settings, precision)
    entry = read_entry("mask_rcnn", settings.weights)
    # Boxes do not bear bfloat16: they would be as coarse as a hundredth of the canvas.
    graphs = GraphCache(settings.cache, "float32" if precision == "bfloat16" else precision)
    run = graphs.load(entry, _build_mask_rcnn, compile_finder)
    return SubjectFinder(PERSON, run), entry.sha256


def _build_mask_rcnn() -> Any:
    from worker.networks.mask_rcnn.config import PERSON  # noqa: PLC0415
    from worker.networks.mask_rcnn.network import MaskRcnn  # noqa: PLC0415 - brings Keras

    return MaskRcnn(PERSON)


def _released_finder(settings: Settings, precision: "Precision") -> "tuple[SubjectFinder, str]":
    from worker.networks.mask_rcnn.config import COCO  # noqa: PLC0415
    from worker.networks.mask_rcnn.finder import SubjectFinder  # noqa: PLC0415
    from worker.networks.mask_rcnn.network import MaskRcnn  # noqa: PLC0415
    from worker.networks.mask_rcnn.released.folding import fold  # noqa: PLC0415
    from worker.networks.mask_rcnn.released.weights_file import (  # noqa: PLC0415
        load_weights_file,
    )
    from worker.networks.precision import computing_in, layers_in  # noqa: PLC0415
    from worker.networks.weights.published import checked_file  # noqa: PLC0415

    published = checked_file("coco", settings.published_weights)
    with computing_in(layers_in(precision)):
        released = MaskRcnn(COCO)
        load_weights_file(released, published.path)
        return SubjectFinder.of(fold(released)), published.sha256
