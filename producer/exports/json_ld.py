"""A product as schema.org describes it, for the data that shops put into their pages."""

from typing import Any, Final

from producer.catalogue.main_colours import main_names
from producer.catalogue.reader import AnsweredProduct
from producer.exports.record import Link
from producer.merchant.colour import merchant_colour
from shared.catalogue.translations import Words

CONTEXT: Final = "https://schema.org"


def json_ld(product: AnsweredProduct, link: Link, words: Words) -> dict[str, Any]:
    """Return a product as a node of JSON-LD, whole by itself; what is not known is left out.

    ``color`` is what the Merchant Center feed says of it too. Only pictures that a search engine
    can fetch are named. ``words`` are those of patterns.
    """
    colour = merchant_colour(product.merchant_colour, main_names(product))
    pictures = [*product.urls, *filter(None, [link(product.crop_key or product.cutout_key)])]
    measured = product.colour
    more = {
        "colour family": product.colour_family,
        "colour code": measured.hex if measured else None,
        "colour name": measured.name if measured else None,
    }
    node: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "Product",
        "sku": product.sku,
        "name": product.title,
        "category": product.category,
        "color": colour,
        "pattern": words.of(product.pattern),
        "image": [url for url in pictures if url.startswith(("http://", "https://"))],
        "inProductGroupWithID": product.item_group,
        "additionalProperty": [
            {"@type": "PropertyValue", "name": name, "value": value}
            for name, value in more.items()
            if value
        ],
    }
    return {name: value for name, value in node.items() if value}
