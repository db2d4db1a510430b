"""One product as a feed names it, with its pictures."""

from dataclasses import dataclass, field
from typing import NamedTuple

from producer.feeds.record import Note


class FeedPicture(NamedTuple):
    """One picture of a product: its checked address, and what it shows if the feed says so."""

    url: str
    role: str | None = None


@dataclass(slots=True)
class FeedProduct:
    """One product of a feed, with its pictures in order, the main one first.

    ``line`` is where its first row stands. None means that the feed does not say. ``notes`` say
    what was left out. ``whole`` is False where a picture was: the feed names more than are here.
    """

    line: int
    sku: str
    title: str | None = None
    category: str | None = None
    item_group: str | None = None
    merchant_colour: str | None = None
    pictures: list[FeedPicture] = field(default_factory=list[FeedPicture])
    notes: tuple[Note, ...] = ()
    whole: bool = True
