"""What the networks compute in: as set, or as suits this processor."""

import hashlib
import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any, Final, cast

import structlog

from shared.settings import Settings
from shared.storage.atomic_write import atomic_file
from worker.networks.backend import backend
from worker.networks.code_version import code_version
from worker.networks.openvino import model as openvino
from worker.networks.weights.manifest import read_manifest

if TYPE_CHECKING:
    from worker.networks.precision import Precision  # brings the networks' framework

ROUNDS: Final = 4
WORTH_IT: Final = 0.9
"""The most that bfloat16 may cost beside float32: for less it would move results in vain."""

CPUINFO: Final = Path("/proc/cpuinfo")
_BFLOAT16: Final = frozenset({"avx512_bf16", "amx_bf16", "bf16"})
"""What Linux calls the instructions on x86 and ARM."""

_INT8: Final = frozenset({"avx2"})
"""Those that multiply bytes; later ones (VNNI) give the same sums sooner."""

log = structlog.get_logger()

Measure = Callable[["Precision"], float]
"""Processor seconds of one painting in a precision."""


def precision_of(settings: Settings, measure: Measure | None = None) -> "Precision":
    """Say what to compute in.

    ``auto`` takes int8 where all networks have that form and the processor its instructions. Else
    it measures, where nothing was measured before, whether bfloat16 is worth it. What a processor
    lacks it would imitate, so that is not measured.

    Args:
        settings: which precision, which networks, and the cache.
        measure: as :func:`picture_s` does, for these settings.
    """
    if settings.precision != "auto":
        return settings.precision
    if _processor_with(_INT8) is not None and _all_quantised(settings):
        return "int8"
    processor = _processor_with(_BFLOAT16)
    if processor is None:
        return "float32"
    path = settings.cache / f"precision-{_measured_with(settings, processor)}.json"
    known = _read(path)
    if known is not None:
        return known
    measure = measure or (lambda precision: picture_s(settings, precision))
    seconds: dict[Precision, float] = {p: measure(p) for p in ("float32", "bfloat16")}
    worth_it = seconds["bfloat16"] <= WORTH_IT * seconds["float32"]
    chosen: Precision = "bfloat16" if worth_it else "float32"
    log.info("precision measured", precision=chosen, processor_s=seconds)
    _write(path, {"precision": chosen, "processor_s": seconds, "processor": processor})
    return chosen


def picture_s(settings: Settings, precision: "Precision") -> float:
    """Return the processor seconds that the generator takes for a picture, the least of a few."""
    from worker.analysis.networks import load_generator  # noqa: PLC0415 - it asks for the precision

    generator, _ = load_generator(settings, precision)
    taken: list[float] = []
    for _ in range(ROUNDS):
        began = process_time()
        generator.warm_up()
        taken.append(process_time() - began)
    return min(taken)


def _processor_with(instructions: frozenset[str]) -> str | None:
    """Return the processor's name and those of some instructions that it has; None for none."""
    try:
        lines = CPUINFO.read_text("utf-8", errors="replace").splitlines()
    except OSError:  # not Linux
        return None
    facts = {name.strip(): value.strip() for name, _, value in (li.partition(":") for li in lines)}
    flags = instructions & set((facts.get("flags") or facts.get("Features") or "").split())
    return " ".join([facts.get("model name", "processor"), *sorted(flags)]) if flags else None


def _all_quantised(settings: Settings) -> bool:
    """Whether OpenVINO can run each network in int8, and no other framework was chosen."""
    if not (openvino.available() and backend() == "tensorflow"):
        return False
    if settings.person_network == "coco":
        return False
    return all(entry.quantised for entry in read_manifest(settings.weights).values())


def _measured_with(settings: Settings, processor: str) -> str:
    weights = sorted(entry.sha256 for entry in read_manifest(settings.weights).values())
    facts = (processor, settings.person_network, code_version(), version("keras"), *weights)
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]


def _read(path: Path) -> "Precision | None":
    try:
        found = cast("dict[str, Any]", json.loads(path.read_text("utf-8")))["precision"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if found in ("float32", "bfloat16") else None


def _write(path: Path, facts: dict[str, Any]) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with atomic_file(path) as file:
            file.write((json.dumps(facts, indent=2) + "\n").encode())
    except OSError as error:
        log.debug("precision not kept", path=str(path), reason=str(error))
