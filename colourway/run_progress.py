"""Progress: a bar with the time left for people at a terminal, and silence for everybody else."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from shared.contracts.fingerprint import Unchanged
from shared.contracts.jobs import Claim, JobState
from shared.contracts.results import PictureResult
from shared.errors import StageError

if TYPE_CHECKING:
    from producer.feeds.record import Rejected

MOST_REJECTS_TOLD: Final = 10

OUTCOMES: Final = {
    JobState.DONE: "enriched",
    JobState.NO_PERSON: "no person",
    JobState.FAILED: "failed",
    JobState.QUARANTINED: "failed",
    JobState.RETRY: "put off",
}


class RunProgress:
    """Shows how a run goes on; ``console`` should write to standard error.

    Nothing is shown where the console is no terminal, or when ``quiet``.
    """

    def __init__(self, console: Console, quiet: bool = False) -> None:
        self._console = console
        self._shown = console.is_terminal and not quiet
        self._counts: dict[str, int] = {}
        self._rejected = 0
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[tally]}", style="dim"),
            TimeElapsedColumn(),
            TextColumn("left", style="dim"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task: TaskID | None = None

    @contextmanager
    def doing(self, what: str, total: int | None = None) -> Generator[None]:
        """Show a bar for a piece of work while the ``with`` block lasts."""
        if not self._shown:
            yield
            return
        self._task = self._bar.add_task(what, total=total, tally="")
        with self._bar:
            yield
        self._bar.remove_task(self._task)
        self._task = None

    def step(self) -> None:
        """One more is done."""
        if self._task is not None:
            self._bar.advance(self._task)

    def on_result(
        self,
        claim: Claim,
        state: JobState,
        result: PictureResult | StageError | Unchanged | None,
    ) -> None:
        """Count a picture's outcome; fits the runner's hook."""
        outcome = OUTCOMES.get(state, state.value)
        if isinstance(result, Unchanged):
            outcome = "unchanged"
        self._counts[outcome] = self._counts.get(outcome, 0) + 1
        if self._task is not None:
            tally = ", ".join(f"{count} {name}" for name, count in self._counts.items())
            step = 0 if state is JobState.RETRY else 1
            self._bar.update(self._task, advance=step, tally=tally)

    def on_wait(self, until: datetime) -> None:
        """Say that what is left waits for another attempt."""
        if self._task is not None:
            self._bar.update(
                self._task, tally=f"next attempt at {until.astimezone():%H:%M:%S}, Ctrl-C ends"
            )

    def on_reject(self, row: "Rejected") -> None:
        """Tell of a row of the feed that cannot be used, the first few times."""
        self._rejected += 1
        if self._rejected <= MOST_REJECTS_TOLD:
            self.say(f"line {row.line}: {row.reason}")
        elif self._rejected == MOST_REJECTS_TOLD + 1:
            self.say("further rows are rejected too; --rejects FILE keeps them all")

    def say(self, text: str) -> None:
        """A line that stays, at a terminal and elsewhere."""
        self._console.print(text, highlight=False, soft_wrap=True)
