"""An export as Parquet: lists stay lists, times are timestamps. Needs the extra ``parquet``."""

from datetime import datetime
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from producer.catalogue.reader import AnsweredProduct
from producer.exports.record import COLUMNS, Link, record

ROWS_AT_ONCE: Final = 10_000
"""How many products share a row group, and wait in memory for it."""

_COLOUR: Final = pa.struct(
    [("hex", pa.string()), ("name", pa.string()), ("family", pa.string()), ("share", pa.float64())]
)
_TYPES: Final[dict[str, Any]] = {
    "colours": pa.list_(_COLOUR),
    "warnings": pa.list_(pa.string()),
    "colour_share": pa.float64(),
    "confidence": pa.float64(),
    "enriched_at": pa.timestamp("us", tz="UTC"),
    "decided_at": pa.timestamp("us", tz="UTC"),
}
SCHEMA: Final = pa.schema([(name, _TYPES.get(name, pa.string())) for name in COLUMNS])


class ParquetWriter:
    """Writes row groups of products; see :class:`producer.exports.formats.Writer`."""

    def __init__(self, file: BinaryIO, link: Link) -> None:
        self._link = link
        self._writer = pq.ParquetWriter(file, SCHEMA)
        self._rows: list[dict[str, Any]] = []

    def add(self, product: AnsweredProduct) -> None:
        """Keep a product until its row group is full."""
        row = record(product, self._link)
        moments = {name: row[name] for name in ("enriched_at", "decided_at")}
        self._rows.append(
            row
            | {
                name: None if moment is None else datetime.fromisoformat(moment)
                for name, moment in moments.items()
            }
        )
        if len(self._rows) == ROWS_AT_ONCE:
            self._write()

    def end(self) -> None:
        """Write the last row group and the file's end."""
        self._write()
        self._writer.close()

    def _write(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, SCHEMA))
            self._rows = []
