"""Google Merchant Center's feeds, and its Content API's spelling of them."""

from typing import Final

from producer.feeds.layouts.layout import Header, Layout


def recognise(header: Header) -> bool:
    """Say whether these are Google's attributes: an id, a picture, and one of a shop's own."""
    return (
        header.has_any("id", "offerid")
        and header.has_any("imagelink", "additionalimagelink", "additionalimagelinks")
        and header.has_any("title", "availability", "price", "googleproductcategory", "itemgroupid")
    )


GOOGLE: Final = Layout("Google Merchant feed", recognise)
