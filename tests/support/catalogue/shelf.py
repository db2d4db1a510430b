"""A catalogue with answers, as exports and audits read it: written straight, exact and small."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, insert, select

from shared.colour.pattern import pattern_of
from shared.contracts.jobs import JobState
from shared.contracts.results import Pattern, Shade
from shared.database.models import Catalogue, Product, ProductImage

AT = datetime(2026, 11, 24, 18, tzinfo=UTC)
NAVY = Shade("#1b2444", (14.7, 6.3, -20.6), 0.8, "navy", "navy")
WHITE = Shade("#f4f4f3", (96.1, -0.2, 0.5), 0.2, "soft white", "white")
RED = Shade("#c6202b", (43.1, 62.6, 37.9), 1.0, "red", "red")


def add_answered(
    engine: Engine,
    sku: str,
    *shades: Shade,
    photos: Mapping[str, tuple[Shade, ...]] | None = None,
    catalogue: str = "shop",
    subject: str = "packshot",
    **columns: Any,
) -> int:
    """Add a product with these clothes and one picture, and ``photos`` behind it; return its id.

    Photos map a name to the clothes' shades. ``columns`` are further ones of the product.
    """
    every = {f"{sku}-1": shades, **(photos or {})}
    with engine.begin() as connection:
        key = connection.scalar(select(Catalogue.id).where(Catalogue.name == catalogue))
        if key is None:
            made = insert(Catalogue).values(name=catalogue).returning(Catalogue.id)
            key = connection.scalar(made)
        product = connection.scalar(
            insert(Product)
            .values(
                {"catalogue_id": key, "sku": sku, "updated_at": AT}
                | (_answer(f"{sku}-1", shades) if shades else {})
                | columns
            )
            .returning(Product.id)
        )
        assert product is not None
        for position, (name, found) in enumerate(every.items()):
            connection.execute(
                insert(ProductImage).values(
                    product_id=product,
                    position=position,
                    url=f"https://a.example/{name}.jpg",
                    subject=subject,
                    shades={"clothes": [shade.to_json() for shade in found]},
                    confidence=0.9,
                    outcome=JobState.DONE,
                    enriched_at=AT if found else None,
                    **_keys(name),
                )
            )
    return product


def _answer(name: str, shades: tuple[Shade, ...]) -> dict[str, Any]:
    pattern = pattern_of(shades)
    assert isinstance(pattern, Pattern)
    return {
        "colour_hex": shades[0].hex,
        "colour_name": shades[0].name,
        "colour_family": shades[0].family,
        "colours": [shade.to_json() for shade in shades],
        "pattern": pattern,
        "confidence": 0.95,
        "warnings": [],
        "provenance": {"pipeline_version": "3", "naming_version": "sha256:0123456789ab"},
        "enriched_at": AT,
        **_keys(name),
    }


def _keys(name: str) -> dict[str, str]:
    kinds = {"crop": "crop.jpg", "cutout": "cutout.png", "thumbnail": "thumbnail.jpg"}
    return {f"{kind}_key": f"3/{name}/{file}" for kind, file in kinds.items()}
