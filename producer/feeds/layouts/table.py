"""The table of layouts, and which of them a feed is in."""

from collections.abc import Iterable
from typing import Final

from producer.feeds.layouts.akeneo import AKENEO
from producer.feeds.layouts.bigcommerce import BIGCOMMERCE
from producer.feeds.layouts.google import GOOGLE
from producer.feeds.layouts.layout import Header, Layout
from producer.feeds.layouts.magento import MAGENTO
from producer.feeds.layouts.medusa import MEDUSA
from producer.feeds.layouts.meta import META
from producer.feeds.layouts.prestashop import PRESTASHOP
from producer.feeds.layouts.saleor import SALEOR
from producer.feeds.layouts.shopify import SHOPIFY
from producer.feeds.layouts.squarespace import SQUARESPACE
from producer.feeds.layouts.wix import WIX
from producer.feeds.layouts.woocommerce import WOOCOMMERCE

LAYOUTS: Final = (
    SHOPIFY,
    WOOCOMMERCE,
    MAGENTO,
    BIGCOMMERCE,
    SQUARESPACE,
    WIX,
    MEDUSA,
    AKENEO,
    PRESTASHOP,
    SALEOR,
    META,
    GOOGLE,
)
"""Every layout, those whose columns nobody else has first."""


def layout_of(names: Iterable[str]) -> Layout | None:
    """Return the layout that these columns are of; None for a feed in nobody's."""
    header = Header(names)
    return next((layout for layout in LAYOUTS if layout.recognise(header)), None)
