"""Watching: how fast each batch comes on, from one look at the ledger to the next."""

import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from producer.status.counts import JobProgress, Status, describe
from producer.status.durations import spell

WINDOW_S: Final = 300.0
"""Over how long the pace of a batch is measured, at most."""

SHARE: Final = 10
"""A look is followed by a rest at least so many times as long: watching must not be felt."""


class WatchedBatch(NamedTuple):
    """One batch at one look; ``per_s`` and ``left_s`` are None while nothing can be said."""

    batch_id: int | None
    progress: JobProgress
    per_s: float | None
    left_s: float | None


@dataclass(slots=True)
class Pacer:
    """The pace of each batch over the last minutes."""

    _looks: dict[int | None, deque[tuple[float, int]]] = field(default_factory=dict)

    def see(self, batch_id: int | None, progress: JobProgress, now_s: float) -> WatchedBatch:
        """Note a batch's progress at a moment of a steady clock, and say how fast it comes on."""
        ended = progress.jobs - progress.left
        looks = self._looks.setdefault(batch_id, deque())
        if looks and looks[-1][1] > ended:
            looks.clear()  # jobs were put back: what ended before says nothing any more
        looks.append((now_s, ended))
        while len(looks) > 2 and now_s - looks[0][0] > WINDOW_S:
            looks.popleft()
        since_s, before = looks[0]
        per_s = (ended - before) / (now_s - since_s) if now_s > since_s else None
        return WatchedBatch(batch_id, progress, per_s, progress.left / per_s if per_s else None)


@dataclass(slots=True)
class Watch:
    """Looks again and again until nothing is left; ``look`` reads the status."""

    look: Callable[[], Status]
    every_s: float
    pacer: Pacer = field(default_factory=Pacer)
    shown: set[int | None] = field(default_factory=set)
    """Batches that had something left at some look: they stay in sight to their end."""

    def __iter__(self) -> Iterator[tuple[Status, list[WatchedBatch]]]:
        while True:
            started = time.monotonic()
            status = self.look()
            ended = time.monotonic()
            seen = self.see(status, started)
            yield status, seen
            if not any(each.progress.left for each in seen):
                return
            time.sleep(max(self.every_s - (ended - started), SHARE * (ended - started)))

    def see(self, status: Status, now_s: float) -> list[WatchedBatch]:
        """Return the batches to be shown, the newest first."""
        seen = [
            self.pacer.see(batch_id, JobProgress.of(tallies), now_s)
            for batch_id, tallies in status.by_batch().items()
        ]
        self.shown |= {each.batch_id for each in seen if each.progress.left}
        return [each for each in seen if each.batch_id in self.shown]


def show(watch: Watch, console: Console) -> None:
    """Draw one table over and over on a terminal; elsewhere print a line for each batch."""
    if not console.is_terminal:
        for status, seen in watch:
            for each in seen:
                console.print(line(each, status), highlight=False, soft_wrap=True, markup=False)
        console.print("nothing is left to be done")
        return
    with Live(console=console, auto_refresh=False) as live:
        for status, seen in watch:
            live.update(table(status, seen), refresh=True)
    console.print("nothing is left to be done")


def print_json(watch: Watch, write: Callable[[str], Any]) -> None:
    """Write one JSON object on a line for each look: the status, and the pace of each batch."""
    for status, seen in watch:
        told = status.as_json()
        paces = {each.batch_id: each for each in seen}
        for batch in told["batches"]:
            each = paces.get(batch["id"])
            batch["pictures_per_s"] = each.per_s if each else None
            batch["left_s"] = each.left_s if each else None
        write(json.dumps(told))


def line(seen: WatchedBatch, status: Status) -> str:
    """Return one batch in one line."""
    progress = seen.progress
    return (
        f"{time.strftime('%H:%M:%S')} batch {seen.batch_id or 'none'}: "
        f"{progress.done:,} of {progress.jobs:,} done, {progress.failed:,} failed, "
        f"{progress.left:,} left, {_pace(seen)}, time left {_time(seen)}; "
        f"workers busy: {status.busy_workers:,}"
    )


def table(status: Status, seen: list[WatchedBatch]) -> Table:
    """Return the batches as a table."""
    made = Table(box=None, pad_edge=False, caption=f"workers busy: {status.busy_workers:,}")
    made.caption_justify = "left"
    made.add_column("batch", justify="right")
    made.add_column("from", overflow="ellipsis", no_wrap=True)
    for name in ("jobs", "done", "failed", "left", "pace", "time left"):
        made.add_column(name, justify="right", no_wrap=True)
    for each in seen:
        progress = each.progress
        made.add_row(
            str(each.batch_id or "none"),
            Text(describe(status.origins.get(each.batch_id or 0))),
            *(
                f"{count:,}"
                for count in (progress.jobs, progress.done, progress.failed, progress.left)
            ),
            _pace(each),
            _time(each),
        )
    return made


def _pace(seen: WatchedBatch) -> str:
    return "–" if seen.per_s is None else f"{seen.per_s:,.2f}/s"


def _time(seen: WatchedBatch) -> str:
    if not seen.progress.left:
        return "done"
    return "–" if seen.left_s is None else spell(seen.left_s)
