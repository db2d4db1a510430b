"""Run progress: how many pictures of a run are done, and what became of them."""

from datetime import datetime
from typing import TYPE_CHECKING, Final

from rich.console import Console

from shared.cli.first_rows import FirstRows
from shared.cli.progress import ProgressBar
from shared.contracts.fingerprint import Unchanged
from shared.contracts.jobs import Claim, JobState
from shared.contracts.results import PictureResult
from shared.database.models import utc_now
from shared.errors import StageError
from shared.outage import Outage

if TYPE_CHECKING:
    from producer.feeds.record import Note, Rejected

REJECTS_SHOWN: Final = 10

STATE_NAMES: Final = {
    JobState.DONE: "enriched",
    JobState.NO_PERSON: "no person",
    JobState.FAILED: "failed",
    JobState.QUARANTINED: "failed",
    JobState.RETRY: "deferred",
}


class RunProgress(ProgressBar):
    """Shows the progress of a run; ``console`` should write to standard error.

    No bar is shown where the console is not a terminal, or when ``quiet``.
    """

    def __init__(self, console: Console, quiet: bool = False) -> None:
        super().__init__(console, quiet)
        self._counts: dict[str, int] = {}
        self._rejected: FirstRows[Rejected] = FirstRows(
            lambda row: self.say(f"line {row.line}: {row.reason}"),
            REJECTS_SHOWN,
            on_more=lambda: self.say("further rows are rejected; --rejects FILE keeps all of them"),
        )
        self._noted: FirstRows[Note] = FirstRows(
            lambda note: self.say(f"line {note.line}: {note.reason}"),
            REJECTS_SHOWN,
            on_more=lambda: self.say(
                "further cells are left out; `colourway feed-check` lists them"
            ),
        )

    def on_result(
        self,
        claim: Claim,
        state: JobState,
        result: PictureResult | StageError | Unchanged | None,
    ) -> None:
        """Count what became of a picture; fits the runner's hook."""
        name = STATE_NAMES.get(state, state.value)
        if isinstance(result, Unchanged):
            name = "unchanged"
        self._counts[name] = self._counts.get(name, 0) + 1
        counts = ", ".join(f"{count} {name}" for name, count in self._counts.items())
        self.step(0 if state is JobState.RETRY else 1, counts)

    def on_wait(self, until: datetime) -> None:
        """Say that the pictures left wait for another attempt."""
        # Its moment may have come while this was looked up.
        at = f"at {until.astimezone():%H:%M:%S}" if until > utc_now() else "at once"
        self.step(0, f"next attempt {at}, Ctrl-C stops")

    def on_outage(self, outage: Outage) -> None:
        """Say that the store or the decoders are away, and that they are back."""
        if outage.part == "decoder":
            self.say(
                f"no picture can be decoded: {outage.reason}; they wait and lose no attempt; "
                "Ctrl-C stops"
                if outage.over_s is None
                else f"pictures can be decoded again, after {outage.over_s:,.0f} s"
            )
        elif outage.over_s is not None:
            self.say(f"the store takes files again, after {outage.over_s:,.0f} s")
        else:
            self.say(
                f"the store takes no files: {outage.reason}; pictures wait for it and lose no "
                "attempt; Ctrl-C stops"
            )

    def on_reject(self, row: "Rejected") -> None:
        """Hear of a row of the feed that cannot be used; the first ones are shown."""
        self._rejected(row)

    def on_note(self, note: "Note") -> None:
        """Hear of a cell of the feed that was left out; the first ones are shown."""
        self._noted(note)
