"""Options that mean the same in every command."""

from typing import Annotated

import typer

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
QuietFlag = Annotated[
    bool, typer.Option("--quiet", "-q", help="Show no progress, only the result.")
]
DryRunFlag = Annotated[
    bool, typer.Option("--dry-run", "-n", help="Change nothing; only say what would be done.")
]
