"""Opening a feed: a file, an object or standard input, packed or not, whatever its form."""

import codecs
import gzip
import io
import sys
import tempfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from shutil import copyfileobj
from typing import BinaryIO, Final, cast

from producer.feeds.formats.delimited import DelimitedFeed
from producer.feeds.formats.file_kinds import (
    XLSX_PART,
    describe_zip,
    holds,
    is_zip,
    no_feed,
    utf16_without_mark,
)
from producer.feeds.formats.folder import FolderFeed, is_picture
from producer.feeds.formats.jsonl import JsonLinesFeed
from producer.feeds.formats.parquet import ParquetFeed
from producer.feeds.formats.workbook import WorkbookFeed
from producer.feeds.formats.xml_feed import XmlFeed
from producer.feeds.record import Record, Rejected
from shared.errors import FeedError, StorageError
from shared.printable import printable
from shared.storage.s3 import copy_object

STDIN: Final = "-"
S3: Final = "s3://"
Feed = DelimitedFeed | FolderFeed | JsonLinesFeed | ParquetFeed | WorkbookFeed | XmlFeed

_LOOK_AHEAD_BYTES: Final = 4096
_GZIP: Final = b"\x1f\x8b"
_PARQUET: Final = b"PAR1"
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DAMAGE: Final = (OSError, EOFError, UnicodeError, zlib.error)
_ENDINGS: Final = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "csv"}


class FeedFormat(StrEnum):
    """The forms of a feed; CSV stands for other delimiters too."""

    AUTO = "auto"
    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    XML = "xml"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class Opened:
    """A feed that is ready to be read, what it turned out to be, and in which encoding."""

    source: str
    feed: Feed
    format: FeedFormat
    encoding: str

    def records(self) -> Iterator[Record | Rejected]:
        """Yield the rows. Raises :class:`~shared.errors.FeedError` where the file is damaged."""
        try:
            yield from self.feed
        except (FeedError, *_DAMAGE) as error:
            raise FeedError(_told(self.source, error)) from error


@contextmanager
def open_feed(
    source: str,
    feed_format: FeedFormat = FeedFormat.AUTO,
    encoding: str | None = None,
    delimiter: str | None = None,
    *,
    folders: bool = False,
) -> Generator[Opened]:
    """Open the feed at a path or ``s3://`` URL, or standard input for ``-``; close it afterwards.

    With ``folders`` a folder of pictures is a feed too, see
    :class:`~producer.feeds.formats.folder.FolderFeed`.

    gzip is undone. Without ``encoding`` a byte order mark decides, else it is UTF-8; bytes that do
    not fit come out as surrogates, so that only the rows that hold them are rejected.

    Raises:
        FeedError: the file cannot be read, is empty, or has no usable header.
    """
    with ExitStack() as stack:
        try:
            if folders and is_folder(source):
                opened = Opened(source, FolderFeed(Path(source)), feed_format, "utf-8")
            else:
                opened = _opened(source, feed_format, encoding, delimiter, stack)
        except (FeedError, *_DAMAGE) as error:
            raise FeedError(_told(source, error)) from error
        yield opened


def is_folder(source: str) -> bool:
    """Whether a feed is a folder of pictures."""
    return source != STDIN and not source.startswith(S3) and Path(source).is_dir()


def _open_bytes(source: str, stack: ExitStack) -> BinaryIO:
    if source == STDIN:
        file: BinaryIO = sys.stdin.buffer
    elif source.startswith(S3):
        file = _from_s3(source, stack)
    else:
        file = stack.enter_context(Path(source).open("rb"))  # noqa: SIM115 - the stack closes it
    if _look_ahead(file).startswith(_GZIP):
        unpacked = stack.enter_context(gzip.GzipFile(fileobj=file))
        return io.BufferedReader(cast("io.RawIOBase", unpacked))
    return file


def _from_s3(url: str, stack: ExitStack) -> BinaryIO:
    # Laid down on the disk first: no server keeps a connection open while a database is written to.
    file = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
    try:
        copy_object(url, file)
    except StorageError as error:
        raise FeedError(str(error)) from error
    file.seek(0)
    return cast("BinaryIO", file)


def _opened(
    source: str,
    feed_format: FeedFormat,
    encoding: str | None,
    delimiter: str | None,
    stack: ExitStack,
) -> Opened:
    file = _open_bytes(source, stack)
    beginning = _look_ahead(file)
    if is_picture(beginning):
        raise FeedError("this is a picture and no feed; try `colourway picture FILE`")
    _refuse_other_files(beginning, encoding)
    if feed_format is FeedFormat.AUTO:
        feed_format = _recognise(source, beginning)
    read_in = encoding or _encoding_of(beginning)
    feed = (
        XmlFeed(file, encoding)
        if feed_format is FeedFormat.XML
        else _open(file, feed_format, read_in, delimiter, stack)
    )
    return Opened(source, feed, feed_format, read_in)


def _open(
    file: BinaryIO,
    feed_format: FeedFormat,
    encoding: str,
    delimiter: str | None,
    stack: ExitStack,
) -> Feed:
    if feed_format is FeedFormat.PARQUET:
        return ParquetFeed(file if _can_seek(file) else _spool(file, stack))
    if feed_format is FeedFormat.XLSX:
        file = file if _can_seek(file) else _spool(file, stack)
        if not holds(file, XLSX_PART):
            raise FeedError(f"the file {describe_zip(file)}")
        return WorkbookFeed(file)
    try:
        codecs.lookup(encoding)
    except LookupError as error:
        raise FeedError(f"there is no encoding {encoding!r}; try utf-8 or cp1252") from error
    text = io.TextIOWrapper(file, encoding=encoding, errors="surrogateescape", newline="")
    stack.callback(_let_go, text)
    if feed_format is FeedFormat.JSONL:
        return JsonLinesFeed(text)
    return DelimitedFeed(text, delimiter)


def _let_go(text: io.TextIOWrapper) -> None:
    # Closing the wrapper would close standard input, which is not ours.
    text.detach()


def _look_ahead(file: BinaryIO) -> bytes:
    return cast("io.BufferedReader", file).peek(_LOOK_AHEAD_BYTES)


def _refuse_other_files(beginning: bytes, encoding: str | None) -> None:
    what = no_feed(beginning)
    if what is not None:
        raise FeedError(f"the file {what}")
    if encoding is None and (guess := utf16_without_mark(beginning)) is not None:
        raise FeedError(
            f"the file is in UTF-16 without a byte order mark; read it with --encoding {guess}"
        )


def _recognise(source: str, beginning: bytes) -> FeedFormat:
    if beginning.startswith(_PARQUET):
        return FeedFormat.PARQUET
    if is_zip(beginning):
        return FeedFormat.XLSX
    bare = beginning.decode(_encoding_of(beginning), "ignore").lstrip("\ufeff").lstrip()
    if bare.startswith("<"):
        return FeedFormat.XML
    suffixes = [suffix for suffix in Path(source).suffixes if suffix != ".gz"]
    if suffixes and suffixes[-1].lower() in _ENDINGS:
        return FeedFormat(_ENDINGS[suffixes[-1].lower()])
    return FeedFormat.JSONL if bare.startswith(("{", "[")) else FeedFormat.CSV


def _encoding_of(beginning: bytes) -> str:
    return next((name for mark, name in _MARKS if beginning.startswith(mark)), "utf-8")


def _can_seek(file: BinaryIO) -> bool:
    return file.seekable() and not isinstance(getattr(file, "raw", None), gzip.GzipFile)


def _spool(file: BinaryIO, stack: ExitStack) -> BinaryIO:
    # Parquet is read from its end, so a pipe is laid down on the disk first.
    spool = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
    copyfileobj(file, spool)
    spool.seek(0)
    return cast("BinaryIO", spool)


def _told(source: str, error: Exception) -> str:
    # A feed's own bytes stand in some messages, and those go to terminals.
    return printable(f"{source}: {_explain(error)}")


def _explain(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, EOFError):
        return "the file ends in the middle of its gzip data"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error)
