"""Do the photos of a product show the same colour?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Engine, select

from producer.audit.apart import nothing_in_common
from producer.audit.finding import Finding, FindingSide, colours, finding_of
from producer.audit.kind import FindingKind
from producer.audit.names import OTHER_COLOUR
from producer.catalogue.main_colours import main_shades
from producer.catalogue.reader import AnsweredProduct, OnBad
from shared.colour.cielab import Floats, delta_e2000
from shared.contracts.results import Region, Shade
from shared.contracts.warnings import WarningWord
from shared.database.engine import among, reading
from shared.database.models import ProductImage
from shared.redaction import public_url


class ProductPhoto(NamedTuple):
    """What was found in one photo; ``is_outfit`` where its colours are of all that is worn."""

    position: int
    url: str
    shades: tuple[Shade, ...]
    confidence: float
    thumbnail_key: str | None
    is_main: bool
    is_outfit: bool


class PhotoCheck:
    """Compares the main photo of each product with its others."""

    def __init__(self, engine: Engine, on_bad: OnBad, limit: float = OTHER_COLOUR) -> None:
        self._engine, self._on_bad, self._limit = engine, on_bad, limit

    def findings(self, products: Sequence[AnsweredProduct]) -> Iterator[Finding]:
        """Yield, of each product of a page, the photo that differs most from its main one."""
        several = {each.id: each for each in products if len(each.urls) > 1 and each.shades}
        for key, photos in self._photos(several).items():
            product = several[key]
            main = next((photo for photo in photos if photo.is_main), None)
            if main is None:
                continue
            # An outfit's colours say nothing of one of its pieces.
            others = [
                each for each in photos if not each.is_main and each.is_outfit is main.is_outfit
            ]
            if not others:
                continue
            apart = [nothing_in_common(_between(main, photo)) for photo in others]
            farthest = max(range(len(others)), key=apart.__getitem__)
            if apart[farthest] >= self._limit:
                yield _finding(product, main, others[farthest], apart[farthest], self._limit)

    def _photos(self, products: Mapping[int, AnsweredProduct]) -> dict[int, list[ProductPhoto]]:
        found: dict[int, list[ProductPhoto]] = {}
        if not products:
            return found
        with reading(self._engine).begin() as connection:
            rows = connection.execute(
                select(
                    ProductImage.product_id,
                    ProductImage.position,
                    ProductImage.url,
                    ProductImage.shades,
                    ProductImage.confidence,
                    ProductImage.thumbnail_key,
                    ProductImage.cutout_key,
                    ProductImage.piece,
                    ProductImage.subject,
                    ProductImage.warnings,
                )
                .where(
                    among(connection, ProductImage.product_id, products),
                    ProductImage.enriched_at.is_not(None),
                )
                .order_by(ProductImage.product_id, ProductImage.position)
            ).all()
        for row in rows:
            product = products[row.product_id]
            try:
                shades = _clothes(row.shades)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                self._on_bad(product.sku, f"photo {row.position + 1} makes no sense: {error!r}")
                continue
            if shades and WarningWord.PIECE_NOT_FOUND not in (row.warnings or ()):
                is_main = row.cutout_key == product.cutout_key
                is_outfit = row.piece is None and row.subject != "packshot"
                sure, thumbnail = row.confidence or 0.0, row.thumbnail_key or row.cutout_key
                photo = ProductPhoto(
                    row.position, public_url(row.url), shades, sure, thumbnail, is_main, is_outfit
                )
                found.setdefault(row.product_id, []).append(photo)
        return found


def _finding(
    product: AnsweredProduct, main: ProductPhoto, other: ProductPhoto, delta_e: float, limit: float
) -> Finding:
    one, two = main.shades[0], other.shades[0]
    return finding_of(
        product,
        FindingKind.PHOTOS,
        min(main.confidence, other.confidence) * delta_e / (delta_e + limit),
        f"photo {main.position + 1} shows {one.name} ({one.family}), "
        f"photo {other.position + 1} {two.name} ({two.family})",
        delta_e=delta_e,
        label=f"photo {main.position + 1}",
        second=FindingSide(
            f"photo {other.position + 1}",
            colours(other.shades),
            two.family,
            other.thumbnail_key,
            other.url,
        ),
    )


def _between(one: ProductPhoto, other: ProductPhoto) -> Floats:
    first = [[shade.lab] for shade in main_shades(one.shades)]
    return delta_e2000(first, [shade.lab for shade in main_shades(other.shades)])


def _clothes(stored: Mapping[str, Any] | None) -> tuple[Shade, ...]:
    raw: Sequence[Mapping[str, object]] = (stored or {}).get(Region.CLOTHES.value, ())
    return tuple(map(Shade.from_json, raw))
