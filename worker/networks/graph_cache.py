"""Frozen networks kept in the user's cache, so that only their first use builds any layer.

A graph is found again by its weights, the code, the frameworks' versions and the precision.
Networks that come quantised are there already.
"""

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.errors import WeightsError
from worker.networks.code_version import code_version
from worker.networks.compiled import Compiled
from worker.networks.frozen import available, freeze, kept, thaw
from worker.networks.kept_files import KeptFiles
from worker.networks.openvino import model as openvino
from worker.networks.precision import Precision, Trained, computing_in, layers_in
from worker.networks.weights.manifest import WeightsFile, verify

if TYPE_CHECKING:
    import keras


class GraphCache:
    """Loads networks, from their graphs where these are known.

    Args:
        folder: where graphs are kept; made when it is needed.
        precision: what networks compute in.
    """

    def __init__(self, folder: Path, precision: Precision) -> None:
        self._graphs = KeptFiles(folder, "graph")
        self._models = KeptFiles(folder, "model")
        self._precision: Precision = precision

    def load(
        self,
        entry: WeightsFile,
        build: Callable[[], "keras.Model"],
        compiled: Callable[[Any], Compiled[Any]],
    ) -> Compiled[Any]:
        """Give a network with verified weights, ready for use.

        Args:
            entry: its weights.
            build: makes its layers.
            compiled: compiles what ``build`` made.

        Raises:
            WeightsError: the file is missing, damaged, of another network, or not quantised.
        """
        if self._precision == "int8":
            return thaw(_quantised(entry), self._precision, self._models)
        if not available():
            verify(entry)
            return compiled(self._built(entry, build))
        return thaw(self.graph(entry, build, compiled), self._precision, self._models)

    def graph(
        self,
        entry: WeightsFile,
        build: Callable[[], "keras.Model"],
        compiled: Callable[[Any], Compiled[Any]],
    ) -> bytes:
        """Give a network in the form in which it is kept; see :meth:`load`."""
        verify(entry)
        made_from = (entry.sha256, self._layers(), code_version(), *_frameworks())
        path = self._graphs.path(entry.network, made_from)
        graph = self._graphs.read(path)
        if graph is None:
            network = self._built(entry, build)
            graph = kept(freeze(compiled(network), network))
            self._graphs.write(entry.network, path, graph)
        return graph

    def _built(self, entry: WeightsFile, build: Callable[[], "keras.Model"]) -> "keras.Model":
        with computing_in(self._layers()):
            network = build()
        _load_weights(network, entry.path)
        return network

    def _layers(self) -> Trained:
        """What layers are built in: OpenVINO goes down to bfloat16 by itself."""
        return "float32" if openvino.available() else layers_in(self._precision)


def _load_weights(network: "keras.Model", path: Path) -> None:
    from worker.networks.weights.network_file import load_weights  # noqa: PLC0415 - brings Keras

    load_weights(network, path)


def _quantised(entry: WeightsFile) -> bytes:
    """Content of a network's quantised file, verified."""
    if not openvino.available():
        raise WeightsError("int8 needs OpenVINO: pip install 'colourway[worker]'")
    quantised = entry.quantised
    if quantised is None:
        raise WeightsError(
            f"{entry.path} has no int8 form; set COLOURWAY_PRECISION to auto or float32, "
            "or make one with `colourway weights quantise`"
        )
    verify(quantised)
    return quantised.path.read_bytes()


def _frameworks() -> tuple[str, ...]:
    """Versions of what makes a kept graph, and of what reads it."""
    if openvino.available():
        return version("keras"), version("openvino")
    import tensorflow as tf  # noqa: PLC0415  # only where it is the backend

    return version("keras"), str(tf.__version__)
