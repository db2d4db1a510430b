"""A network frozen: one graph with its weights as constants, which runs without any layer.

To build and trace layers costs far more processor time than to read a graph that was traced before.
OpenVINO runs such a graph where it is installed, which it is beside builds of TensorFlow without
GPUs; TensorFlow does elsewhere. Keras is imported only to freeze.
"""

import threading
from typing import TYPE_CHECKING, Any, Final

import numpy.typing as npt

from worker.networks.backend import backend
from worker.networks.compiled import Compiled
from worker.networks.kept_files import KeptFiles
from worker.networks.openvino import model as openvino
from worker.networks.openvino.runner import OpenVinoGraph
from worker.networks.precision import Precision
from worker.networks.tensors import ops

if TYPE_CHECKING:
    import keras

_OUTPUT: Final = "output_"
_ONLY: Final = "only"


def available() -> bool:
    """Whether networks can be frozen: where TensorFlow runs them."""
    return backend() == "tensorflow"


def freeze(compiled: Compiled[Any], network: "keras.Model") -> bytes:
    """Trace a network with the weights that it has now.

    Args:
        compiled: what runs it; gives a tensor or a dictionary of tensors.
        network: whose variables become constants.

    Returns:
        A TensorFlow ``GraphDef``, for :func:`kept`.
    """
    import keras  # noqa: PLC0415  # only to freeze
    import tensorflow as tf  # noqa: PLC0415  # only where it is the backend

    weights = [(v, ops.convert_to_numpy(v.value)) for v in network.variables]

    def traced(*inputs: Any) -> None:
        with keras.StatelessScope(state_mapping=weights):
            found = compiled.function(*inputs)
        for name, tensor in (found if isinstance(found, dict) else {_ONLY: found}).items():
            tf.identity(tensor, name=f"{_OUTPUT}{name}")

    function = tf.function(traced, input_signature=compiled.signature(), autograph=False)
    graph: Any = function.get_concrete_function().graph
    return graph.as_graph_def().SerializeToString()


def kept(graph: bytes) -> bytes:
    """Give a frozen network in the form that is kept and that :func:`thaw` reads."""
    return openvino.pack(openvino.convert(graph, _OUTPUT)) if openvino.available() else graph


def thaw(content: bytes, precision: Precision, models: KeptFiles | None = None) -> Compiled[Any]:
    """Make a kept network ready for use.

    Args:
        content: what :func:`kept` gave.
        precision: what it computes in; only OpenVINO chooses that of a frozen network.
        models: where OpenVINO keeps what it makes of it for this processor.

    Raises:
        zipfile.BadZipFile: the content is damaged.
    """
    run = (
        OpenVinoGraph(content, precision, models)
        if openvino.available()
        else TensorFlowGraph(content)
    )
    (_, height, width, channels), *rows = run.input_shapes

    def answer(*inputs: npt.NDArray[Any]) -> Any:
        found = run(*inputs)
        return found.get(_ONLY, found)

    return Compiled(
        answer, (height, width), tuple(row[1] for row in rows), channels=channels, ready=True
    )


class TensorFlowGraph:
    """A ``GraphDef`` in a session of TensorFlow, which may have a GPU.

    Calls side by side would only compete for it: they are made one after the other.
    """

    def __init__(self, frozen: bytes) -> None:
        import tensorflow as tf  # noqa: PLC0415  # only where it is the backend

        v1: Any = tf.compat.v1
        graph: Any = tf.Graph()
        with graph.as_default():
            tf.graph_util.import_graph_def(v1.GraphDef.FromString(frozen), name="")
        operations = graph.get_operations()
        inputs = [each.outputs[0] for each in operations if each.type == "Placeholder"]
        outputs = {
            each.name.removeprefix(_OUTPUT): each.outputs[0]
            for each in operations
            if each.name.startswith(_OUTPUT)
        }
        self._lock = threading.Lock()
        self._run = v1.Session(graph=graph, config=_session_config()).make_callable(outputs, inputs)
        self.input_shapes = [tuple(length or -1 for length in each.shape) for each in inputs]
        """Of each input, in the graph's order; -1 where any length will do."""

    def __call__(self, *arrays: npt.NDArray[Any]) -> dict[str, npt.NDArray[Any]]:
        """Run on one array for each input; gives each output by its name."""
        with self._lock:
            return self._run(*arrays)


def _session_config() -> Any:
    """How a session runs a frozen network: a ``ConfigProto``."""
    import tensorflow as tf  # noqa: PLC0415  # only where it is the backend

    config: Any = tf.compat.v1.ConfigProto()
    # A second pass over the graph costs a third of the start and makes it no faster.
    config.graph_options.rewrite_options.meta_optimizer_iterations = 1
    # Threads that spin while they wait take the processor from decoding, cutting and storing.
    config.experimental.disable_thread_spinning = True
    return config
