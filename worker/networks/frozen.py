"""A network frozen: one graph with its weights as constants, which runs without any layer.

To build and trace layers costs far more processor time than to read a graph that was traced before.
What depends on weights alone, such as standardised kernels, TensorFlow computes once, too.
"""

from typing import Any, Final

import keras

from worker.networks.compiled import Compiled
from worker.networks.tensors import ops

_OUTPUT: Final = "output_"
_ONLY: Final = "only"


def available() -> bool:
    """Whether networks can be frozen: where TensorFlow runs them."""
    return keras.backend.backend() == "tensorflow"


def freeze(compiled: Compiled[Any], network: keras.Model) -> bytes:
    """Trace a network with the weights that it has now.

    Args:
        compiled: what runs it; gives a tensor or a dictionary of tensors.
        network: whose variables become constants.

    Returns:
        A TensorFlow ``GraphDef``, for :func:`thaw`.
    """
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
    import tensorflow as tf  # noqa: PLC0415  # only where it is the backend

    v1: Any = tf.compat.v1
    graph: Any = tf.Graph()
    with graph.as_default():
        tf.graph_util.import_graph_def(v1.GraphDef.FromString(frozen), name="")
    operations = graph.get_operations()
    canvases, *rows = [each.outputs[0] for each in operations if each.type == "Placeholder"]
    outputs = {
        each.name.removeprefix(_OUTPUT): each.outputs[0]
        for each in operations
        if each.name.startswith(_OUTPUT)
    }
    config = v1.ConfigProto()
    # A second pass over the graph costs a third of the start and makes it no faster.
    config.graph_options.rewrite_options.meta_optimizer_iterations = 1
    # Threads that spin while they wait take the processor from decoding, cutting and storing.
    config.experimental.disable_thread_spinning = True
    run = v1.Session(graph=graph, config=config).make_callable(
        outputs.get(_ONLY, outputs), [canvases, *rows]
    )
    _, height, width, _ = canvases.shape
    return Compiled(
        run, (int(height), int(width)), tuple(int(row.shape[1]) for row in rows), ready=True
    )
