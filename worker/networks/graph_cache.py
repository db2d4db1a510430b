"""Frozen networks kept in the user's cache, so that only their first use builds any layer.

A file's name holds what its graph was made from: the weights, the code, the frameworks' versions
and the precision. So a stale one is never found, and nothing need be invalidated. A file that is
damaged or cannot be written costs time alone. Networks that come quantised need no cache.
"""

import hashlib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import structlog

from shared.errors import WeightsError
from shared.storage.atomic_write import atomic_file
from worker.networks.code_version import code_version
from worker.networks.compiled import Compiled
from worker.networks.frozen import available, freeze, kept, thaw
from worker.networks.openvino import model as openvino
from worker.networks.precision import Precision, Trained, computing_in, layers_in
from worker.networks.weights.manifest import WeightsFile, verify

if TYPE_CHECKING:
    import keras

KEPT: Final = 4
"""How many graphs of one network are kept: other weights, versions and precisions take turns."""

_DIGEST: Final = hashlib.sha256().digest_size

log = structlog.get_logger()


class GraphCache:
    """Loads networks, from their graphs where these are known.

    Args:
        folder: where graphs are kept; made when it is needed.
        precision: what networks compute in.
    """

    def __init__(self, folder: Path, precision: Precision) -> None:
        self._folder = folder
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
            return thaw(_quantised(entry), self._precision)
        if not available():
            verify(entry)
            return compiled(self._built(entry, build))
        return thaw(self.graph(entry, build, compiled), self._precision)

    def graph(
        self,
        entry: WeightsFile,
        build: Callable[[], "keras.Model"],
        compiled: Callable[[Any], Compiled[Any]],
    ) -> bytes:
        """Give a network in the form in which it is kept; see :meth:`load`."""
        verify(entry)
        graph = self._read(entry)
        if graph is None:
            network = self._built(entry, build)
            graph = kept(freeze(compiled(network), network))
            self._write(entry, graph)
        return graph

    def _built(self, entry: WeightsFile, build: Callable[[], "keras.Model"]) -> "keras.Model":
        with computing_in(self._layers()):
            network = build()
        _load_weights(network, entry.path)
        return network

    def _layers(self) -> Trained:
        """What layers are built in: OpenVINO goes down to bfloat16 by itself."""
        return "float32" if openvino.available() else layers_in(self._precision)

    def _path(self, entry: WeightsFile) -> Path:
        made_from = (entry.sha256, self._layers(), code_version(), *_frameworks())
        name = hashlib.sha256("\n".join(made_from).encode()).hexdigest()[:16]
        return self._folder / f"{entry.network}-{name}.graph"

    def _read(self, entry: WeightsFile) -> bytes | None:
        try:
            content = self._path(entry).read_bytes()
        except OSError:
            return None
        graph = content[_DIGEST:]
        return graph if hashlib.sha256(graph).digest() == content[:_DIGEST] else None

    def _write(self, entry: WeightsFile, graph: bytes) -> None:
        path = self._path(entry)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with atomic_file(path) as file:
                file.write(hashlib.sha256(graph).digest() + graph)
            others = sorted(
                self._folder.glob(f"{entry.network}-*.graph"), key=lambda path: path.stat().st_mtime
            )
            for old in others[:-KEPT]:
                old.unlink(missing_ok=True)
        except OSError as error:
            log.debug("network not kept", folder=str(self._folder), reason=str(error))


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
