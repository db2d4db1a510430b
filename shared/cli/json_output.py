"""JSON on standard output: the same form for every command that knows ``--json``."""

import json

import typer


def print_json(value: object) -> None:
    """Print plain JSON values, indented, as the only thing on standard output."""
    typer.echo(json.dumps(value, indent=2))
