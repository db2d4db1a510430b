"""The table that products are found in: narrow, with an index for each filter and order.

A copy of what ``products`` hold, people's decisions applied, so that pages over millions of
products read few bytes; :mod:`producer.search.indexing` keeps it up to date.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Dialect, ForeignKey, Index, String, Text, cast, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from shared.database.base import Row
from shared.database.columns import ID_COLUMN

WRONG = text("doubt IS NOT NULL")
WARNED = text("warnings <> 0")
DIFFERS = text("outcome = 'differs'")
"""Where the shop's word is not what was found, word for word as in the partial index."""

FILTERS: Final = (
    "catalogue_id",
    "piece",
    "pattern",
    "family_second",
    "warnings",
    "confidence",
    "outcome",
)
"""What the index of colours knows of each row beside, so that filters need not open the table."""

WORD_PARTS: Final = 7
"""The index of words is in so many parts, by the remainder of the products' ids: whether words are
frequent is known after one or two. Seven, which no pattern of ids follows."""


class WordsColumn(TypeDecorator[str]):
    """Words with a blank before each and behind the last; a ``tsvector`` on PostgreSQL.

    They are letters and digits alone, so that none needs to be quoted.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return what the database keeps."""
        return TSVECTOR() if dialect.name == "postgresql" else Text()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Write words as the database reads them."""
        if value is None or dialect.name != "postgresql":
            return value
        return " ".join(f"'{word}'" for word in value.split())

    def bind_expression(self, bindparam: Any) -> ColumnElement[Any]:
        """Name the type, which the driver would leave open."""
        return cast(bindparam, self)


class SearchRow(Row):
    """A product as filters, orders and searches see it.

    ``piece`` is ``whole`` where the colours are a whole outfit's. ``warnings`` is a bit for each
    of :class:`shared.contracts.warnings.WarningWord`, in their order. ``cube`` is where ``hex``
    lies in CIELAB (:mod:`producer.search.cubes`). ``word`` is the shop's own for the colour,
    ``outcome`` what the score says of it, and ``doubt`` (0..1) how sure the audit is that it is
    wrong, None where it is not. ``changed_at`` is the product's ``updated_at``.
    """

    __tablename__ = "product_search"
    __table_args__ = (
        Index("ix_product_search_catalogue_id", "catalogue_id", "product_id"),
        Index("ix_product_search_category", "category", "product_id"),
        Index("ix_product_search_family_hex", "family", "product_id", postgresql_include=["hex"]),
        Index("ix_product_search_family_confidence", "family", "confidence", "product_id"),
        Index("ix_product_search_family_second", "family_second", "product_id"),
        Index(
            "ix_product_search_piece_hex",
            "piece",
            "family",
            "product_id",
            postgresql_include=["hex"],
        ),
        Index("ix_product_search_pattern", "pattern", "product_id"),
        Index("ix_product_search_confidence", "confidence", "product_id"),
        Index("ix_product_search_changed_at", "changed_at", "product_id"),
        Index(
            "ix_product_search_colour",
            "cube",
            "family",
            "hex",
            "product_id",
            postgresql_include=FILTERS,
        ),
        Index("ix_product_search_word", "word", "family", "product_id", "catalogue_id"),
        Index(
            "ix_product_search_doubt",
            "doubt",
            "product_id",
            postgresql_where=WRONG,
            sqlite_where=WRONG,
        ),
        Index(
            "ix_product_search_warnings",
            "warnings",
            "product_id",
            postgresql_where=WARNED,
            sqlite_where=WARNED,
        ),
        Index(
            "ix_product_search_differs_hex",
            "family",
            "piece",
            "product_id",
            postgresql_include=["hex"],
            postgresql_where=DIFFERS,
            sqlite_where=DIFFERS,
        ),
        *(
            Index(
                f"ix_product_search_words_{part}",
                "words",
                postgresql_using="gin",
                postgresql_with={"gin_pending_list_limit": 512},
                postgresql_where=text(f"product_id % {WORD_PARTS} = {part}"),
                sqlite_where=text(f"product_id % {WORD_PARTS} = {part}"),
            )
            for part in range(WORD_PARTS)
        ),
    )

    product_id: Mapped[int] = mapped_column(
        ForeignKey("products.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    catalogue_id: Mapped[int] = mapped_column(ID_COLUMN)
    words: Mapped[str] = mapped_column(WordsColumn())
    category: Mapped[str | None]
    family: Mapped[str | None]
    family_second: Mapped[str | None]
    piece: Mapped[str | None] = mapped_column(String(16))
    pattern: Mapped[str | None] = mapped_column(String(16))
    warnings: Mapped[int]
    confidence: Mapped[float | None]
    hex: Mapped[str | None] = mapped_column(String(7))
    cube: Mapped[int | None]
    word: Mapped[str | None]
    outcome: Mapped[str] = mapped_column(String(16))
    doubt: Mapped[float | None]
    changed_at: Mapped[datetime]


class SearchProgress(Row):
    """How far the search rows are; ``cursor`` is one of :mod:`producer.catalogue.change_feed`.

    ``version`` is that of all that rows follow from beside the products; under another one every
    row is made again.
    """

    __tablename__ = "search_progress"

    id: Mapped[int] = mapped_column(ID_COLUMN, primary_key=True)
    version: Mapped[str]
    cursor: Mapped[str]
    caught_up_at: Mapped[datetime | None]
