"""Progress on standard error: a line or a bar at a terminal, and nothing elsewhere.

Importing this is cheap: Rich is loaded when something is shown.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


@contextmanager
def status_line(what: str, *, quiet: bool = False) -> Generator[Callable[[str], None]]:
    """Show what is being done while the block lasts.

    Yields a function that replaces the line by another text.
    """
    from rich.console import Console  # noqa: PLC0415

    with Console(stderr=True, quiet=quiet).status(what) as line:

        def update(text: str) -> None:
            line.update(text)

        yield update


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

    Nothing is shown where the console is not a terminal, or when ``quiet``.
    """

    def __init__(self, console: "Console", quiet: bool = False) -> None:
        self._console = console
        self._shown = console.is_terminal and not quiet
        self._bar = _bar(console)
        self._task: Any = None

    @contextmanager
    def doing(self, what: str, total: int | None = None) -> Generator[None]:
        """Show a bar for a piece of work while the block lasts."""
        if not self._shown:
            yield
            return
        self._task = self._bar.add_task(what, total=total, note="")
        with self._bar:
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
        # No markup: what looks like it may have come with a feed.
        self._console.print(text, highlight=False, soft_wrap=True, markup=False)


def _bar(console: "Console") -> Any:
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}", style="dim"),
        TimeElapsedColumn(),
        TextColumn("left", style="dim"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
