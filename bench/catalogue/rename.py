"""A catalogue renamed after a change of the table of names: products/s, by the ledger alone.

usage: python -m bench.catalogue.rename [--products N] [--postgres URL]

PostgreSQL is looked for on its usual port. The benchmark makes a database of its own and drops it.
"""

import json
import os
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, cast

import numpy as np
import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import Engine

from bench.rig.postgres import NoServerError, new_database
from bench.rig.processor_time import ProcessorTime, backends, family
from producer.rename.outcome import Renamed
from producer.rename.pool import RenamePool
from producer.rename.run import Rename
from producer.staged.changes import Change
from shared.catalogue.presentation import Presentations
from shared.catalogue.product_answer import ANSWER_COLUMNS, Answer, PictureFinding, product_answer
from shared.colour.cielab import lab_to_rgb, rgb_to_hex, rgb_to_lab
from shared.colour.families.table import UNKNOWN, FamilyTable
from shared.colour.naming import Naming
from shared.colour.pattern import pattern_of
from shared.contracts.results import PictureKeys, Provenance, Region, Shade
from shared.database.engine import open_engine

PRODUCTS: Final = 100_000
AT_ONCE: Final = 10_000
AIM: Final = 20_000

# How far the colours of a catalogue lie from the table's centres, as standard deviations.
SPREAD: Final = np.array([6.0, 3.0, 4.0])
SHARES: Final[tuple[tuple[float, ...], ...]] = (
    (1.0,),
    (0.8, 0.2),
    (0.6, 0.3, 0.1),
    (0.5, 0.3, 0.1, 0.1),
)
CATEGORY: Final = "dresses"
SKIN: Final = (65.0, 16.0, 20.0)
HAIR: Final = (25.0, 8.0, 10.0)

TIMES: Final = ("enriched_at", "created_at")
PICTURE: Final = (
    *("id", "product_id", "position", "url", "generation", "sha256", "subject", "score", "shades"),
    *("pattern", "warnings", "confidence", "crop_key", "cutout_key", "thumbnail_key"),
    *("provenance", "outcome", "code", *TIMES),
)
PRODUCT: Final = ("id", "catalogue_id", "sku", "category", *ANSWER_COLUMNS, *TIMES, "updated_at")
TABLES: Final = {"products": PRODUCT, "product_images": PICTURE}

Row = tuple[Any, ...]


def main(products: int, processes: int | None, postgres: str | None) -> None:
    """Fill a catalogue and rename it, on PostgreSQL."""
    try:
        with new_database(postgres) as url:
            engine = open_engine(url)
            measure(engine, products, processes)
            engine.dispose()
    except NoServerError as error:
        print(f"Skipped: {error}")


def measure(engine: Engine, products: int, processes: int | None) -> None:
    """Print products/s for a change of the table that moves one family, and one of all names."""
    naming = Naming.load()
    url = engine.url.render_as_string(hide_password=False)
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        shades = fill(connection, naming, products)
        print(
            f"{products:,} products, one picture and {shades / products:.1f} shades each; "
            f"load of the machine {os.getloadavg()[0]:.1f}"
        )
        pids = partial(backends, connection)
        for what, table in (("one family moved", moved(naming)), ("all names", translated(naming))):
            with RenamePool(url, processes) as pool:
                rename = Rename(engine, table, pool=pool)
                by = f"{pool.processes} processes"
                timed(f"{what}, the diff, {by}", products, rename.foresee, pids)
                timed(f"{what}, written, {by}", products, rename.write, pids)


def timed(
    what: str, products: int, run: Callable[[], Renamed], pids: Callable[[], list[int]]
) -> None:
    """Print how fast something went, the processor time behind it, and what it changed."""
    started = time.perf_counter()
    with ProcessorTime(pids) as server, ProcessorTime(family) as own:
        found = run()
    took = time.perf_counter() - started
    print(
        f"{what}: {products / took:,.0f} products/s (aim: ≥ {AIM:,}), {took:.1f} s\n"
        f"  another name {found.products[Change.SHADE] + found.changed:,}, "
        f"another family {found.changed:,}; processor time "
        f"{1e6 * own.seconds / products:.0f} µs a product here, "
        f"{1e6 * server.seconds / products:.0f} µs in PostgreSQL",
        flush=True,
    )


def moved(naming: Naming) -> Naming:
    """Return the table with silver among the greys and gold among the yellows."""
    homes = {"silver": "grey", "gold": "yellow"}
    rows = tuple(replace(row, family=homes.get(row.family, row.family)) for row in naming.rows)
    return Naming(rows, "sha256:moved", _called(naming, lambda family: homes.get(family, family)))


def translated(naming: Naming) -> Naming:
    """Return the table with every name and every family called something else."""
    rows = tuple(
        replace(row, name=f"le {row.name}", family=f"les {row.family}") for row in naming.rows
    )
    return Naming(rows, "sha256:translated", _called(naming, lambda family: f"les {family}"))


def _called(naming: Naming, another: Callable[[str], str]) -> FamilyTable | None:
    """What people say, with other words for the families."""
    said = naming.said
    return said and replace(said, families=tuple(map(another, said.families)))


def fill(connection: psycopg.Connection, naming: Naming, products: int) -> int:
    """Write a catalogue, as if all of it had been done; return how many shades it has."""
    connection.execute("INSERT INTO catalogues (id, name, created_at) VALUES (1, 'shop', now())")
    random = np.random.default_rng(6)
    count = 0
    for first in range(1, products + 1, AT_ONCE):
        ids = range(first, min(first + AT_ONCE, products + 1))
        regions = list(drawn(random, naming, len(ids)))
        count += sum(len(shades) for each in regions for shades in each.values())
        rows = [columns(key, each, naming.version) for key, each in zip(ids, regions, strict=True)]
        for place, (table, names) in enumerate(TABLES.items()):
            order = SQL("COPY {} ({}) FROM STDIN").format(
                Identifier(table), SQL(", ").join(map(Identifier, names))
            )
            with connection.cursor().copy(order) as copy:
                for row in rows:
                    copy.write_row(row[place])
    connection.execute("VACUUM ANALYZE products, product_images")
    return count


def drawn(
    random: np.random.Generator, naming: Naming, pictures: int
) -> Iterator[dict[Region, tuple[Shade, ...]]]:
    """Yield pictures' shades: clothes near the table's colours, one shade of skin, one of hair."""
    shown = Presentations.load().of("person", CATEGORY)
    numbers: list[int] = random.integers(0, len(SHARES), pictures).tolist()
    centres = naming.centres.astype(np.float64)
    for shares in (SHARES[number] for number in numbers):
        labs = centres[random.integers(0, len(centres), len(shares))]
        labs = np.vstack([labs, SKIN, HAIR]) + random.normal(0, 1, (len(shares) + 2, 3)) * SPREAD
        # A colour that sRGB has, as a picture would give it.
        labs = rgb_to_lab(lab_to_rgb(labs)).astype(np.float64).round(2)
        shades = [
            Shade(rgb_to_hex(lab_to_rgb(lab)), (lab[0], lab[1], lab[2]), share, *named)
            for lab, share, named in zip(
                labs.tolist(),
                (*shares, 1.0, 1.0),
                naming.name_many(labs, [shown] * len(shares) + [UNKNOWN] * 2),
                strict=True,
            )
        ]
        clothes, (skin, hair) = tuple(shades[:-2]), shades[-2:]
        yield {Region.CLOTHES: clothes, Region.SKIN: (skin,), Region.HAIR: (hair,)}


def columns(key: int, regions: dict[Region, tuple[Shade, ...]], version: str) -> tuple[Row, Row]:
    """Return a product's row and its picture's, in the order of ``TABLES``."""
    now = datetime.now(UTC)
    keys = PictureKeys(f"5/ab/{key:064x}/top.webp")
    weights = {"mask_rcnn": "ab" * 32, "pix2pix": "cd" * 32}
    provenance = Provenance(f"{key:064x}", "3", weights, "2", version).to_json()
    pattern = pattern_of(regions[Region.CLOTHES])
    finding = PictureFinding(0, regions, 0.8, keys, provenance, "person", pattern)
    answer = cast("Answer", product_answer([finding])).columns()
    shades: dict[str, Any] = {
        region: [each.to_json() for each in found] for region, found in regions.items()
    }
    product: dict[str, Any] = {
        **answer,
        "id": key,
        "catalogue_id": 1,
        "sku": f"SKU-{key}",
        "category": CATEGORY,
    }
    picture: dict[str, Any] = {
        **{"id": key, "product_id": key, "position": 0, "url": f"https://shop.example/{key}.jpg"},
        **{"generation": 1, "sha256": f"{key:064x}", "subject": "person", "score": 0.9},
        **keys.columns(),
        **{"shades": shades, "pattern": pattern, "warnings": [], "provenance": provenance},
        **{"confidence": 0.8, "outcome": "done", "code": "ok"},
    }
    times: dict[str, Any] = {"enriched_at": now, "created_at": now, "updated_at": now}
    product_row, picture_row = (
        tuple(_plain((row | times)[name]) for name in names)
        for row, names in zip((product, picture), TABLES.values(), strict=True)
    )
    return product_row, picture_row


def _plain(value: object) -> object:
    return json.dumps(value) if isinstance(value, dict | list) else value


if __name__ == "__main__":
    parser = ArgumentParser(prog="python -m bench.catalogue.rename")
    parser.add_argument("--products", type=int, default=PRODUCTS)
    parser.add_argument("--processes", type=int)
    parser.add_argument("--postgres", help="URL of a server, as its user who may make databases")
    given = parser.parse_args()
    main(given.products, given.processes, given.postgres)
