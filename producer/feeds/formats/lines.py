"""The physical lines of a text feed: counted, bounded, and able to be put back."""

from collections import deque
from collections.abc import Iterable
from typing import Final, Self, TextIO

LONGEST_LINE: Final = 1 << 20
"""The most characters of one line: a file without line breaks must not fill the memory."""


class LineTooLong(Exception):
    """The line that was just passed over has more characters than ``LONGEST_LINE``."""

    def __str__(self) -> str:
        return f"the line has more than {LONGEST_LINE:,} characters"


class Lines:
    """An iterator over lines, ends kept, that remembers the lines of the present record.

    ``number`` is the line handed out last, counted from 1.
    """

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._waiting: deque[str | None] = deque()  # None stands for a line that is too long
        self._record: list[str] = []
        self.number = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        """Return the next line.

        Raises :class:`LineTooLong` after passing over a line that is, and StopIteration at the end.
        """
        line = self._waiting.popleft() if self._waiting else self._read()
        self._record.append(line or "")
        self.number += 1
        if line is None:
            raise LineTooLong
        return line

    def ahead(self, count: int) -> list[str]:
        """Return up to so many of the next lines without handing them out.

        They end before a line that is too long.
        """
        while len(self._waiting) < count and None not in self._waiting:
            try:
                self._waiting.append(self._read())
            except StopIteration:
                break
        return [line for line in self._waiting if line is not None][:count]

    def begin_record(self) -> None:
        """Forget the lines handed out so far: a record begins with the next one."""
        self._record.clear()

    @property
    def record(self) -> list[str]:
        """The lines handed out since :meth:`begin_record`."""
        return self._record

    def put_back(self, lines: Iterable[str]) -> None:
        """Hand these lines, the last of those handed out, out once more."""
        again = list(lines)
        self._waiting.extendleft(reversed(again))
        self.number -= len(again)

    def _read(self) -> str | None:
        line = self._text.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        if len(line) == LONGEST_LINE and not line.endswith(("\n", "\r")):
            self._skip_rest()
            return None
        return line

    def _skip_rest(self) -> None:
        while True:
            piece = self._text.readline(LONGEST_LINE)
            if len(piece) < LONGEST_LINE or piece.endswith(("\n", "\r")):
                return
