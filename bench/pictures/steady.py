"""5,000 photos through the person network: memory flat, same input same output, two threads."""

import hashlib
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import psutil

from bench.rig.embedded_mode import gather
from shared.settings import get_settings
from worker.analysis.networks import build_finder
from worker.imaging.regions import Pixels
from worker.networks.mask_rcnn.finder import SubjectFinder
from worker.stages.decode import decode

COUNT = 5000
DISTINCT = 50
EVERY = 500


def main() -> None:
    """Print resident memory on the way, and whether any answer ever changed."""
    with tempfile.TemporaryDirectory() as folder:
        paths, source = gather(Path(folder) / "pictures", DISTINCT)
        photos = [decode(path.read_bytes(), 10**8) for path in paths]
    print(f"{len(photos)} {source}, {COUNT} predictions")
    finder, _ = build_finder(get_settings())
    process = psutil.Process()
    first = [digest(finder, photo) for photo in photos]
    megabytes: list[float] = []
    changed = 0
    for index in range(COUNT):
        which = index % len(photos)
        changed += digest(finder, photos[which]) != first[which]
        if (index + 1) % EVERY == 0:
            megabytes.append(process.memory_info().rss / 1e6)
            print(f"after {index + 1:4d} predictions: {megabytes[-1]:.0f} MB", flush=True)
    print(f"growth after the first {EVERY}: {max(megabytes[1:]) / megabytes[0] - 1:+.1%}")
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(partial(digest, finder), photos * 2))
    changed += sum(one != two for one, two in zip(together, first * 2, strict=True))
    print(f"answers that changed, two threads at once included: {changed}")


def digest(finder: SubjectFinder, photo: Pixels) -> str:
    """What a photo's answer is, to the bit."""
    found = finder([photo])[0]
    if found is None:
        return "nobody"
    return hashlib.sha256(
        np.packbits(found.mask).tobytes() + repr(found.score).encode()
    ).hexdigest()


if __name__ == "__main__":
    main()
