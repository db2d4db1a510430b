"""Review queues of a few products with pictures, as tests of the page want them."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw
from sqlalchemy import Engine

from producer.review.queues import ChosenProduct, NewQueue, make_queue
from shared.contracts.decisions import QueueSource
from shared.contracts.results import Shade
from shared.storage.storage import Storage
from tests.support.catalogue.shelf import NAVY, RED, WHITE, add_answered

SHADES = (NAVY, RED, WHITE)


def add_many(
    engine: Engine, storage: Storage | None, number: int, shades: Sequence[Shade] = SHADES
) -> list[int]:
    """Add products P01, P02 …, with pictures where there is a storage; return their ids."""
    ids: list[int] = []
    for place in range(1, number + 1):
        sku, shade = f"P{place:02}", shades[place % len(shades)]
        ids.append(
            add_answered(
                engine,
                sku,
                shade,
                title=f"Skirt {place}",
                piece="bottom",
                merchant_colour="Navy",
                category="skirts",
                confidence=0.5 + place / 200,
            )
        )
        if storage is not None:
            storage.put(f"3/{sku}-1/cutout.png", cutout(shade.hex), "image/png")
    return ids


def add_queue(
    engine: Engine, ids: Sequence[int], name: str = "skirts", source: QueueSource | None = None
) -> int:
    """Add a queue of products; return its id."""
    chosen = [ChosenProduct(key, "less sure than 0.9") for key in ids]
    new = NewQueue(1, name, source or QueueSource.FILTER, {}, "ada")
    with engine.begin() as connection:
        return make_queue(connection, new, chosen).id


def cutout(colour: str) -> bytes:
    """Return a skirt of a colour, cut out, as PNG."""
    picture = Image.new("RGBA", (120, 160), (0, 0, 0, 0))
    ImageDraw.Draw(picture).polygon([(40, 10), (80, 10), (110, 150), (10, 150)], fill=colour)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
