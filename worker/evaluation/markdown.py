"""Tables that read well in a terminal and are Markdown as they stand, to be pasted into a page."""

from collections.abc import Sequence


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Draw a table; the first column stands left, the others right.

    Args:
        headings: one a column.
        rows: as many cells each.

    Returns:
        Lines without a closing line break, all of one width.

    Raises:
        ValueError: a row has another number of cells.
    """
    lines = [headings, *rows]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]

    def draw(cells: Sequence[str]) -> str:
        first, *others = zip(cells, widths, strict=True)
        padded = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
        return f"| {' | '.join(padded)} |"

    rule = [f"|{'-' * (widths[0] + 2)}", *(f"{'-' * (width + 1)}:" for width in widths[1:])]
    return "\n".join([draw(headings), "|".join(rule) + "|", *(draw(row) for row in rows)])
