"""All networks, ready for use, as the settings name them.

The networks' framework is imported here, inside the functions, so that importing this module
stays cheap and a parent process that forks never holds it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.settings import Settings

if TYPE_CHECKING:
    from worker.networks.mask_rcnn.finder import SubjectFinder
    from worker.stages.segment import PaintNetwork


@dataclass(frozen=True)
class Networks:
    """The networks, compiled, and the sha256 of each one's weights.

    Attributes:
        person: finds the subject.
        generator: paints the four regions.
        garments: the lean generator, which paints the parts of the outfit.
        weights: sha256 by the network's name in the manifest.
        batch: how many pictures of several threads go through a network together, at most.
    """

    person: "SubjectFinder"
    generator: "PaintNetwork"
    garments: "PaintNetwork"
    weights: dict[str, str]
    batch: int = 1


def build_networks(settings: Settings) -> Networks:
    """Load all networks with verified weights and compile them.

    Raises:
        WeightsError: a file is missing, damaged, or of another network.
    """
    from worker.imaging.palette import PALETTE  # noqa: PLC0415
    from worker.networks.batching import batching_of  # noqa: PLC0415
    from worker.networks.pix2pix.generator import (  # noqa: PLC0415
        GeneratorConfig,
        build_generator,
        compile_painter,
    )
    from worker.networks.pix2pix.lean import (  # noqa: PLC0415
        LeanConfig,
        build_lean_generator,
        compile_lean_painter,
    )
    from worker.networks.precision import computing_in  # noqa: PLC0415
    from worker.networks.weights.manifest import read_entry  # noqa: PLC0415
    from worker.networks.weights.network_file import load_verified  # noqa: PLC0415

    with computing_in(settings.precision):
        finder, person_sha256 = build_finder(settings)
        generator = build_generator(GeneratorConfig())
        garments = build_lean_generator(LeanConfig())
    weights = {"mask_rcnn": person_sha256}
    for name, network in (("pix2pix", generator), ("garments", garments)):
        entry = read_entry(name, settings.weights)
        load_verified(network, entry)
        weights[name] = entry.sha256
    batching = batching_of(settings)
    networks = Networks(
        person=finder,
        generator=compile_painter(generator, PALETTE),
        garments=compile_lean_painter(garments),
        weights=weights,
        batch=batching.limit,
    )
    for network in (networks.person, networks.generator, networks.garments):
        network.warm_up()
        network.gather(batching)
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
