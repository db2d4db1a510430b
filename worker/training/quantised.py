"""The networks in int8: quantised by what they are shown when photos are analysed."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, cast

import numpy.typing as npt

from shared.catalogue.pieces import Piece, Pieces
from shared.colour.naming import Naming
from shared.errors import NoPersonError
from shared.settings import Settings
from worker.analysis.analyzer import Analyzer
from worker.analysis.networks import Networks, kept_graph, networks_of
from worker.imaging.regions import Pixels
from worker.imaging.worn_piece import find_worn
from worker.networks.compiled import Compiled
from worker.networks.frozen import thaw
from worker.networks.mask_rcnn.config import PERSON
from worker.networks.mask_rcnn.finder import SubjectFinder
from worker.networks.openvino.model import pack, unpack
from worker.networks.openvino.quantise import quantise
from worker.networks.weights.manifest import (
    WeightsFile,
    read_entry,
    sha256_of,
    write_manifest_entry,
)
from worker.stages.decoding.decoded import Decoded
from worker.stages.segment import PaintNetwork


@dataclass
class WatchedNetwork:
    """A network that remembers what it was shown: its inputs, one picture each."""

    network: Compiled[Any]
    inputs: list[tuple[npt.NDArray[Any], ...]] = field(default_factory=list)

    @classmethod
    def of(cls, graph: bytes) -> Self:
        """Load a kept graph."""
        return cls(thaw(graph, "float32"))

    @property
    def size_hw(self) -> tuple[int, int]:
        """The network's canvas."""
        return self.network.size_hw

    def __call__(self, *arrays: npt.NDArray[Any]) -> Any:
        """Do as the network does."""
        self.inputs.append(tuple(each.copy() for each in arrays))
        return self.network(*arrays)


def quantise_networks(
    settings: Settings, photos: Iterable[Pixels], folder: Path, only: Collection[str] = ()
) -> list[WeightsFile]:
    """Quantise networks and name the files in a folder's manifest.

    Args:
        settings: which weights.
        photos: RGB uint8 (H, W, 3), some two hundred, of people.
        folder: the weights folder that takes the files; its manifest names the same weights.
        only: names of the networks; all that the manifest has unless given.

    Raises:
        WeightsError: a file is missing, damaged, or of another network.
    """
    entries = {name: read_entry(name, settings.weights) for name in networks_of(settings.weights)}
    graphs = {name: kept_graph(entry, settings) for name, entry in entries.items()}
    shown = {name: WatchedNetwork.of(graph) for name, graph in graphs.items()}
    count = _show(shown, settings, photos)
    chosen = [name for name in entries if not only or name in only]
    for name in chosen:
        entry = entries[name]
        quantised = quantise(unpack(graphs[name]), shown[name].inputs)
        file = f"{name}.int8.zip"
        (folder / file).write_bytes(pack(quantised))
        int8 = {
            "file": file,
            "sha256": sha256_of(folder / file),
            "made_from": entry.sha256,
            "photos": count,
        }
        write_manifest_entry(folder, name, entry.facts | {"int8": int8})
    return [entry for name in chosen if (entry := read_entry(name, folder).quantised)]


def _show(shown: dict[str, WatchedNetwork], settings: Settings, photos: Iterable[Pixels]) -> int:
    """Analyse photos by these networks; says how many show somebody."""
    networks = Networks(
        person=SubjectFinder(PERSON, cast("Compiled[Any]", shown["mask_rcnn"])),
        generator=cast("PaintNetwork", shown["pix2pix"]),
        weights={},
    )
    corrector = shown.get("worn_piece")
    analyzer = Analyzer(
        networks, Naming.load(settings.naming), Pieces.load(settings.pieces), settings
    )
    count = 0
    for pixels in photos:
        with suppress(NoPersonError):
            segments = analyzer.infer(Decoded(pixels), {}).segments
            count += 1
            if corrector is not None and segments.parts is not None:
                for piece in Piece:
                    find_worn(segments.parts, segments.labels, piece, corrector)
    return count
