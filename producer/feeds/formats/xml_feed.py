"""XML, item by item: RSS, Atom, and lists of ``<product>``."""

from collections.abc import Iterator
from typing import BinaryIO, Final
from xml.parsers import expat

from producer.feeds.record import Record, Rejected
from shared.errors import FeedError

ITEMS: Final = frozenset({"item", "entry", "product"})
"""Elements that stand for one product, of RSS, of Atom, and of lists without a standard."""

LONGEST_ITEM: Final = 1 << 20
"""The most characters of one item."""

LONGEST_TOKEN: Final = 8 << 20
"""The most bytes of one tag or comment: the parser holds it whole."""

_PIECE_BYTES: Final = 65_536


class XmlFeed:
    """An XML file that is read piece by piece; an item's elements are its columns.

    ``g:`` before an element's name is left out, an element that comes several times is a list of
    texts, and elements within an element are passed over. Entities can only be declared in a
    document type, and a file that declares one is refused: no text can grow while it is read.
    """

    names = None
    """Every item names its own elements."""

    def __init__(self, file: BinaryIO, encoding: str | None = None) -> None:
        self._file = file
        self._encoding = encoding

    def __iter__(self) -> Iterator[Record | Rejected]:
        """Yield the items in order.

        Raises :class:`~shared.errors.FeedError` where the file is no XML, or holds no item.
        """
        reader = _XmlReader(self._encoding)
        read = 0
        any_item = False
        try:
            while piece := self._file.read(_PIECE_BYTES):
                reader.parser.Parse(piece, False)
                read += len(piece)
                if read - max(reader.parser.CurrentByteIndex, 0) > LONGEST_TOKEN:
                    raise FeedError(
                        f"line {reader.parser.CurrentLineNumber}: a tag has more than "
                        f"{LONGEST_TOKEN:,} bytes"
                    )
                for item in reader.taken():
                    any_item = True
                    yield item
            reader.parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise FeedError(f"line {error.lineno}: {expat.ErrorString(error.code)}") from error
        except (LookupError, ValueError) as error:  # an encoding that nobody knows
            raise FeedError(f"the XML cannot be read: {error}") from error
        for item in reader.taken():
            any_item = True
            yield item
        if not any_item:
            raise FeedError("the XML holds no <item>, <entry> or <product>")


class _XmlReader:
    """Gathers items while expat reads."""

    def __init__(self, encoding: str | None) -> None:
        self.parser = expat.ParserCreate(encoding)
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._read
        self.parser.StartDoctypeDeclHandler = _refuse
        self._items: list[Record | Rejected] = []
        self._line = 0
        self._depth = 0  # below the item: 1 is a column
        self._values: dict[str, list[str]] | None = None
        self._text: list[str] = []
        self._length = 0

    def taken(self) -> list[Record | Rejected]:
        """Return the items that are complete since the last time."""
        items, self._items = self._items, []
        return items

    def _begin(self, name: str, _attributes: object) -> None:
        if self._values is None:
            if name in ITEMS:
                self._line, self._values = self.parser.CurrentLineNumber, {}
                self._depth = self._length = 0
            return
        self._depth += 1
        if self._depth == 1:
            self._text = []

    def _read(self, text: str) -> None:
        if self._values is not None and self._depth == 1:
            self._length += len(text)
            if self._length <= LONGEST_ITEM:
                self._text.append(text)

    def _end(self, name: str) -> None:
        if self._values is None:
            return
        if self._depth == 0:
            self._finish(self._values)
            self._values = None
            return
        if self._depth == 1:
            self._values.setdefault(name, []).append("".join(self._text).strip())
        self._depth -= 1

    def _finish(self, texts: dict[str, list[str]]) -> None:
        if self._length > LONGEST_ITEM:
            reason = f"the item has more than {LONGEST_ITEM:,} characters"
            self._items.append(Rejected(self._line, reason, ""))
            return
        # An entry of Atom has an id and a title of its own beside g:id and g:title, which count.
        values: dict[str, object] = {}
        for name in sorted(texts, key=lambda name: name.startswith("g:")):
            found = texts[name]
            values[name.removeprefix("g:")] = found if len(found) > 1 else found[0]
        self._items.append(Record(self._line, values, values))


def _refuse(*_: object) -> None:
    raise FeedError("the XML declares a document type (<!DOCTYPE>), which no feed needs")
