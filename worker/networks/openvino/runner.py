"""A model of OpenVINO compiled for this processor, which several threads may run side by side."""

import hashlib
from importlib.metadata import version
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from worker.cores import usable_cores
from worker.networks.kept_files import KeptFiles
from worker.networks.openvino.model import core, lengths_of, unpack
from worker.networks.precision import Precision

if TYPE_CHECKING:
    from openvino import CompiledModel, InferRequest

MOST_AT_A_TIME: Final = 3
"""The most pictures in a model at a time: as many as a worker analyses side by side."""


class OpenVinoGraph:
    """Runs a model on pictures one by one, each on its share of the cores.

    A core that has a picture to itself waits for no other, so several pictures side by side take
    less processor time than one after the other on all cores.

    Args:
        packed: a model that takes one picture, as :func:`~worker.networks.openvino.model.pack`
            gives it.
        precision: what it computes in; where it is quantised, that is what the rest of it does.
        models: where models compiled for this processor are kept, which takes longest.

    Raises:
        zipfile.BadZipFile: the model is damaged.
    """

    def __init__(
        self, packed: bytes, precision: Precision, models: KeptFiles | None = None
    ) -> None:
        cores = usable_cores()
        at_a_time = min(cores, MOST_AT_A_TIME)
        options: dict[str, Any] = {
            "NUM_STREAMS": at_a_time,
            "INFERENCE_NUM_THREADS": cores,
            "INFERENCE_PRECISION_HINT": "bf16" if precision == "bfloat16" else "f32",
            # Several workers of one machine would all be bound to the same cores.
            "ENABLE_CPU_PINNING": False,
            "ENABLE_HYPER_THREADING": True,
        }
        compiled = _compiled(packed, options, models)
        self.input_shapes = [(-1, *lengths_of(each)) for each in compiled.inputs]
        """Of each input, in the model's order; -1 where any length will do."""
        self._names = [each.get_any_name() for each in compiled.outputs]
        self._requests: SimpleQueue[InferRequest] = SimpleQueue()
        for _ in range(at_a_time):
            self._requests.put(compiled.create_infer_request())

    def __call__(self, *arrays: npt.NDArray[Any]) -> dict[str, npt.NDArray[Any]]:
        """Run on one array for each input, of as many rows each; gives each output by its name."""
        rows = [
            self._one([each[row : row + 1] for each in arrays]) for row in range(len(arrays[0]))
        ]
        return {name: np.concatenate([row[name] for row in rows]) for name in self._names}

    def _one(self, arrays: list[npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
        request = self._requests.get()
        try:
            request.infer(arrays, share_inputs=True)
            found = [request.get_output_tensor(number).data for number in range(len(self._names))]
            return {name: np.array(each) for name, each in zip(self._names, found, strict=True)}
        finally:
            self._requests.put(request)


def _compiled(packed: bytes, options: dict[str, Any], models: KeptFiles | None) -> "CompiledModel":
    """Compile a model for this processor, or read what was kept of that."""
    if models is None:
        return core().compile_model(unpack(packed), "CPU", options)
    processor = [
        str(core().get_property("CPU", fact))
        for fact in ("FULL_DEVICE_NAME", "OPTIMIZATION_CAPABILITIES")
    ]
    facts = (hashlib.sha256(packed).hexdigest(), version("openvino"), str(options), *processor)
    kind = f"openvino-{options['INFERENCE_PRECISION_HINT']}"
    path = models.path(kind, facts)
    kept = models.read(path)
    if kept is not None:
        return core().import_model(kept, "CPU", options)
    compiled = core().compile_model(unpack(packed), "CPU", options)
    models.write(kind, path, compiled.export_model().getvalue())
    return compiled
