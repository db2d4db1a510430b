"""Demo: a shop that is drawn for it goes through the real pipeline, and the results are checked."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from colourway.demo.demo_shop import DemoShop, Exhibit, draw_demo_shop, write_feed
from colourway.feed_run import FeedRun, Finished
from colourway.pages.comparison import Comparison, Verdict, compare_all, sum_up
from colourway.run_progress import RunProgress
from shared.contracts.results import Region, Shade
from shared.errors import ColourwayError
from shared.settings import Settings, get_settings

if TYPE_CHECKING:
    from shared.colour.naming import Naming

CATALOGUE: Final = "lookbook"
NOTHING_FOUND: Final[dict[Region, tuple[Shade, ...]]] = {}
MARK: Final = ".drawn-by-colourway-demo"
"""A file that marks a folder as the demo's own, which may be emptied."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The demo's result: the run, and for every row what was expected and what was found.

    ``surprises`` are rows whose outcome code is not the one they were made for.
    """

    finished: Finished
    comparisons: tuple[tuple[Exhibit, tuple[Comparison, ...]], ...]
    surprises: tuple[tuple[Exhibit, str], ...]

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Agreement by region."""
        return sum_up(c for _, comparisons in self.comparisons for c in comparisons)


@dataclass(frozen=True)
class Demo:
    """Draws, serves, runs and checks; all files are below ``home``, which is emptied first."""

    home: Path
    report: Path
    figures: int = 12
    packshots: int = 6
    seed: int = 1

    def run(self, progress: RunProgress) -> Checked:
        """Run the whole demo.

        Raises:
            ColourwayError: ``home`` holds something that is not the demo's.
        """
        self.clear_home()
        pictures = self.home / "lookbook"
        with progress.doing("Drawing a lookbook", self.figures + self.packshots):
            exhibits = draw_demo_shop(
                pictures, self.figures, self.packshots, self.seed, progress.step
            )
        if not self.settings().keep_people:  # what is not stored cannot be compared
            exhibits = [replace(each, expected=clothes_of(each.expected)) for each in exhibits]
        feed = self.home / "lookbook.csv"
        with DemoShop(pictures) as demo_shop:
            write_feed(feed, exhibits, demo_shop.url)
            faulty = len(exhibits) - self.figures - self.packshots
            progress.say(
                f"Drew {self.figures} figures and {self.packshots} packshots; "
                f"{demo_shop.url} serves them, with {faulty} rows that must fail."
            )
            finished = self._run_feed(feed, exhibits, progress)
        return check(exhibits, finished, _naming(self.settings()))

    def _run_feed(self, feed: Path, exhibits: list[Exhibit], progress: RunProgress) -> Finished:
        from producer.enqueue.enqueue import Order  # noqa: PLC0415 - the producer's side, when needed
        from producer.enqueue.feed_file import FeedFile  # noqa: PLC0415

        expected = {exhibit.sku: exhibit.expected for exhibit in exhibits if exhibit.expected}
        run = FeedRun(
            self.settings(),
            FeedFile(str(feed)),
            Order(CATALOGUE, source=feed.name),
            report=self.report,
            expected=expected,
        )
        return run.run(progress)

    def settings(self) -> Settings:
        """Return the demo's own settings: it changes neither the user's database nor bucket."""
        own: dict[str, Any] = {
            "home": self.home,
            "database_url": f"sqlite:///{self.home / 'colourway.db'}",
            "storage": str(self.home / "pictures"),
            "allowed_networks": "127.0.0.0/8",
            "backoff_s": 0.2,
        }
        return get_settings(**own)

    def clear_home(self) -> None:
        """Empty the demo's folder.

        Raises:
            ColourwayError: it holds something that is not the demo's.
        """
        mark = self.home / MARK
        if self.home.exists() and any(self.home.iterdir()) and not mark.exists():
            raise ColourwayError(
                f"{self.home} holds files that are not the demo's; name another folder with --home"
            )
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)
        mark.touch()


def check(exhibits: list[Exhibit], finished: Finished, naming: "Naming") -> Checked:
    """Compare what was found with what was drawn, row by row."""
    outcomes = {outcome.sku: outcome for outcome in finished.outcomes}
    comparisons: list[tuple[Exhibit, tuple[Comparison, ...]]] = []
    surprises: list[tuple[Exhibit, str]] = []
    for exhibit in exhibits:
        outcome = outcomes.get(exhibit.sku)
        code = outcome.code.value if outcome and outcome.code else "nothing"
        if code != exhibit.code.value:
            surprises.append((exhibit, code))
        if exhibit.expected:
            found = outcome.shades if outcome else NOTHING_FOUND
            comparisons.append((exhibit, compare_all(exhibit.expected, found, naming)))
    return Checked(finished, tuple(comparisons), tuple(surprises))


def clothes_of(expected: Mapping[Region, str]) -> dict[Region, str]:
    """What is expected of the clothes alone."""
    return {region: drawn for region, drawn in expected.items() if region is Region.CLOTHES}


def clothes_only(checked: Checked) -> list[tuple[str, str, Comparison]]:
    """Sku, title and the comparison of the clothes, for the table."""
    return [
        (exhibit.sku, exhibit.title, comparison)
        for exhibit, comparisons in checked.comparisons
        for comparison in comparisons
        if comparison.region is Region.CLOTHES
    ]


def _naming(settings: Settings) -> "Naming":
    from worker.runtime.composition import build_naming  # noqa: PLC0415 - the worker side

    return build_naming(settings)
