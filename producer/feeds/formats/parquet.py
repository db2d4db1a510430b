"""Parquet, through pyarrow: only the columns that are needed, a thousand rows at a time."""

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Final, cast

from producer.feeds.record import Record
from shared.errors import FeedError

ROWS_AT_ONCE: Final = 1000
READ_BUFFER_BYTES: Final = 1 << 20


class ParquetFeed:
    """A Parquet file that is read in batches.

    ``names`` are the columns of its schema. Call :meth:`read_only` before reading: columns that
    nobody needs cost memory and time.

    Raises:
        FeedError: pyarrow is not installed, or the file is no Parquet file.
    """

    def __init__(self, file: BinaryIO) -> None:
        try:
            import pyarrow as arrow  # noqa: PLC0415 - an extra, and slow to import
            from pyarrow import parquet  # noqa: PLC0415
        except ModuleNotFoundError as error:
            raise FeedError(
                "reading Parquet needs pyarrow: pip install 'colourway[parquet]'"
            ) from error
        self._failure: type[Exception] = arrow.ArrowException
        try:
            # Without a read buffer a whole column chunk, often the whole column, is held.
            self._file: Any = parquet.ParquetFile(
                file, buffer_size=READ_BUFFER_BYTES, pre_buffer=False
            )
        except (self._failure, OSError) as error:
            raise FeedError(f"this is no Parquet file: {error}") from error
        self.names = tuple(cast("list[str]", self._file.schema_arrow.names))
        self._columns: list[str] | None = None

    def read_only(self, columns: Sequence[str]) -> None:
        """Leave out all other columns."""
        self._columns = list(columns)

    def __iter__(self) -> Iterator[Record]:
        """Yield the rows in order. Raises :class:`~shared.errors.FeedError` on a damaged file."""
        row = 0
        try:
            for batch in self._file.iter_batches(
                batch_size=ROWS_AT_ONCE, columns=self._columns, use_threads=False
            ):
                for values in cast("list[dict[str, object]]", batch.to_pylist()):
                    row += 1
                    yield Record(row, values, values)
        except (self._failure, OSError) as error:
            raise FeedError(f"the Parquet file is damaged after row {row}: {error}") from error
