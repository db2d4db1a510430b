"""Finding a command of the front door by its words, as a shell would."""

from typing import Any

from typer.main import get_command

from colourway.cli import app


def find_command(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words name, and the words that are its own.

    Raises LookupError when a group has no command of that name.
    """
    command: Any = get_command(app)
    context: Any = command.make_context("colourway", [], resilient_parsing=True)
    rest = list(words)
    while hasattr(command, "get_command") and rest and not rest[0].startswith("-"):
        name = rest.pop(0)
        found = command.get_command(context, name)
        if found is None:
            raise LookupError(f"colourway {' '.join(words)}: there is no command {name!r}")
        command = found
    return command, rest
