"""The networks: are their weights whole, and does a GPU that is there get used."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from colourway.doctor.finding import HealthFinding, examine, ok, skipped, warning
from shared.settings import Settings

GPU_DEVICE: Final = Path("/dev/nvidia0")
"""The first GPU, as NVIDIA's driver shows it."""


def examine_networks(settings: Settings) -> Iterator[HealthFinding]:
    """Yield what is found of the weights and the GPU."""
    if any(find_spec(name) is None for name in ("keras", "cv2", "h5py")):
        yield skipped("weights", "the networks are not installed here: this is no worker")
        return
    restore = "restore the file, or install the package again"
    yield from examine("weights", restore, lambda: _weights(settings))
    yield from examine("gpu", "install 'colourway[gpu]' and the driver that it asks for", _gpu)


def _weights(settings: Settings) -> Iterator[HealthFinding]:
    from worker.networks.weights.manifest import read_manifest, verify  # noqa: PLC0415
    from worker.networks.weights.published import checked_file  # noqa: PLC0415

    names: list[str] = []
    for name, entry in read_manifest(settings.weights).items():
        verify(entry)
        names.append(name)
    if settings.person_network == "coco":
        checked_file("coco", settings.published_weights)
        names.append("coco")
    yield ok("weights", f"whole: {', '.join(names)}")


def _gpu() -> Iterator[HealthFinding]:
    if not GPU_DEVICE.exists():
        yield ok("gpu", "none here; the networks run on the processor")
        return
    # Here, because it imports TensorFlow, which takes seconds.
    from worker.networks.batching import gpu_memory_bytes  # noqa: PLC0415

    memory = gpu_memory_bytes()
    if memory is None:
        yield warning(
            "gpu",
            f"{GPU_DEVICE} is there, and TensorFlow does not see it: the networks run on the "
            "processor",
            "install 'colourway[gpu]' instead of 'colourway[worker]', and a driver for it",
        )
    else:
        yield ok("gpu", f"TensorFlow may take {memory / 1e9:.1f} GB of it")
