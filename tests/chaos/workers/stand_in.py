"""The worker of the suite: the project's own, with a fast stand-in for the two networks.

::

    python -m tests.chaos.workers.stand_in work --name first@chaos      # as `colourway work`
    python -m tests.chaos.workers.stand_in beat                         # as `celery … beat`

Fetching, decoding, encoding, storing, recording, ledger and Celery are the project's. Instead of
finding a person the stand-in takes the picture's own colour for that of its clothes, and it sleeps
for ``CHAOS_NETWORK_S`` as networks would compute. ``CHAOS_SWEEP_S`` is how often beat sweeps.

``before`` holds what a scenario wants to happen in a worker before a stage: the names of its hooks
stand in ``CHAOS_HOOKS``, commas between (see :mod:`tests.chaos.workers.hooks`). ``CHAOS_CRASH``
names points at which it crashes (:mod:`tests.chaos.workers.crash_points`).
"""

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock
from typing import Any

import numpy as np
import typer

from shared.contracts.jobs import Claim
from shared.contracts.results import PictureKeys, PictureResult, Provenance, Region, Shade
from shared.contracts.stages import Stage
from shared.errors import StageError
from shared.outage import Tell
from shared.settings import Settings
from shared.storage.watched import watch_storage
from tests.chaos.workers import crash_points
from tests.chaos.workers.hooks import Hooks
from worker.runtime.celery_app import app, tasks
from worker.stages.decode import decode
from worker.stages.fetch import Fetched, Fetcher, picture_or_store
from worker.stages.store import GarmentPictures, store

VERSION = "chaos-1"


@dataclass(frozen=True)
class Loaded:
    claim: Claim
    fetched: Fetched
    pixels: Any


@dataclass(frozen=True)
class Crops:
    """What the store stage wants, cut from a picture of one colour."""

    crop: Any
    cutout: Any
    thumbnail: Any


def crops_of(pixels: Any) -> Crops:
    alpha = np.full((*pixels.shape[:2], 1), 255, np.uint8)
    return Crops(pixels, np.concatenate([pixels, alpha], axis=2), pixels[::2, ::2])


def hex_of(pixels: Any) -> str:
    red, green, blue = (int(value) for value in pixels[0, 0])
    return f"#{red:02x}{green:02x}{blue:02x}"


class StandIn:
    """The three steps of the pipeline."""

    batch = 1

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._fetcher = Fetcher(settings, Path())
        self._storage = watch_storage(settings)
        self._network_s = float(os.environ.get("CHAOS_NETWORK_S", "0"))
        self._networks = Lock()  # a real one takes one picture at a time, too
        self._hooks = Hooks.from_environment()

    def close(self) -> None:
        self._fetcher.close()

    def wait_until_able(self, stop: Event, seconds: float, tell: Tell) -> bool:
        return self._storage.wait(stop, seconds, tell)

    def load(self, claim: Claim) -> Loaded:
        self._hooks.before(Stage.FETCH, claim)
        try:
            fetched = self._fetcher.fetch(claim.url)
        except StageError as error:
            raise picture_or_store(error, claim.url, self._storage) from error
        self._hooks.before(Stage.DECODE, claim)
        return Loaded(claim, fetched, decode(fetched.content, self._settings.max_image_pixels))

    def analyse(self, loaded: Loaded) -> Loaded:
        for stage in (Stage.MASK, Stage.GREY_FILL, Stage.SEGMENT):
            self._hooks.before(stage, loaded.claim)
        with self._networks:
            time.sleep(self._network_s)
        return loaded

    def finish(self, inference: Loaded) -> PictureResult:
        claim, pixels, sha256 = inference.claim, inference.pixels, inference.fetched.sha256
        for stage in (Stage.COLOURS, Stage.CROP, Stage.STORE):
            self._hooks.before(stage, claim)
        keys: PictureKeys = store(GarmentPictures(crops_of(pixels)), self._storage, sha256, VERSION)
        self._hooks.before(Stage.RECORD, claim)
        height, width = pixels.shape[:2]
        shade = Shade(hex_of(pixels), (0.0, 0.0, 0.0), 1.0, "stand-in", "stand-in")
        return PictureResult(
            image_sha256=sha256,
            size_hw=(height, width),
            subject="packshot",
            score=1.0,
            box_yxyx=(0, 0, height, width),
            shades={Region.CLOTHES: (shade,)},
            confidence=1.0,
            keys=keys,
            provenance=Provenance(sha256, VERSION, {}, "stand-in", "stand-in"),
            timings_ms={},
        )


def build(settings: Settings) -> Any:
    return StandIn(settings)


tasks.workplace.build = build
if every := os.environ.get("CHAOS_SWEEP_S"):
    app.conf.beat_schedule["dispatch"]["schedule"] = float(every)
    # As many sweeps as ever may wait for a worker that is away: six.
    app.conf.beat_schedule["dispatch"]["options"]["expires"] = 6 * float(every)


def main() -> None:
    crash_points.arm()
    if sys.argv[1] == "beat":
        app.start(["beat", *sys.argv[2:]])
        return
    from worker.commands.work import work  # noqa: PLC0415 (beat needs none of it)

    command = typer.Typer(pretty_exceptions_enable=False)
    command.command()(work)
    command(sys.argv[2:], prog_name="work")


if __name__ == "__main__":
    main()
