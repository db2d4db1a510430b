"""The pictures that a command line names: files, folders, URLs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from shared.errors import FeedError, SettingsError

_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


class GivenPicture(NamedTuple):
    """One picture: a path, or a URL whole with what may be secret in it."""

    reference: str
    is_url: bool = False


@dataclass(slots=True)
class Given:
    """All that was named.

    ``others`` counts files of folders that are no pictures; ``complaints`` tells of folders that
    cannot be used. ``single`` is True where one file or URL was named, and nothing else.
    """

    pictures: list[GivenPicture] = field(default_factory=list[GivenPicture])
    others: int = 0
    complaints: list[str] = field(default_factory=list[str])
    single: bool = False


def find_pictures(arguments: Sequence[str]) -> Given:
    """Find what the arguments name; a folder stands for the pictures in it, by name.

    Nothing is opened but folders: whether a file is there and is a picture shows later.

    Raises:
        SettingsError: an argument is empty.
    """
    from producer.feeds.formats.folder import NO_PICTURE, list_pictures  # noqa: PLC0415 - only when needed

    given = Given(single=len(arguments) == 1)
    for argument in arguments:
        if _URL.match(argument) and not argument.lower().startswith("file:"):
            given.pictures.append(GivenPicture(argument, is_url=True))
            continue
        if not argument:
            raise SettingsError("a picture's name is empty")
        path = Path(unquote(urlsplit(argument).path) if _URL.match(argument) else argument)
        if not path.is_dir():
            given.pictures.append(GivenPicture(str(path)))
            continue
        given.single = False
        try:
            listing = list_pictures(path)
        except FeedError as error:
            given.complaints.append(f"{argument}: {error}")
            continue
        given.others += listing.others
        given.pictures += (GivenPicture(str(path / name)) for name in listing.pictures)
        if not listing.pictures:
            given.complaints.append(f"{argument}: {NO_PICTURE}")
    return given
