"""A network frozen: one graph with its weights as constants, which runs without any layer.

To build and trace layers costs far more processor time than to read a graph that was traced before.
What depends on weights alone, such as standardised kernels, TensorFlow computes once, too.
Keras is imported only to freeze, and TensorFlow's Python only to freeze and for builds with GPUs.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy.typing as npt

from worker.networks import c_api
from worker.networks.backend import backend
from worker.networks.compiled import Compiled
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
        A TensorFlow ``GraphDef``, for :func:`thaw`.
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


def thaw(frozen: bytes) -> Compiled[Any]:
    """Make a frozen network ready for use; the inverse of :func:`freeze`."""
    run, shapes = read(frozen)
    (_, height, width, _), *rows = shapes

    def answer(*inputs: npt.NDArray[Any]) -> Any:
        found = run(*inputs)
        return found.get(_ONLY, found)

    return Compiled(answer, (height, width), tuple(row[1] for row in rows), ready=True)


Run = Callable[..., dict[str, npt.NDArray[Any]]]
"""Takes an array for each input of a graph, and gives its outputs by name."""


def read(frozen: bytes) -> tuple[Run, Sequence[tuple[int, ...]]]:
    """Give what runs a graph, and the shapes of its inputs, by the cheapest way there is."""
    if c_api.tensorflow_version() is None:
        return read_with_python(frozen)
    graph = c_api.FrozenGraph(frozen, _OUTPUT)
    return graph, graph.input_shapes


def read_with_python(frozen: bytes) -> tuple[Run, Sequence[tuple[int, ...]]]:
    """Do as :func:`read` does in a session of TensorFlow's Python, which may have a GPU."""
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
    run = v1.Session(graph=graph, config=session_config()).make_callable(outputs, inputs)
    return run, [tuple(length or -1 for length in each.shape) for each in inputs]


def session_config() -> Any:
    """How a session runs a frozen network: a ``ConfigProto``."""
    import tensorflow as tf  # noqa: PLC0415  # only where it is the backend

    config: Any = tf.compat.v1.ConfigProto()
    # A second pass over the graph costs a third of the start and makes it no faster.
    config.graph_options.rewrite_options.meta_optimizer_iterations = 1
    # Threads that spin while they wait take the processor from decoding, cutting and storing.
    config.experimental.disable_thread_spinning = True
    return config
