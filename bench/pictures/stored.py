"""What a picture leaves in the store, and what each stage costs, for small and for large photos.

usage: python -m bench stored     COLOURWAY_STORE, _CUTOUT_FORMAT and _CROP_SIDE are heeded
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, cast

import cv2
import numpy as np

from shared.contracts.jobs import Claim
from shared.contracts.stages import Stage
from shared.errors import NoPersonError
from shared.settings import Settings, get_settings
from worker.analysis import timing
from worker.analysis.analyzer import Analyzer
from worker.imaging.labels.ccp import LabelledFolder
from worker.imaging.regions import Pixels
from worker.lookbook.look import render
from worker.pipeline import Loaded, Pipeline
from worker.stages.crop import wanted_side
from worker.stages.decode import decode_with_alpha
from worker.stages.fetch import Fetched, Fetcher

DATASET: Final = Path("../shared/ccp")
LOOKS: Final = 40
LARGE: Final = 3000
LARGE_PHOTOS: Final = 25
"""So many of the photos are enlarged: their stages take long enough to be told apart."""

QUALITY: Final = 90
_STAGES: Final = (
    Stage.DECODE,
    Stage.MASK,
    Stage.GREY_FILL,
    Stage.SEGMENT,
    Stage.COLOURS,
    Stage.CROP,
    Stage.STORE,
)
_CLAIM: Final = Claim(
    job_id=1,
    image_id=1,
    product_id=1,
    catalogue="bench",
    sku="A",
    url="",
    position=0,
    category=None,
    generation=1,
    attempts=1,
    lease_token="token",
)


class Counting:
    """A store that keeps nothing but the number and the bytes of each kind of file."""

    def __init__(self) -> None:
        self.files: Counter[str] = Counter()
        self.bytes: Counter[str] = Counter()

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Count a file; its kind is outfit, or what else is for sale, and how it is written."""
        name = key.rpartition("/")[2]
        what, _, ending = name.partition(".")
        kind = f"outfit.{ending}" if what == "outfit" else f"piece.{ending}"
        self.files[kind] += 1
        self.bytes[kind] += len(content)


class Costs:
    """Runs files through the pipeline; adds up what is stored, and each stage's processor time."""

    def __init__(self, analyzer: Analyzer, settings: Settings) -> None:
        self.stored = Counting()
        self.pictures = self.without = 0
        self._times_ms: defaultdict[str, list[float]] = defaultdict(list)
        self._settings = settings
        self._pipeline = Pipeline(
            analyzer=analyzer,
            fetcher=Fetcher(settings),
            storage=cast("Any", self.stored),
            settings=settings,
        )

    def add(self, contents: Iterable[bytes]) -> None:
        """Run files; those without a person or a product count apart."""
        for number, content in enumerate(contents):
            claim = replace(_CLAIM, url=f"{number}.jpg")
            timings: dict[str, float] = {}
            with timing.timed(timings, Stage.DECODE):
                side = wanted_side(self._settings.crop_side)
                picture = decode_with_alpha(content, self._settings.max_image_pixels, side)
            fetched = Fetched(content, f"{number:064x}", "image/jpeg", claim.url)
            try:
                inferred = self._pipeline.analyse(Loaded(claim, fetched, picture, timings))
                result = self._pipeline.finish(inferred)
            except NoPersonError:
                self.without += 1
                continue
            self.pictures += 1
            for stage, spent in result.timings_ms.items():
                self._times_ms[stage].append(spent)

    def median_ms(self, stage: Stage) -> float:
        """Milliseconds of processor time of one stage, the median."""
        return float(np.median(self._times_ms[stage] or [0.0]))

    def tell(self, name: str) -> None:
        """Print objects and bytes a picture."""
        count = max(self.pictures, 1)
        files, written = self.stored.files.total(), self.stored.bytes.total()
        print(f"\n{name}: {self.pictures} pictures, {self.without} with nobody and nothing in them")
        print(f"  {files / count:.2f} objects and {written / count / 1000:.1f} KB a picture")
        for kind, number in sorted(self.stored.files.items()):
            mean = self.stored.bytes[kind] / number / 1000
            print(f"  {kind:20}{number / count:6.2f} a picture, {mean:7.1f} KB each")


def main() -> None:
    """Print what is stored of photos, enlarged photos and drawn looks, and the stages' costs."""
    # Stages are timed by the clock, which tells little on a busy machine.
    cast("Any", timing).perf_counter = time.process_time
    settings = get_settings()
    print(
        f"stored: {', '.join(settings.store)}; cut-outs as {settings.cutout_format}, "
        f"{settings.crop_side} pixels at most"
    )
    analyzer = Analyzer.load(settings)
    drawn = Costs(analyzer, settings)
    drawn.add(_looks())
    drawn.tell("the drawn lookbook")
    if not DATASET.is_dir():
        print(f"Skipped: {DATASET} is missing, the labelled photos of Clothing Co-Parsing.")
        return
    folder = LabelledFolder(DATASET)
    photos = [folder.photo_path(each).read_bytes() for each in sorted(folder.held_out())]
    own, large = Costs(analyzer, settings), Costs(analyzer, settings)
    own.add(photos)
    own.tell("the validation photos, 834x550 or thereabouts")
    large.add(_enlarged(photos[:: len(photos) // LARGE_PHOTOS]))
    large.tell(f"a quarter of them, enlarged to {LARGE} pixels")
    print(f"\n{'stage':12}{'834x550':>10}{'3000x2000':>12}   ms of processor time, the median")
    for stage in _STAGES:
        print(f"{stage.value:12}{own.median_ms(stage):10.1f}{large.median_ms(stage):12.1f}")
    rest = [stage for stage in _STAGES if stage not in (Stage.MASK, Stage.SEGMENT)]
    sums = [sum(map(each.median_ms, rest)) for each in (own, large)]
    print(f"{'but networks':12}{sums[0]:10.1f}{sums[1]:12.1f}")


def _looks() -> Iterator[bytes]:
    for seed in range(LOOKS):
        yield _jpeg(render(seed, "figure" if seed % 4 else "packshot").pixels)


def _enlarged(photos: Iterable[bytes]) -> Iterator[bytes]:
    for content in photos:
        pixels = decode_with_alpha(content, 10**8).pixels
        scale = LARGE / max(pixels.shape)
        large = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        yield _jpeg(cast("Pixels", large))


def _jpeg(pixels: Pixels) -> bytes:
    options = (cv2.IMWRITE_JPEG_QUALITY, QUALITY)
    _, content = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), options)
    return content.tobytes()


if __name__ == "__main__":
    main()
