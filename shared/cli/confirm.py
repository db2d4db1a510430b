"""Asking before something is done that cannot be undone."""

import sys

import typer

from shared.cli.exit_codes import EXIT_FAILED
from shared.errors import SettingsError


def ask_first(question: str) -> None:
    """Ask on standard error, and return where the answer is yes; else the command ends.

    Raises :class:`~shared.errors.SettingsError`, which names --yes, where nobody can be asked:
    standard input is no terminal.
    """
    if not sys.stdin.isatty():
        raise SettingsError(f"{question} There is no terminal to ask at: give --yes")
    if not typer.confirm(question, err=True):
        typer.echo("nothing was changed", err=True)
        raise typer.Exit(EXIT_FAILED)
