"""Consoles: where tables and lines for people are printed."""

from typing import Final

from rich.console import Console

WIDTH: Final = 120
"""Columns of a table that is written to a file or a pipe."""


def output_console(width: int = WIDTH) -> Console:
    """Standard output; wide enough for tables where it is not a terminal: ``width`` columns."""
    console = Console()
    return console if console.is_terminal else Console(width=width)
