"""JSON on standard output: the same form for every command that knows ``--json``."""

import json

import typer


def print_json(value: object, *, indent: int | None = 2) -> None:
    """Print plain JSON values as the only thing on standard output; without indent, in one line."""
    typer.echo(json.dumps(value, indent=indent))
