"""Feed run: everything that one `colourway run` does, from opening the home to the report."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from colourway.embedded import Home, Work, Worker, open_home
from colourway.jobs import count_open
from colourway.pages.debug_pictures import DebugPictures
from colourway.picture_report import Outcome, Summary, read_outcomes, summarise
from colourway.run_progress import RunProgress
from colourway.stderr_capture import captured_stderr
from shared.cli.exit_codes import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_UNFINISHED
from shared.cli.stop_signals import stop_on_signal
from shared.contracts.results import Region
from shared.contracts.workers import Activity
from shared.database.models import utc_now
from shared.settings import Settings
from shared.storage.storage import open_storage

if TYPE_CHECKING:
    from colourway.pages.shop_words import ShopWords
    from producer.enqueue.enqueue import Enqueued, Order
    from producer.enqueue.feed_file import FeedFile
    from worker.runtime.presence import Presence


@dataclass(frozen=True, slots=True)
class Finished:
    """How a run ended: what was enqueued, what was processed, what became of all pictures.

    ``rechecks`` counts finished pictures that were rechecked.
    """

    enqueued: "Enqueued"
    work: Work
    summary: Summary
    outcomes: tuple[Outcome, ...]
    rechecks: int = 0

    def exit_code(self, dry_run: bool = False) -> int:
        """Return the exit code of a command that did this run."""
        if self.enqueued.rejected and not self.enqueued.products:
            return EXIT_FAILED
        if self.work.interrupted:
            return EXIT_INTERRUPTED
        return EXIT_UNFINISHED if self.work.unfinished and not dry_run else 0


@dataclass(frozen=True)
class FeedRun:
    """One run of one feed.

    ``report`` is where an HTML report goes; ``limit`` is the most pictures of this run; without
    ``wait`` it ends where all jobs left are due later. ``expected`` holds the hex colours known for
    each sku and region. ``recheck`` checks whether finished pictures have changed.
    """

    settings: Settings
    feed: "FeedFile"
    order: "Order"
    report: Path | None = None
    limit: int | None = None
    wait: bool = True
    expected: Mapping[str, Mapping[Region, str]] | None = None
    recheck: bool = False

    def run(self, progress: RunProgress) -> Finished:
        """Enqueue, process all jobs, write the report."""
        words = self._shop_words() if self.report is not None else None
        with open_home(self.settings) as home:
            with progress.doing("Reading the feed"):
                enqueued = self._enqueue(home, progress)
                rechecks = self._recheck(home) if self.recheck else 0
            work = self._work(home, progress)
            summary = summarise(home.engine, self.order.catalogue)
            outcomes = tuple(read_outcomes(home.engine, self.order.catalogue))
        if self.report is not None and words is not None:
            with progress.doing("Writing the report"):
                self._write_report(self.report, words, work, summary, outcomes)
        return Finished(enqueued, work, summary, outcomes, rechecks)

    def _enqueue(self, home: Home, progress: RunProgress) -> "Enqueued":
        from producer.enqueue.feed_file import enqueue_file  # noqa: PLC0415 - the producer's side

        return enqueue_file(
            home.engine,
            self.feed,
            self.order,
            local_pictures=True,
            on_reject=progress.on_reject,
            on_note=progress.on_note,
            on_progress=lambda done: progress.step(0, f"{done.products:,} products"),
        )

    def _recheck(self, home: Home) -> int:
        from producer.catalogue.lookups import find_catalogue  # noqa: PLC0415 - as above
        from producer.reprocess.recheck import Stale, recheck  # noqa: PLC0415

        found = find_catalogue(home.engine, self.order.catalogue)
        if found is None:
            return 0
        stale = Stale(found, utc_now(), self.feed.folder)
        return recheck(home.engine, stale, limit=self.order.limit, dry_run=self.order.dry_run)

    def _work(self, home: Home, progress: RunProgress) -> Work:
        waiting = count_open(home.engine, self.order.catalogue)
        if waiting == 0 or self.order.dry_run:
            return Work(unfinished=waiting)  # nothing to do: no network is loaded
        from worker.runtime.presence import Presence, WorkerIdentity  # noqa: PLC0415 - the worker's

        done = Work()
        presence = Presence(WorkerIdentity("run"), self.settings, lambda: done.processed)
        presence.start()
        try:
            return self._work_on(home, progress, waiting, done, presence)
        finally:
            presence.end()

    def _work_on(
        self, home: Home, progress: RunProgress, waiting: int, done: Work, presence: "Presence"
    ) -> Work:
        from worker.runtime.composition import build_pipeline  # noqa: PLC0415 - TensorFlow takes seconds

        presence.is_at(Activity.LOADING)
        observer = self._debug_pictures().observe if self.report else None
        with progress.doing("Loading the networks"), captured_stderr():
            pipeline = build_pipeline(self.settings, self.feed.folder, observer)
        stop = Event()
        worker = Worker(
            home,
            pipeline,
            self.settings,
            self.order.catalogue,
            limit=self.limit,
            wait=self.wait,
            stop=stop,
            folder=self.feed.folder,
            done=done,
            presence=presence,
        )
        total = waiting if self.limit is None else min(waiting, self.limit)

        def on_stop() -> None:
            progress.say("Finishing the pictures in progress; press Ctrl-C again to stop at once.")

        with (
            closing(pipeline),
            stop_on_signal(stop, on_stop),
            progress.doing("Enriching", total),
        ):
            return worker.work(progress.on_result, progress.on_wait, progress.on_outage)

    def _debug_pictures(self) -> DebugPictures:
        return DebugPictures(self.settings.home / "sheets", self.settings.heads)

    def _shop_words(self) -> "ShopWords":
        """Read the lexicons: before the work, so that hours of it do not end in a bad file."""
        from colourway.pages.shop_words import ShopWords  # noqa: PLC0415 - needs NumPy
        from worker.runtime.composition import build_naming  # noqa: PLC0415 - the worker side

        return ShopWords.load(build_naming(self.settings), self.settings.lexicon)

    def _write_report(
        self,
        path: Path,
        words: "ShopWords",
        work: Work,
        summary: Summary,
        outcomes: tuple[Outcome, ...],
    ) -> None:
        from colourway.pages.report import RunFacts, write_report  # noqa: PLC0415 - needs Jinja

        write_report(
            path,
            RunFacts(
                self.order.catalogue,
                _name(self.feed.source),
                datetime.now().astimezone(),
                work.seconds,
                work.processed,
            ),
            summary,
            outcomes,
            debug_pictures=self._debug_pictures(),
            storage=open_storage(self.settings),
            words=words,
            expected=self.expected,
        )


def _name(source: str) -> str:
    return "standard input" if source == "-" else Path(source).resolve().name
