"""The options that choose products by their results: of ``export`` and ``audit``."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import typer

from producer.commands.options import CatalogueOption, CategoryOption
from shared.cli.console import say
from shared.cli.first_rows import FirstRows
from shared.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from producer.catalogue.reader import ProductSelection

SKIPPED_SHOWN: Final = 10
"""How many skipped products are named one by one."""


@dataclass(frozen=True, slots=True)
class ProductOptions:
    """Which products a command reads."""

    catalogue: CatalogueOption = None
    category: CategoryOption = None
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CONDITION",
            help="Only products that meet a condition, such as family=navy; if repeated, all "
            "conditions must be met.",
        ),
    ] = None
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="Only products that changed after this time: 2026-11-24T18:30Z."
        ),
    ] = None

    def selection(self, engine: "Engine", *, everything: bool = False) -> "ProductSelection":
        """Return the products that are chosen; ``everything`` takes those without a result too.

        Raises :class:`~shared.errors.SettingsError` where an option makes no sense.
        """
        from producer.catalogue.lookups import catalogue_id  # noqa: PLC0415
        from producer.catalogue.reader import ProductSelection  # noqa: PLC0415
        from producer.reprocess.conditions import read_moment  # noqa: PLC0415
        from producer.reprocess.product_conditions import ColourWords, parse_conditions  # noqa: PLC0415
        from shared.settings import get_settings  # noqa: PLC0415

        try:
            moment = None if self.since is None else read_moment(self.since)
        except ValueError as error:
            raise SettingsError(f"--since: {error}") from None
        return ProductSelection(
            catalogue_id(engine, self.catalogue),
            tuple(self.category or ()),
            parse_conditions(self.where, ColourWords(engine, get_settings().naming)),
            moment,
            answered=None if everything else True,
        )


def print_skipped() -> "Callable[[str, str], None]":
    """Return a function that hears of skipped products, and names the first on standard error."""
    rows: FirstRows[tuple[str, str]] = FirstRows(
        lambda row: say(f"{row[0]}: {row[1]}", err=True),
        SKIPPED_SHOWN,
        on_more=lambda: typer.echo("further products are only counted", err=True),
    )
    return lambda sku, reason: rows((sku, reason))
