"""Products with their answers, read from the database a page at a time, for exports and audits."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import ColumnElement, Connection, Engine, Select, select

from producer.catalogue.decided import decided_row
from producer.catalogue.placeholders import SharedPictures
from producer.reprocess.conditions import Condition
from shared.contracts.decisions import DecisionRecord
from shared.contracts.results import Pattern, Shade, outfit_key
from shared.contracts.warnings import WarningWord
from shared.database.engine import among, reading
from shared.database.id_ranges import id_ranges
from shared.database.models import Catalogue, Product, ProductImage
from shared.decisions.records import These, decisions_in_force
from shared.redaction import public_url

OnBad = Callable[[str, str], None]
"""Hears the sku of a product that is left out, and why."""


@dataclass(frozen=True, slots=True)
class AnsweredProduct:
    """A product with its answer, as the database holds it.

    ``shades`` are the clothes' colours, largest share first; empty without an answer. ``urls`` are
    its pictures', in their order, without what signs them, for they are published; ``subject`` is
    what the main one shows. ``sharing`` says how many products show this very picture where that
    makes it a placeholder, else it is 0; then ``warnings`` say so too.

    ``decision`` is what a person said of it, if anybody did: colours, families, piece, warnings and
    confidence are as decided then (:mod:`producer.catalogue.decided`), and nothing else differs.
    """

    id: int
    catalogue_id: int
    catalogue: str
    sku: str
    title: str | None
    category: str | None
    item_group: str | None
    merchant_colour: str | None
    colour_family: str | None
    colour_family_second: str | None
    pattern: Pattern | None
    piece: str | None
    warnings: tuple[str, ...]
    confidence: float | None
    crop_key: str | None
    cutout_key: str | None
    thumbnail_key: str | None
    provenance: Mapping[str, Any] | None
    enriched_at: datetime | None
    shades: tuple[Shade, ...]
    urls: tuple[str, ...]
    subject: str | None
    sharing: int = 0
    decision: DecisionRecord | None = None

    @property
    def is_whole_outfit(self) -> bool:
        """True where the colours are of all that somebody wears, not of the product alone."""
        return self.piece is None and self.subject != "packshot"

    @property
    def shown_key(self) -> str | None:
        """What pages show small: the thumbnail, else the cut-out."""
        return self.thumbnail_key or self.cutout_key

    @property
    def outfit_key(self) -> str | None:
        """Where the cut-out of all that is worn lies, beside that of the piece."""
        return outfit_key(self.cutout_key, self.provenance)

    @property
    def colour(self) -> Shade | None:
        """The largest colour of the clothes, or None."""
        return self.shades[0] if self.shades else None


@dataclass(frozen=True, slots=True)
class ProductSelection:
    """Which products are read: those of which everything given here is true.

    ``since`` leaves out what has not changed since then. ``answered`` products have a result or a
    decision, and with False those alone are read that have none; None takes both. With ``decided``
    those alone are read that have a decision.
    """

    catalogue_id: int | None = None
    categories: tuple[str, ...] = ()
    where: tuple[Condition, ...] = ()
    since: datetime | None = None
    answered: bool | None = True
    decided: bool = False

    def narrowed(self, decided: Collection[int] = ()) -> list[ColumnElement[bool]]:
        """Return what the database can check before a row is sent.

        ``decided`` products have a decision, which is an answer without any result, too.
        """
        narrow: list[ColumnElement[bool]] = []
        if self.catalogue_id is not None:
            narrow.append(Product.catalogue_id == self.catalogue_id)
        if self.categories:
            narrow.append(Product.category.in_(self.categories))
        if self.since is not None:
            narrow.append(Product.updated_at >= self.since)
        if self.answered is not None:
            has_answer = Product.enriched_at.is_not(None)
            if decided:
                has_answer |= Product.id.in_(list(decided))
            narrow.append(has_answer if self.answered else ~has_answer)
        if self.decided:
            narrow.append(Product.id.in_(list(decided)))
        return narrow


@dataclass(slots=True)
class ProductReader:
    """Reads products by their ids, a span at a time: memory does not grow with the catalogue.

    What people decided stands in the place of what was measured; with ``as_measured`` it does not.
    Without ``placeholders`` nobody looks which pictures many products share, which takes as long
    as the catalogue is large. A row that makes no sense is told to ``on_bad`` and left out.
    """

    engine: Engine
    selection: ProductSelection
    on_bad: OnBad
    limit: int | None = None
    as_measured: bool = False
    placeholders: bool = True
    read: int = field(default=0, init=False)
    _shared: SharedPictures | None = field(default=None, init=False)

    @property
    def shared(self) -> SharedPictures:
        """The pictures that many products share, as they were when this was first asked for."""
        if self._shared is None:
            self._shared = SharedPictures(self.engine, self.selection.catalogue_id)
        return self._shared

    def pages(self) -> Iterator[list[AnsweredProduct]]:
        """Yield pages of products in the order of their ids; none is empty."""
        for span in id_ranges(self.engine, Product.id):
            with reading(self.engine).begin() as connection:
                found = list(self._products(connection, span.holds))
            if found:
                yield found
            if self.limit is not None and self.read >= self.limit:
                return

    def by_ids(self, ids: Sequence[int]) -> list[AnsweredProduct]:
        """Return products by their ids, whatever the limit; those that are gone are left out."""
        with reading(self.engine).begin() as connection:
            return self.by_ids_in(connection, ids)

    def by_ids_in(self, connection: Connection, ids: Sequence[int]) -> list[AnsweredProduct]:
        """Return what :meth:`by_ids` does, as a transaction sees it."""
        found = connection.execute(_QUERY.where(among(connection, Product.id, ids))).mappings()
        decided = self._decided(connection, _among(connection, ids))
        return list(self._understood(connection, self._whole(found, decided)))

    def chosen(self, ids: Sequence[int]) -> list[AnsweredProduct]:
        """Return those of the products, by their ids, that the selection and the limit let in."""
        with reading(self.engine).begin() as connection:
            return list(self._products(connection, _among(connection, ids)))

    def _products(self, connection: Connection, these: These) -> Iterator[AnsweredProduct]:
        decided = self._decided(connection, these)
        if self.selection.decided and not decided:
            return
        narrowed = self.selection.narrowed(decided)
        found = connection.execute(_QUERY.where(these(Product.id), *narrowed)).mappings()
        rows = self._whole(found, decided)
        chosen = [row for row in rows if all(each.holds(row) for each in self.selection.where)]
        for product in self._understood(connection, chosen):
            if self.limit is not None and self.read >= self.limit:
                return
            self.read += 1
            yield product

    def _decided(self, connection: Connection, these: These) -> dict[int, DecisionRecord]:
        return {} if self.as_measured else decisions_in_force(connection, these)

    def _whole(
        self, found: Iterable[Any], decided: Mapping[int, DecisionRecord]
    ) -> list[Mapping[str, Any]]:
        """Add to each row how many products show its picture, and what was decided of it."""
        rows = self._with_placeholders(list(cast("Iterable[Mapping[str, Any]]", found)))
        if not decided:
            return rows
        return [
            decided_row(row, decision) if (decision := decided.get(row["id"])) else row
            for row in rows
        ]

    def _with_placeholders(self, rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Add to each row how many products show its picture, and the warning where many do."""
        if not self.placeholders:
            return rows
        shared = self.shared.of([row["id"] for row in rows])
        return [
            {**row, "sharing": count, "warnings": [_PLACEHOLDER, *(row["warnings"] or ())]}
            if (count := shared.get(row["id"]))
            else row
            for row in rows
        ]

    def _understood(
        self, connection: Connection, rows: Sequence[Mapping[str, Any]]
    ) -> Iterator[AnsweredProduct]:
        pictures = _pictures(connection, [row["id"] for row in rows])
        for row in rows:
            try:
                yield _product(row, pictures.get(row["id"], []))
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                self.on_bad(row["sku"], f"its stored colours make no sense: {error!r}")


_PLACEHOLDER: Final = WarningWord.PLACEHOLDER.value

_COLUMNS: Final = (
    Product.id,
    Product.catalogue_id,
    Catalogue.name.label("catalogue"),
    Product.sku,
    Product.title,
    Product.category,
    Product.item_group,
    Product.merchant_colour,
    Product.colour_name,
    Product.colour_family,
    Product.colour_family_second,
    Product.pattern,
    Product.piece,
    Product.warnings,
    Product.confidence,
    Product.crop_key,
    Product.cutout_key,
    Product.thumbnail_key,
    Product.provenance,
    Product.enriched_at,
    Product.colours,
)
_QUERY: Final[Select[*tuple[Any, ...]]] = (
    select(*_COLUMNS).join(Catalogue, Catalogue.id == Product.catalogue_id).order_by(Product.id)
)


def _among(connection: Connection, ids: Sequence[int]) -> These:
    return lambda column: among(connection, column, ids)


class _PictureUrl(NamedTuple):
    product_id: int
    url: str
    subject: str | None
    cutout_key: str | None


def _product(row: Mapping[str, Any], pictures: Sequence[_PictureUrl]) -> AnsweredProduct:
    given = {name: row[name] for name in row if name not in ("colour_name", "colours", "warnings")}
    key = row["cutout_key"]
    main = next((each for each in pictures if key is not None and each.cutout_key == key), None)
    return AnsweredProduct(
        **given,
        warnings=tuple(map(str, row["warnings"] or ())),
        shades=tuple(Shade.from_json(raw) for raw in row["colours"] or ()),
        urls=tuple(public_url(each.url) for each in pictures),
        subject=main.subject if main else None,
    )


def _pictures(connection: Connection, ids: Sequence[int]) -> dict[int, list[_PictureUrl]]:
    found: dict[int, list[_PictureUrl]] = {}
    if ids:
        columns = (ProductImage.url, ProductImage.subject, ProductImage.cutout_key)
        query = (
            select(ProductImage.product_id, *columns)
            .where(among(connection, ProductImage.product_id, ids))
            .order_by(ProductImage.product_id, ProductImage.position)
        )
        for row in connection.execute(query):
            found.setdefault(row.product_id, []).append(_PictureUrl(*row))
    return found
