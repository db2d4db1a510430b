"""A catalogue of any size for the page, in PostgreSQL: products, search rows, a picture each.

Colours lie as garments' do: most of them dark or pale, close together, and many the very same.
"""

import io
import time
from typing import Final, cast

import numpy as np
import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import Engine, text

from producer.search.cubes import cubes_of
from producer.search.rows import RowMaker
from shared.colour.cielab import lab_to_rgb, rgb_to_hex, rgb_to_lab
from shared.colour.naming import Naming

COLOURS: Final = 120_000
"""So many colours there are; a product has one of them."""

# How often each family is sold, in hundredths.
SOLD: Final = {
    **{"black": 20, "white": 13, "navy": 11, "blue": 10, "grey": 9, "beige": 9, "brown": 7},
    **{"green": 6, "pink": 4, "red": 4, "purple": 2, "orange": 1, "yellow": 1, "silver": 1},
    **{"turquoise": 1, "gold": 1},
}
PIECES: Final = "top top top bottom bottom dress outerwear shoes bag whole legwear scarf belt"
THINGS: Final = "shirt blouse skirt trousers dress coat sneaker tote suit tights scarf belt"
LOOKS: Final = "pleated ribbed oversized cropped relaxed washed organic quilted wrap slim"

_PRODUCTS: Final = """
    INSERT INTO products (id, catalogue_id, sku, title, category, merchant_colour, colour_hex,
        colour_name, colour_family, pattern, piece, colours, warnings, cutout_key, confidence,
        provenance, enriched_at, created_at, updated_at)
    SELECT n, n % 3 + 1, 'SKU-' || n, initcap(l.look) || ' ' || t.thing || ' no. ' || n % 5000,
        t.thing || 's', CASE WHEN n % 12 = 0 THEN other.name ELSE p.family || ' ' || n % 40 END,
        p.hex, p.name, p.family,
        (ARRAY['plain','plain','plain','plain','striped','checked','printed'])[1 + n % 7],
        nullif(c.piece, 'whole'), p.colours, '[]', '5/ab/' || n || '/piece.webp',
        0.35 + 0.65 * sqrt(((n * 48271) % 100003) / 100003.0), '{"pipeline_version": "5"}',
        now(), now(), now() - make_interval(secs => :rows - n)
    FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS n
    JOIN bench_colours p ON p.id = (n * 7919) % :colours
    JOIN bench_colours other ON other.id = (n * 104729) % :colours
    JOIN bench_looks l ON l.id = n % 10
    JOIN bench_things t ON t.id = n % 12
    JOIN bench_pieces c ON c.id = n % 13"""
_IMAGES: Final = """
    INSERT INTO product_images (id, product_id, position, url, generation, sha256, subject, piece,
        cutout_key, provenance, outcome, code, enriched_at, created_at)
    SELECT id, id, 0, 'https://pictures.shop.example/' || id || '.jpg', 1, md5(sku) || md5(sku),
        'person', piece, cutout_key, provenance, 'done', 'ok', enriched_at, created_at
    FROM products WHERE id BETWEEN :first AND :last"""
_ROWS: Final = """
    INSERT INTO product_search (product_id, catalogue_id, words, category, family, family_second,
        piece, pattern, warnings, confidence, hex, cube, word, outcome, doubt, changed_at)
    SELECT i.id, i.catalogue_id, array_to_tsvector(ARRAY[lower(replace(sku, '-', '')), 'sku',
            CAST(i.id AS text), CAST(i.id % 5000 AS text), 'no']
            || string_to_array(split_part(lower(title), ' no.', 1), ' ')),
        category, colour_family, CASE WHEN i.id % 9 = 0 THEN p.second END,
        coalesce(piece, 'whole'), pattern,
        CASE WHEN i.id % 1000 = 0 THEN 4 WHEN i.id % 6 = 0 THEN 1 WHEN i.id % 25 = 0 THEN 8 ELSE 0
            END, confidence, colour_hex, p.cube, merchant_colour,
        CASE WHEN i.id % 12 = 0 THEN 'differs' ELSE 'agrees' END,
        CASE WHEN i.id % 12 = 0 THEN confidence * ((i.id * 16807) % 1009) / 1009.0 END, updated_at
    FROM products i JOIN bench_colours p ON p.id = (i.id * 7919) % :colours
    WHERE i.id BETWEEN :first AND :last"""
_DONE: Final = """
    INSERT INTO search_progress (version, cursor, caught_up_at) VALUES (:version, :cursor, now())"""

CHUNK: Final = 250_000


def holds(engine: Engine, rows: int) -> bool:
    """Whether a database was filled with so many products, and is ready.

    Raises ValueError where it was filled otherwise, or not to the end.
    """
    with engine.connect() as connection:
        last = connection.scalar(text("SELECT max(id) FROM products"))
        ready = connection.scalar(text("SELECT count(*) FROM search_progress"))
    if last is not None and (last != rows or not ready):
        raise ValueError(f"the database has {last:,} products, or not all of what belongs to them")
    return last is not None


def fill_catalogue(engine: Engine, rows: int) -> None:
    """Fill an empty database with so many products; print how long it took."""
    started = time.perf_counter()
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO catalogues (id, name, created_at)"
                " SELECT n, 'shop ' || n, now() FROM generate_series(1, 3) AS n"
            )
        )
        kept = connection.execute(
            text(
                "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'product_search'"
                " AND indexname LIKE 'ix_%'"
            )
        ).all()
        for name, _ in kept:
            connection.execute(text(f"DROP INDEX {name}"))
    _copy_colours(engine)
    for first in range(1, rows + 1, CHUNK):
        last = min(first + CHUNK - 1, rows)
        values = {"first": first, "last": last, "rows": rows, "colours": COLOURS}
        with engine.begin() as connection:
            connection.execute(text("SET LOCAL synchronous_commit = off"))
            # Neither triggers nor foreign keys: they fit.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            for statement in (_PRODUCTS, _IMAGES, _ROWS):
                connection.execute(text(statement), values)
    print(f"  {rows:,} products: {time.perf_counter() - started:.0f} s", flush=True)
    started = time.perf_counter()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET maintenance_work_mem = '512MB'"))
        for _, definition in kept:
            connection.execute(text(definition))
        connection.execute(text("VACUUM (ANALYZE) products, product_images, product_search"))
        for table in ("products", "product_images"):
            last_id = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {rows})"
            connection.execute(text(last_id))
    print(f"  indexes and analyse: {time.perf_counter() - started:.0f} s", flush=True)


def note_rows_made(engine: Engine, cursor: str) -> None:
    """Say that the search rows are up to date, up to a cursor of changes."""
    with engine.begin() as connection:
        version = RowMaker.load(Naming.load()).version
        connection.execute(text(_DONE), {"version": version, "cursor": cursor})


def _copy_colours(engine: Engine) -> None:
    naming, random = Naming.load(), np.random.default_rng(1)
    families = [row.family for row in naming.rows]
    weights = np.array([SOLD[family] / families.count(family) for family in families])
    chosen = random.choice(len(families), COLOURS, p=weights / weights.sum())
    labs = naming.centres[chosen] + random.normal(0, 1.6, (COLOURS, 3))
    rgb = lab_to_rgb(labs)
    # A third are dyed to the same recipe.
    rgb[: COLOURS // 3] = lab_to_rgb(naming.centres[chosen[: COLOURS // 3]])
    cubes = cubes_of(rgb_to_lab(rgb))
    lines = io.StringIO()
    rows = cast("list[int]", chosen.tolist())
    for number, (row, cube) in enumerate(zip(rows, cubes.tolist(), strict=True)):
        named, colour = naming.rows[row], rgb_to_hex(rgb[number])
        shade = (
            f'[{{"hex": "{colour}", "lab": [30, 0, 0], "share": 1.0, "name": "{named.name}", '
            f'"family": "{named.family}"}}]'
        )
        second = families[(row * 31) % len(families)]
        lines.write(
            f"{number}\t{colour}\t{cube}\t{named.name}\t{named.family}\t{second}\t{shade}\n"
        )
    words = {"bench_looks": LOOKS, "bench_things": THINGS, "bench_pieces": PIECES}
    with engine.begin() as connection:
        driver: psycopg.Connection = connection.connection.driver_connection  # pyright: ignore
        with driver.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE bench_colours (id int PRIMARY KEY, hex text, cube int, name text,"
                " family text, second text, colours jsonb)"
            )
            with cursor.copy("COPY bench_colours FROM STDIN") as copy:
                copy.write(lines.getvalue())
            for table, names in words.items():
                column = table.removeprefix("bench_").removesuffix("s")
                made = SQL("CREATE TABLE {} (id int PRIMARY KEY, {} text)")
                cursor.execute(made.format(Identifier(table), Identifier(column)))
                added = SQL("INSERT INTO {} VALUES (%s, %s)").format(Identifier(table))
                cursor.executemany(added, [*enumerate(names.split())])
            cursor.execute("ANALYZE bench_colours")
