"""The options that choose products, pictures and jobs: the same wherever a command has them."""

from typing import Annotated

import typer

from shared.contracts.jobs import LARGEST_ID
from shared.contracts.stages import Code

CatalogueOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Only this catalogue.", show_default="all of them"),
]
CategoryOption = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Only products of this category; may be repeated."),
]
BatchOption = Annotated[int | None, typer.Option(min=1, max=LARGEST_ID, help="Only this batch.")]
CodeOption = Annotated[
    list[Code] | None,
    typer.Option(help="Only jobs that failed with this code; may be repeated."),
]
LimitOption = Annotated[int | None, typer.Option(min=1, max=LARGEST_ID, help="Only the first N.")]
StagedBatchArgument = Annotated[
    int,
    typer.Argument(
        metavar="BATCH",
        min=1,
        max=LARGEST_ID,
        help="Number of a staged batch, as `backfill --stage` and `status` print it.",
    ),
]
