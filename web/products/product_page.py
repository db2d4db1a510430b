"""A product's page: its colours, its pictures, and what made them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from producer.catalogue.reader import AnsweredProduct
from shared.contracts.results import Region, Shade, outfit_key
from shared.database.models import Product, ProductImage
from shared.redaction import public_url
from web.catalogue.cards import CardMaker, CatalogueCard, answered
from web.catalogue.services import CatalogueServices


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """One picture of a product: what was cut out of it, and what became of it.

    ``size`` is its width and height as the shop has it; ``is_main`` says that it answers.
    """

    position: int
    url: str
    opens: bool
    cutout: str | None
    outfit: str | None
    crop: str | None
    size: tuple[int, int] | None
    subject: str | None
    piece: str | None
    outcome: str | None
    code: str | None
    colours: Sequence[Shade]
    enriched_at: datetime | None
    is_main: bool


@dataclass(frozen=True, slots=True)
class ShownProduct:
    """All that the page of a product shows; ``people`` are skin and hair, where they are kept."""

    product: AnsweredProduct
    card: CatalogueCard
    pictures: Sequence[ShownPicture]
    people: Sequence[tuple[str, Sequence[Shade]]]
    made: Sequence[tuple[str, str]]

    @property
    def main(self) -> ShownPicture | None:
        """The picture that answers."""
        return next((each for each in self.pictures if each.is_main), None)


def product_page(
    services: CatalogueServices, session: Session, product_id: int, *, keep_people: bool
) -> ShownProduct | None:
    """Return what the page of a product shows; None where there is no such product."""
    products = answered(session.connection(), [product_id])
    row = session.get(Product, product_id)
    if not products or row is None:
        return None
    product = products[0]
    query = select(ProductImage).where(ProductImage.product_id == product_id)
    images = session.scalars(query.order_by(ProductImage.position).limit(100)).all()
    people = [
        (region.value, [Shade.from_json(raw) for raw in stored or ()])
        for region, stored in ((Region.SKIN, row.skin), (Region.HAIR, row.hair))
    ]
    return ShownProduct(
        product=product,
        card=CardMaker(services).card(product),
        pictures=[_picture(services, product, image) for image in images],
        people=[each for each in people if each[1]] if keep_people else [],
        made=_made(row.provenance or {}, row),
    )


def _picture(
    services: CatalogueServices, product: AnsweredProduct, image: ProductImage
) -> ShownPicture:
    link = services.links.link
    clothes = (image.shades or {}).get(Region.CLOTHES.value) or ()
    url = public_url(image.url)
    return ShownPicture(
        position=image.position,
        url=url,
        opens=url.startswith(("https://", "http://")),
        cutout=link(image.cutout_key),
        outfit=link(outfit_key(image.cutout_key, image.provenance)),
        crop=link(image.crop_key),
        size=(image.size[1], image.size[0]) if image.size else None,
        subject=image.subject,
        piece=image.piece,
        outcome=image.outcome.value if image.outcome else None,
        code=image.code.value if image.code else None,
        colours=[Shade.from_json(raw) for raw in clothes],
        enriched_at=image.enriched_at,
        is_main=image.cutout_key is not None and image.cutout_key == product.cutout_key,
    )


def _made(provenance: dict[str, Any], row: Product) -> list[tuple[str, str]]:
    """Return what made the answer, as words and values."""
    said = [
        ("result of", f"{row.enriched_at:%Y-%m-%d %H:%M} UTC" if row.enriched_at else None),
        ("changed", f"{row.updated_at:%Y-%m-%d %H:%M} UTC"),
        ("first seen", f"{row.created_at:%Y-%m-%d %H:%M} UTC"),
        ("pipeline", provenance.get("pipeline_version")),
        ("names", provenance.get("naming_version")),
        ("read as", provenance.get("read_as")),
        ("read from", provenance.get("read_from")),
        ("white balance", provenance.get("white_balance")),
        ("picture", str(provenance.get("image_sha256") or "")[:16]),
    ]
    return [(what, str(value)) for what, value in said if value]
