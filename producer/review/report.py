"""Review queues and what they are worth, as text for people on a console."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from producer.review.queues import QueueProgress
from producer.review.worth import ReviewWorth
from producer.score.report import proportion_cells
from producer.score.spool import AgreementRow
from shared.contracts.decisions import ItemState


def print_queues(queues: Iterable[QueueProgress], console: Console) -> None:
    """Print queues and how many of their products are in each state."""
    table = Table("queue", "name", "catalogue", "made from", box=None, pad_edge=False)
    for state in ItemState:
        table.add_column(state.value, justify="right")
    for each in queues:
        states = (f"{each.states.get(state, 0):,}" for state in ItemState)
        named = (str(each.id), Text(each.name), Text(each.catalogue), each.source.value)
        table.add_row(*named, *states)
    console.print(table)


def print_worth(worth: ReviewWorth, console: Console) -> None:
    """Print the figures of one catalogue's samples."""
    judged = worth.every.strict.of
    console.print(Text(f"{worth.catalogue}: {judged:,} products judged", style="bold"))
    if worth.left or worth.skipped:
        console.print(f"{worth.left:,} still to be judged, {worth.skipped:,} skipped")
    if not judged:
        console.print("`colourway review sample NAME` chooses products at random to be judged\n")
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    for told, part in (
        ("family right", worth.every.strict),
        ("right by either family", worth.every.either),
        ("piece right", worth.piece_right),
    ):
        table.add_row(told, *proportion_cells(part))
    console.print(table)
    for title, rows in (("family", worth.families), ("piece", worth.pieces)):
        console.print()
        console.print(_rows(title, rows))
    if (error := worth.calibration_error) is not None:
        console.print(f"\nexpected calibration error {error:.3f}", highlight=False)
    console.print()


def _rows(title: str, rows: Iterable[AgreementRow]) -> Table:
    table = Table(title, "judged", "right", "95 %", "by either", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        share, ends, _ = proportion_cells(row.strict)
        table.add_row(
            Text(row.name), f"{row.strict.of:,}", share, ends, proportion_cells(row.either)[0]
        )
    return table
