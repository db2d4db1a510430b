"""Words: names, families and patterns of colours in the language of a shop's readers.

The ledger holds keys, the English words of the table of names, whatever language is read: a filter
or a condition never changes with it. Only what is written for others is put into their words. The
translations are data, one row a word, and a retailer's own come first.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from shared.errors import SettingsError

BUNDLED_WORDS: Final = Path(__file__).with_name("words.csv")
KEY: Final = "word"
ENGLISH: Final = "en"
"""The language of the keys; no table needs to hold it."""


class WordsError(SettingsError):
    """A table of words cannot be used."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language by their keys; a key without a word stands for itself."""

    language: str = ENGLISH
    by_key: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def load(cls, language: str = ENGLISH, own: Path | None = None) -> Self:
        """Read the words of a language.

        Args:
            language: a column of the tables, such as ``de``; or ``en``.
            own: a retailer's CSV in UTF-8, with the column ``word`` and one for each language. Its
                words replace the bundled ones and add to them; it may also hold ``en``.

        Raises:
            WordsError: unreadable, no column ``word``, or a language that no table has; the message
                names the file, or the languages there are.
        """
        tables = [_read(path) for path in (BUNDLED_WORDS, own) if path is not None]
        known = sorted({ENGLISH}.union(*(table.columns for table in tables)))
        if language not in known:
            raise WordsError(f"there are no words in {language!r}; there are {', '.join(known)}")
        by_key: dict[str, str] = {}
        for table in tables:
            by_key |= table.words(language)
        return cls(language, by_key)

    def __call__(self, key: str) -> str:
        """Return the word for a key: a name, a family or a pattern."""
        return self.by_key.get(key, key)

    def of(self, key: str | None) -> str | None:
        """Return the word for a key that may be missing."""
        return None if key is None else self(key)


@dataclass(frozen=True, slots=True)
class _Table:
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str | None], ...]

    def words(self, language: str) -> dict[str, str]:
        """Return what this table has in a language; an empty field is no word."""
        found = {(row[KEY] or "").strip(): (row.get(language) or "").strip() for row in self.rows}
        return {key: word for key, word in found.items() if key and word}


def _read(path: Path) -> _Table:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise WordsError(f"{path}: cannot read this table of words: {error}") from error
    reader = csv.DictReader(io.StringIO(text, newline=""))
    columns = tuple(name.strip() for name in reader.fieldnames or ())
    if KEY not in columns:
        raise WordsError(f"{path}: column {KEY} is missing; the first line must hold it")
    reader.fieldnames = list(columns)
    return _Table(tuple(name for name in columns if name != KEY), tuple(reader))
