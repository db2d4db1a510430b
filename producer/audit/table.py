"""An audit as text: for people on a console, as CSV for spreadsheets, as JSON for programs."""

import csv
from collections.abc import Callable, Iterable
from io import TextIOWrapper
from typing import Any, BinaryIO, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from producer.audit.audit import Audited
from producer.audit.finding import Finding, FindingSide
from producer.audit.kind import FindingKind
from producer.audit.spool import Spool
from shared.spreadsheet_cells import inert_row

WORDS: Final = {
    FindingKind.NAME: "the shop's name does not fit the picture",
    FindingKind.VARIANTS: "two variants look the same and are called differently",
    FindingKind.PHOTOS: "two photos of a product show different colours",
    FindingKind.DOUBT: "the answer is unsure, has warnings, or comes from a placeholder",
}
"""What people read of a kind of finding."""

COLUMNS: Final = (
    "kind",
    "sureness",
    "delta_e2000",
    "catalogue",
    "sku",
    "title",
    "category",
    "item_group",
    "merchant_colour",
    "colour_hex",
    "colour_name",
    "colour_family",
    "other",
    "other_hex",
    "other_name",
    "other_family",
    "confidence",
    "warnings",
    "why",
    "image_url",
    "thumbnail",
    "other_thumbnail",
)
MOST_UNKNOWN: Final = 8
"""How many names that are not understood are shown to people."""


def print_audit(done: Audited, spool: Spool, console: Console, shown: int) -> None:
    """Print an audit for people: the numbers, and the surest findings of each kind."""
    names = done.names
    console.print(f"{done.products:,} products, {done.total:,} findings", style="bold")
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(justify="right")
    for kind, count in done.counts.items():
        if count:
            table.add_row(f"{count:,}", kind.value, WORDS[kind])
    console.print(table)
    console.print(
        f"names: {names.compared:,} compared, {names.several:,} mean many colours, "
        f"{names.not_understood:,} not understood",
        highlight=False,
    )
    if names.unknown:
        most = ", ".join(f"{name} ({n:,})" for name, n in names.unknown.most_common(MOST_UNKNOWN))
        console.print(Text(f"not understood: {most}"), soft_wrap=True)
    for kind, count in done.counts.items():
        if count and shown:
            console.print()
            console.print(_kind_table(kind, spool.findings(kind, shown)))
            if count > shown:
                console.print(f"… and {count - shown:,} more")


def _kind_table(kind: FindingKind, findings: Iterable[Finding]) -> Table:
    table = Table("sku", "product", "", "sure", "ΔE", "shop says", box=None, pad_edge=False)
    table.title, table.title_justify, table.title_style = kind.value, "left", "bold"
    table.columns[3].justify = table.columns[4].justify = "right"
    table.columns[2].header = "beside" if kind is not FindingKind.DOUBT else "why"
    for each in findings:
        beside = _side(each.second) if each.second else Text(each.why)
        delta_e = "" if each.delta_e is None else f"{each.delta_e:.1f}"
        row = [Text(each.sku), _side(each.first), beside, f"{each.sureness:.0%}", delta_e]
        table.add_row(*row, Text(each.merchant_colour or ""))
    return table


def _side(side: FindingSide) -> Text:
    if not side.colours:
        return Text(side.label)
    code, _, name = side.colours[0]
    return Text.assemble(("██ ", code), name, (f" {side.label}", "dim"))


def write_csv(file: BinaryIO, findings: Iterable[Finding], link: Callable[[str], str]) -> None:
    """Write findings as CSV with a header, UTF-8; ``link`` says where a picture's key is found."""
    text = TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for each in findings:
        row = _row(each, link)
        rows.writerow(inert_row(row[column] for column in COLUMNS))
    text.detach()


def as_json(done: Audited, spool: Spool, shown: int) -> dict[str, Any]:
    """Return an audit as plain JSON values, with the surest findings of each kind."""
    names = done.names
    return {
        "products": done.products,
        "findings": done.total,
        "counts": {kind.value: count for kind, count in done.counts.items()},
        "names": {
            "compared": names.compared,
            "several": names.several,
            "not_understood": names.not_understood,
            "unknown": dict(names.unknown.most_common()),
        },
        "shown": [each.to_json() for kind in FindingKind for each in spool.findings(kind, shown)],
    }


def _row(each: Finding, link: Callable[[str], str]) -> dict[str, Any]:
    first, second = each.first, each.second
    code, _, name = first.colours[0] if first.colours else ("", 0, "")
    other_code, _, other_name = second.colours[0] if second and second.colours else ("", 0, "")
    return {
        "kind": each.kind.value,
        "sureness": each.sureness,
        "delta_e2000": each.delta_e,
        "catalogue": each.catalogue,
        "sku": each.sku,
        "title": each.title,
        "category": each.category,
        "item_group": each.item_group,
        "merchant_colour": each.merchant_colour,
        "colour_hex": code,
        "colour_name": name,
        "colour_family": first.family,
        "other": second.label if second else None,
        "other_hex": other_code,
        "other_name": other_name,
        "other_family": second.family if second else None,
        "confidence": each.confidence,
        "warnings": " ".join(each.warnings),
        "why": each.why,
        "image_url": first.url,
        "thumbnail": link(first.thumbnail_key) if first.thumbnail_key else None,
        "other_thumbnail": (
            link(second.thumbnail_key) if second and second.thumbnail_key else None
        ),
    }
