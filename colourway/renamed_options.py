"""Renamed options: the old name works for one release, and says what it is called now."""

from typing import Any, Final

import typer
from typer.core import TyperCommand

RENAMED_OPTIONS: Final = {"backfill": {"--hold": "--stage"}}
"""By command: the old name of an option, which works until 0.2, and its new name."""


class CommandWithRenamedOptions(TyperCommand):
    """A command that takes an option's old name for its new one."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Replace old names before the options are read."""
        return super().parse_args(
            ctx, with_new_names(args, RENAMED_OPTIONS.get(str(self.name), {}))
        )


def with_new_names(args: list[str], renamed: dict[str, str]) -> list[str]:
    """Return the arguments with new names of options, and say on standard error what changed."""
    words: list[str] = []
    for arg in args:
        name, equals, value = arg.partition("=")
        if name in renamed:
            typer.echo(f"{name} is now called {renamed[name]}", err=True)
        words.append(f"{renamed.get(name, name)}{equals}{value}")
    return words
