"""A folder of pictures as a feed: each picture a row, its name the sku."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from producer.feeds.record import Record, Rejected
from shared.errors import FeedError

ENDINGS: Final = frozenset(
    {".avif", ".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
)
"""How the names of pictures end, in small letters."""

NO_PICTURE: Final = (
    f"the folder holds no picture; names end in {', '.join(sorted(ENDINGS))}, and folders in it "
    "are not looked into"
)

_NUMBERED: Final = re.compile(r"(.+?)[ _-]([1-9][0-9]?)")
_MAGIC: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"II*\0", b"MM\0*")


class Listing(NamedTuple):
    """What lies in a folder itself: names of pictures, sorted, and how many other files."""

    pictures: list[str]
    others: int


class FolderFeed:
    """The pictures of one folder, those of one product behind each other.

    The sku is the name without its ending. ``SKU_2.jpg``, ``SKU-3.png`` and ``SKU 4.jpg`` are
    further pictures of ``SKU`` where there is a ``SKU`` with any ending, and otherwise products of
    their own. Sub-folders, hidden files and files of other endings are passed over.

    Raises:
        FeedError: the folder cannot be read, or holds no picture.
    """

    names: Final = ("sku", "picture", "position")

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._pictures = list_pictures(folder).pictures
        if not self._pictures:
            raise FeedError(NO_PICTURE)

    def __iter__(self) -> Iterator[Record | Rejected]:
        """Yield the rows, numbered from 1."""
        stems = {Path(name).stem for name in self._pictures}
        rows = sorted((*_place(Path(name).stem, stems), name) for name in self._pictures)
        for line, (sku, position, name) in enumerate(rows, start=1):
            if not name.isprintable():  # a bell, a line end, bytes that are no UTF-8
                reason = f"the file's name holds characters that cannot be printed: {name!r:.80}"
                yield Rejected(line, reason, {"picture": ascii(name)})
                continue
            values = {
                "sku": sku,
                "picture": [(self._folder / name).as_uri()],
                "position": str(position),
            }
            yield Record(line, values, values)


def list_pictures(folder: Path) -> Listing:
    """List the pictures of a folder, told by their names' endings; not those of sub-folders.

    Raises:
        FeedError: the folder cannot be read.
    """
    pictures: list[str] = []
    others = 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.is_dir():
                    continue
                if Path(entry.name).suffix.lower() in ENDINGS:
                    pictures.append(entry.name)
                else:
                    others += 1
    except OSError as error:
        raise FeedError(f"the folder cannot be read: {error.strerror or error}") from error
    return Listing(sorted(pictures), others)


def is_picture(beginning: bytes) -> bool:
    """Whether a file is a picture and no feed, by its first bytes."""
    return (
        beginning.startswith(_MAGIC)
        or (beginning[:4] == b"RIFF" and beginning[8:12] == b"WEBP")
        or (beginning[4:8] == b"ftyp" and beginning[8:12] in (b"avif", b"avis"))
    )


def _place(stem: str, stems: set[str]) -> tuple[str, int]:
    """The sku and the position that a name without its ending tells."""
    match = _NUMBERED.fullmatch(stem)
    if match and match[1] in stems:
        return match[1], int(match[2])
    return stem, 0
