"""Frozen graphs run by TensorFlow's C API, which needs none of TensorFlow's Python.

``import tensorflow`` brings thousands of modules and takes far longer than loading the library
beneath them, which is all that a frozen graph needs. The API is public and stable: see
``tensorflow/include/tensorflow/c/c_api.h`` beside the library.

Only for builds without GPUs: what TensorFlow's Python does to find devices is left out here.
"""

import ctypes
import weakref
from ctypes import POINTER, c_char_p, c_int, c_int64, c_size_t, c_void_p
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

PACKAGE: Final = "tensorflow-cpu"
"""The distribution that has TensorFlow's library without GPUs."""

CONFIG: Final = bytes.fromhex("5204520260018201024801")
"""What :func:`worker.networks.frozen.session_config` makes, serialised."""

_LIBRARY: Final = "libtensorflow_cc.so.2"
_RESOURCE_EXHAUSTED: Final = 8
_BFLOAT16: Final = 14
_DTYPES: Final[dict[int, npt.DTypeLike]] = {
    1: np.float32,
    2: np.float64,
    3: np.int32,
    4: np.uint8,
    9: np.int64,
    10: np.bool_,
}
"""NumPy's types by ``TF_DataType``."""
_NUMBERS: Final = {np.dtype(dtype): number for number, dtype in _DTYPES.items()}


class _Output(ctypes.Structure):
    """``TF_Output``: one of an operation's outputs."""

    _fields_ = (("operation", c_void_p), ("index", c_int))


# Result and arguments; where one is a TF_Status, it comes last and `_checked` gives it.
_FUNCTIONS: Final[dict[str, tuple[Any, tuple[Any, ...]]]] = {
    "TF_NewStatus": (c_void_p, ()),
    "TF_GetCode": (c_int, (c_void_p,)),
    "TF_Message": (c_char_p, (c_void_p,)),
    "TF_DeleteStatus": (None, (c_void_p,)),
    "TF_NewBufferFromString": (c_void_p, (c_char_p, c_size_t)),
    "TF_DeleteBuffer": (None, (c_void_p,)),
    "TF_NewGraph": (c_void_p, ()),
    "TF_DeleteGraph": (None, (c_void_p,)),
    "TF_NewImportGraphDefOptions": (c_void_p, ()),
    "TF_DeleteImportGraphDefOptions": (None, (c_void_p,)),
    "TF_GraphImportGraphDef": (None, (c_void_p,) * 4),
    "TF_GraphNextOperation": (c_void_p, (c_void_p, POINTER(c_size_t))),
    "TF_OperationName": (c_char_p, (c_void_p,)),
    "TF_OperationOpType": (c_char_p, (c_void_p,)),
    "TF_GraphGetTensorNumDims": (c_int, (c_void_p, _Output, c_void_p)),
    "TF_GraphGetTensorShape": (None, (c_void_p, _Output, POINTER(c_int64), c_int, c_void_p)),
    "TF_NewSessionOptions": (c_void_p, ()),
    "TF_DeleteSessionOptions": (None, (c_void_p,)),
    "TF_SetConfig": (None, (c_void_p, c_char_p, c_size_t, c_void_p)),
    "TF_NewSession": (c_void_p, (c_void_p,) * 3),
    "TF_DeleteSession": (None, (c_void_p,) * 2),
    "TF_SessionRun": (
        None,
        (
            *(c_void_p, c_void_p),
            *(POINTER(_Output), POINTER(c_void_p), c_int) * 2,
            *(c_void_p, c_int),
            *(c_void_p, c_void_p),
        ),
    ),
    "TF_AllocateTensor": (c_void_p, (c_int, POINTER(c_int64), c_int, c_size_t)),
    "TF_DeleteTensor": (None, (c_void_p,)),
    "TF_TensorData": (c_void_p, (c_void_p,)),
    "TF_TensorType": (c_int, (c_void_p,)),
    "TF_NumDims": (c_int, (c_void_p,)),
    "TF_Dim": (c_int64, (c_void_p, c_int)),
}


class TensorFlowError(RuntimeError):
    """TensorFlow's library refused, and what it said."""


def tensorflow_version() -> str | None:
    """Version of the TensorFlow that this module can run; None where there is none."""
    try:
        return version(PACKAGE) if _library_path().is_file() else None
    except PackageNotFoundError:
        return None


class FrozenGraph:
    """One graph in a session of its own; safe to call from threads.

    Args:
        graph: a ``GraphDef``, serialised.
        prefix: of the names of the operations that are outputs.

    Raises:
        TensorFlowError: no graph, or one of another TensorFlow.
    """

    def __init__(self, graph: bytes, prefix: str) -> None:
        call = _library()
        self._graph = call.TF_NewGraph()
        _import(self._graph, graph)
        operations = _operations(self._graph)
        inputs = [_Output(each, 0) for each, _, kind in operations if kind == "Placeholder"]
        outputs = {
            name.removeprefix(prefix): _Output(each, 0)
            for each, name, _ in operations
            if name.startswith(prefix)
        }
        self.input_shapes = [_shape(self._graph, each) for each in inputs]
        """Of each placeholder, in the graph's order; -1 where any length will do."""
        self._names = list(outputs)
        self._inputs = (_Output * len(inputs))(*inputs)
        self._outputs = (_Output * len(outputs))(*outputs.values())
        self._session = _open_session(self._graph)
        weakref.finalize(self, _close, self._session, self._graph).atexit = False

    def __call__(self, *arrays: npt.NDArray[Any]) -> dict[str, npt.NDArray[Any]]:
        """Run on one array for each placeholder; gives each output by its name after the prefix.

        What is bfloat16, which NumPy lacks, comes as float32.

        Raises:
            TensorFlowError: the graph cannot take them, or memory is short.
        """
        call = _library()
        given = (c_void_p * len(arrays))(*map(_tensor_of, arrays))
        found = (c_void_p * len(self._names))()
        ins, outs = (self._inputs, given, len(given)), (self._outputs, found, len(found))
        try:
            _checked("TF_SessionRun", self._session, None, *ins, *outs, None, 0, None)
            return dict(zip(self._names, map(_array_of, found), strict=True))
        finally:
            for tensor in (*given, *found):
                call.TF_DeleteTensor(tensor)


@cache
def _library() -> Any:
    library = ctypes.CDLL(str(_library_path()))
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def _library_path() -> Path:
    spec = find_spec("tensorflow")  # imports nothing
    folders = spec.submodule_search_locations if spec is not None else None
    return Path(folders[0] if folders else "") / _LIBRARY


def _checked(function: str, *arguments: Any) -> Any:
    """Call a function whose last argument is a status, and raise what that says."""
    call = _library()
    status = call.TF_NewStatus()
    try:
        result = getattr(call, function)(*arguments, status)
        code = call.TF_GetCode(status)
        if code:
            kind = "RESOURCE_EXHAUSTED: " if code == _RESOURCE_EXHAUSTED else ""
            raise TensorFlowError(kind + call.TF_Message(status).decode(errors="replace"))
        return result
    finally:
        call.TF_DeleteStatus(status)


def _import(graph: int, content: bytes) -> None:
    call = _library()
    buffer = call.TF_NewBufferFromString(content, len(content))
    options = call.TF_NewImportGraphDefOptions()
    try:
        _checked("TF_GraphImportGraphDef", graph, buffer, options)
    finally:
        call.TF_DeleteImportGraphDefOptions(options)
        call.TF_DeleteBuffer(buffer)


def _operations(graph: int) -> list[tuple[int, str, str]]:
    """Each operation of a graph, its name and its kind."""
    call, position = _library(), c_size_t(0)
    found: list[tuple[int, str, str]] = []
    while (each := call.TF_GraphNextOperation(graph, position)) is not None:
        name, kind = call.TF_OperationName(each), call.TF_OperationOpType(each)
        found.append((each, name.decode(), kind.decode()))
    return found


def _shape(graph: int, tensor: _Output) -> tuple[int, ...]:
    lengths = (c_int64 * _checked("TF_GraphGetTensorNumDims", graph, tensor))()
    _checked("TF_GraphGetTensorShape", graph, tensor, lengths, len(lengths))
    return tuple(lengths)


def _open_session(graph: int) -> int:
    call = _library()
    options = call.TF_NewSessionOptions()
    try:
        _checked("TF_SetConfig", options, CONFIG, len(CONFIG))
        return int(_checked("TF_NewSession", graph, options))
    finally:
        call.TF_DeleteSessionOptions(options)


def _close(session: int, graph: int) -> None:
    _checked("TF_DeleteSession", session)
    _library().TF_DeleteGraph(graph)


def _tensor_of(array: npt.NDArray[Any]) -> int:
    call, shape = _library(), (c_int64 * array.ndim)(*array.shape)
    tensor = call.TF_AllocateTensor(_NUMBERS[array.dtype], shape, array.ndim, array.nbytes)
    ctypes.memmove(
        call.TF_TensorData(tensor), np.ascontiguousarray(array).ctypes.data, array.nbytes
    )
    return int(tensor)


def _array_of(tensor: int) -> npt.NDArray[Any]:
    call = _library()
    shape = [call.TF_Dim(tensor, axis) for axis in range(call.TF_NumDims(tensor))]
    number = call.TF_TensorType(tensor)
    array = np.empty(shape, np.uint16 if number == _BFLOAT16 else _DTYPES[number])
    ctypes.memmove(array.ctypes.data, call.TF_TensorData(tensor), array.nbytes)
    if number == _BFLOAT16:  # the upper half of a float32
        return (array.astype(np.uint32) << 16).view(np.float32)
    return array
