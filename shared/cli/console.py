"""What commands print for people: tables and lines in which nothing can steer a terminal.

Skus, titles and messages are somebody else's text. Rich's own colours stay, for they are added
behind this.
"""

from typing import Any, Final

import typer
from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
from rich.segment import Segment

from shared.printable import printable_lines
from shared.redaction import redact

WIDTH: Final = 120
"""Columns of a table that is written to a file or a pipe."""


def safe_console(**options: Any) -> Console:
    """Return a console with Rich's options, in whose text control characters are escaped."""
    console = Console(**options)
    console.push_render_hook(_Escaping())
    return console


def output_console(width: int = WIDTH) -> Console:
    """Standard output; wide enough for tables where it is not a terminal: ``width`` columns."""
    console = safe_console()
    return console if console.is_terminal else safe_console(width=width)


def say(line: str, *, err: bool = False) -> None:
    """Print a line that quotes somebody else's text; secrets and control characters stay out."""
    typer.echo(printable_lines(redact(line)), err=err)


class _Escaping(RenderHook):
    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Escaped(each) for each in renderables]


class _Escaped:
    def __init__(self, renderable: ConsoleRenderable) -> None:
        self._renderable = renderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from map(_escaped, console.render(self._renderable, options))


def _escaped(segment: Segment) -> Segment:
    # A space that does not break is a space; other marks of layout are shown as what they are.
    text = segment.text.replace("\xa0", " ")
    if segment.control or text.isprintable():
        return segment
    return Segment(printable_lines(text), segment.style)
