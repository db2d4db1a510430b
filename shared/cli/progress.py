"""Progress on standard error: a line or a bar at a terminal, elsewhere a line every ten seconds.

Importing this is cheap: Rich is loaded when something is shown.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from shared.cli.periodic_lines import periodic_lines

if TYPE_CHECKING:
    from rich.console import Console


@contextmanager
def status_line(what: str, *, quiet: bool = False) -> Generator[Callable[[str], None]]:
    """Show what is being done while the block lasts.

    Yields a function that replaces the line by another text.
    """
    from rich.console import Console  # noqa: PLC0415

    console = Console(stderr=True, quiet=quiet)
    if console.is_terminal:
        with console.status(what) as line:

            def update(text: str) -> None:
                line.update(text)

            yield update
        return
    latest = [what]

    def replace(text: str) -> None:
        latest[0] = text

    if quiet:
        yield replace
        return
    with periodic_lines(lambda text: _print_line(console, text), lambda: latest[0]):
        yield replace


@contextmanager
def product_count(
    what: str, *, quiet: bool = False, total: int | None = None
) -> Generator[Callable[[int], None]]:
    """Show how many products were processed; yields a function that takes their number so far."""
    of_all = "" if total is None else f" of {total:,}"
    with status_line(what, quiet=quiet) as update:
        yield lambda products: update(f"{what}: {products:,}{of_all} products")


class ProgressBar:
    """A bar with a note and the time left; ``console`` should write to standard error.

    Where the console is not a terminal, there is a line every ten seconds; when ``quiet``, nothing.
    """

    def __init__(self, console: "Console", quiet: bool = False) -> None:
        self._console = console
        self._quiet = quiet
        self._bar = _bar(console)
        self._task: Any = None

    @contextmanager
    def doing(self, what: str, total: int | None = None) -> Generator[None]:
        """Show a bar for a piece of work while the block lasts."""
        if self._quiet:
            yield
            return
        self._task = self._bar.add_task(what, total=total, note="")
        lines = periodic_lines(lambda text: _print_line(self._console, text), self._line)
        with self._bar if self._console.is_terminal else lines:
            yield
        self._bar.remove_task(self._task)
        self._task = None

    def step(self, steps: int = 1, note: str | None = None) -> None:
        """Move the bar on, and replace the note beside it where one is given."""
        if self._task is not None:
            fields = {} if note is None else {"note": note}
            self._bar.update(self._task, advance=steps, **fields)

    def say(self, text: str) -> None:
        """Print a line that stays, at a terminal and elsewhere."""
        _print_line(self._console, text)

    def _line(self) -> str:
        """What the bar would show, in words."""
        from shared.cli.time_left import time_left  # noqa: PLC0415

        task = next(task for task in self._bar.tasks if task.id == self._task)
        line = str(task.description)
        if task.total is not None:
            line += f": {task.completed:,.0f} of {task.total:,.0f}"
        return ", ".join(part for part in (line, task.fields["note"], time_left(task)) if part)


def _print_line(console: "Console", text: str) -> None:
    # No markup: what looks like it may have come with a feed.
    console.print(text, highlight=False, soft_wrap=True, markup=False)


def _bar(console: "Console") -> Any:
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    from shared.cli.time_left import TimeLeftColumn  # noqa: PLC0415

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}", style="dim"),
        TimeElapsedColumn(),
        TimeLeftColumn(),
        console=console,
        transient=True,
    )
