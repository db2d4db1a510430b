"""A frozen network as a model of OpenVINO, and that as one file.

The file is a zip archive of OpenVINO's own two: the layers as XML, and their weights. To read a
graph of TensorFlow, OpenVINO needs no TensorFlow.
"""

import io
import zipfile
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from openvino import Core, Model

LAYERS: Final = "network.xml"
WEIGHTS: Final = "network.bin"

_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
"""When the archive's files are said to be made, so that equal models are equal bytes."""


def available() -> bool:
    """Whether OpenVINO is installed; imports nothing."""
    return find_spec("openvino") is not None


@cache
def core() -> "Core":
    """OpenVINO itself, which finds its parts on the first use."""
    from openvino import Core  # noqa: PLC0415 - only where it runs the networks

    return Core()


def convert(graph: bytes, prefix: str) -> "Model":
    """Read a graph of TensorFlow, for one picture at a time.

    Args:
        graph: a ``GraphDef``, serialised, whose inputs have a batch of any length.
        prefix: of the names of the operations that are outputs; it is left out afterwards.
    """
    from openvino import Model  # noqa: PLC0415 - only where it runs the networks

    with TemporaryDirectory() as folder:
        path = Path(folder) / "network.pb"
        path.write_bytes(graph)
        read = core().read_model(path)
    # Whatever nothing reads counts as an output here, too.
    found = {name: each for each in read.outputs if (name := _output_name(each, prefix))}
    inputs = sorted(read.get_parameters(), key=lambda each: each.get_friendly_name())
    model = Model(list(found.values()), inputs, "network")  # pyright: ignore[reportGeneralTypeIssues]
    for name, output in zip(found, model.outputs, strict=True):
        output.get_tensor().set_names({name})
    # Known shapes make it a fifth faster.
    model.reshape({each: [1, *lengths_of(each)] for each in model.inputs})
    return model


def lengths_of(tensor: Any) -> Sequence[int]:
    """Lengths of a tensor's axes but the first."""
    return [each.get_length() for each in list(tensor.get_partial_shape())[1:]]


def _output_name(output: Any, prefix: str) -> str | None:
    names = (name.partition(":")[0] for name in output.get_names())
    return next((name.removeprefix(prefix) for name in names if name.startswith(prefix)), None)


def pack(model: "Model") -> bytes:
    """Write a model; the same bytes for the same model."""
    from openvino import save_model  # noqa: PLC0415 - only where it runs the networks

    with TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in (LAYERS, WEIGHTS)]
        save_model(model, paths[0], compress_to_fp16=False)  # writes both
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in paths:
                archive.writestr(
                    zipfile.ZipInfo(path.name, _LONG_AGO), path.read_bytes(), zipfile.ZIP_DEFLATED
                )
    return packed.getvalue()


def unpack(content: bytes) -> "Model":
    """Read a model; the inverse of :func:`pack`.

    Raises:
        zipfile.BadZipFile: the content is damaged.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        layers, weights = archive.read(LAYERS), archive.read(WEIGHTS)
    return core().read_model(layers, weights)
