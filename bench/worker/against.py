"""What a picture costs beside an earlier build: processor time, pictures a second, start-up.

usage: python -m bench.worker.against [--photos N] [--rounds N] [--against COMMIT] [--data FOLDER]

The builds take turns at ``colourway run`` on the same photos of the validation split, as they are
and enlarged to 3000 pixels: once with one photo and once with all of them, so that the difference
is what pictures cost and the rest is start-up. Then ``colourway picture`` looks at one photo, as
the first program of a machine and as a later one; a build without that command runs a feed of one.
The least of the rounds counts, since whatever else the machine does only adds. Every call has a
home of its own; the cache of networks is kept between calls, but for that first one.
"""

import csv
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

import cv2

from bench.rig.builds import THIS, Build, NoBuildError, build_of
from bench.rig.command_cost import CommandCost, cost_of
from worker.imaging.labels.ccp import VALIDATION_SPLIT, read_ids

PHOTOS = 100
AGAINST = "428f76f"
DATA = Path("../shared/ccp")
LARGE_PX = 3000
JPEG_QUALITY = 90
AIMS = {"as they are": 3.0, f"enlarged to {LARGE_PX} px": 5.0}
"""How many times as cheap as the earlier build's a picture is to be."""

AIM_START_S = 8.0


@dataclass(frozen=True, slots=True)
class PictureCost:
    """What one picture of a run costs once it has started, and what the start costs; seconds."""

    processor_s: float
    wall_s: float
    start_s: float

    @property
    def a_second(self) -> float:
        """Pictures a second by the clock."""
        return 1 / self.wall_s


def picture_cost(one: CommandCost, many: CommandCost, pictures: int) -> PictureCost:
    """Tell pictures from start-up.

    Args:
        one: of a run on one picture.
        many: of a run on ``pictures``, two or more.
        pictures: how many.
    """
    more = pictures - 1
    each_s = (many.command_s - one.command_s) / more
    return PictureCost(each_s, (many.wall_s - one.wall_s) / more, one.command_s - each_s)


class AgainstBench:
    """Calls commands of builds, each time in a new home below ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, build: Build, photos: list[Path]) -> CommandCost:
        """Run a feed of these photos, which lie in one folder."""
        feed = photos[0].parent / f"feed{len(photos)}.csv"
        with feed.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["sku", "image_url"])
            rows.writerows([photo.stem, photo.name] for photo in photos)
        return self._cost(build, ["run", str(feed), "--quiet"])

    def picture(self, build: Build, photo: Path, cache: Path | None = None) -> CommandCost:
        """Look at one photo; without a cache of its own, with what earlier calls have kept."""
        if (build.source / "colourway" / "commands" / "picture.py").is_file():
            return self._cost(build, ["picture", str(photo)], cache)
        return self.run(build, [photo])

    def runs(self, build: Build, photos: list[Path]) -> PictureCost:
        """Run one of the photos, then all of them, and tell pictures from start-up."""
        return picture_cost(self.run(build, photos[:1]), self.run(build, photos), len(photos))

    def _cost(self, build: Build, words: list[str], cache: Path | None = None) -> CommandCost:
        with TemporaryDirectory(dir=self._folder) as home:
            settings = {
                "DATABASE_URL": f"sqlite:///{home}/colourway.db",
                "COLOURWAY_HOME": home,
                "COLOURWAY_CACHE": str(cache or self._folder / "cache"),
            }
            return cost_of(build, words, settings)


def main(count: int, rounds: int, against: str, data: Path) -> None:
    """Measure start-up, then pictures of both sizes, and print what each costs and the ratios."""
    builds = (build_of(against), THIS)
    with TemporaryDirectory() as name:
        folder = Path(name)
        bench = AgainstBench(folder)
        photos = gather(data, folder / "photos", count)
        show_starts(bench, builds, photos[0], rounds)
        show_pictures(bench, builds, "as they are", photos, rounds)
        large = enlarge(photos, folder / "large")
        show_pictures(bench, builds, f"enlarged to {LARGE_PX} px", large, rounds)


def gather(data: Path, folder: Path, count: int) -> list[Path]:
    """Copy the first photos of the validation split."""
    folder.mkdir()
    names = [f"{name}.jpg" for name in read_ids(VALIDATION_SPLIT)[:count]]
    return [Path(copyfile(data / "photos" / name, folder / name)) for name in names]


def enlarge(photos: list[Path], folder: Path) -> list[Path]:
    """Write photos again, their longer side ``LARGE_PX`` long."""
    folder.mkdir()
    for photo in photos:
        pixels = cv2.imread(str(photo))
        assert pixels is not None, photo
        factor = LARGE_PX / max(pixels.shape[:2])
        large = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / photo.name), large, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return [folder / photo.name for photo in photos]


def show_starts(bench: AgainstBench, builds: tuple[Build, Build], photo: Path, rounds: int) -> None:
    """Look at one photo by both builds: as the first call of a machine, and as a later one."""
    with TemporaryDirectory() as empty:
        first = bench.picture(THIS, photo, Path(empty))
    bench.picture(THIS, photo)  # leaves its networks in the cache
    costs: dict[str, list[float]] = {build.name: [] for build in builds}
    for _ in range(rounds):
        for build in builds:
            costs[build.name].append(bench.picture(build, photo).command_s)
    before, now = (min(costs[build.name]) for build in builds)
    print(
        f"one picture from a cold start: {now:.1f} s of processor time, {before:.1f} s by "
        f"{builds[0].name}, {before / now:.2f} × (aim: ≤ {AIM_START_S:.0f} s); "
        f"{first.command_s:.1f} s the first time on a machine",
        flush=True,
    )


def show_pictures(
    bench: AgainstBench,
    builds: tuple[Build, Build],
    what: str,
    photos: list[Path],
    rounds: int,
) -> None:
    """Run photos by both builds in turn, and print a picture's cost and the ratios."""
    costs: dict[str, list[PictureCost]] = {build.name: [] for build in builds}
    for _ in range(rounds):
        for build in builds:
            costs[build.name].append(bench.runs(build, photos))
    before, now = (min(costs[build.name], key=lambda cost: cost.processor_s) for build in builds)
    print(f"{len(photos)} photos {what}:")
    for build, cost in zip(builds, (before, now), strict=True):
        print(
            f"  {build.name}: {1000 * cost.processor_s:.0f} ms of processor time a picture, "
            f"{cost.a_second:.2f} pictures/s, start {cost.start_s:.1f} s of processor time"
        )
    print(
        f"  a picture {before.processor_s / now.processor_s:.2f} × as cheap "
        f"(aim: ≥ {AIMS[what]:.0f}), "
        f"{now.a_second / before.a_second:.2f} × as many pictures a second, "
        f"start {before.start_s / now.start_s:.2f} × as cheap",
        flush=True,
    )


if __name__ == "__main__":
    parser = ArgumentParser(prog="python -m bench.worker.against")
    parser.add_argument("--photos", type=int, default=PHOTOS, help="two or more")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--against", default=AGAINST, help=f"commit to compare with ({AGAINST})")
    parser.add_argument("--data", type=Path, default=DATA, help=f"labelled photos ({DATA})")
    given = parser.parse_args()
    if given.photos < 2:
        parser.error("--photos: 2 or more, for one picture cannot be told from the start")
    try:
        main(given.photos, given.rounds, given.against, given.data)
    except (NoBuildError, FileNotFoundError) as failure:
        raise SystemExit(str(failure)) from None
