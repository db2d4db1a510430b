"""Meta's catalogue feed (Facebook, Instagram): Google's attributes and some of its own."""

from typing import Final

from producer.feeds.layouts.layout import Header, Layout


def recognise(header: Header) -> bool:
    """Say whether a feed has attributes that only Meta's catalogue has."""
    return header.has("id") and header.has_any(
        "image0url",
        "video0url",
        "fbproductcategory",
        "quantitytosellonfacebook",
        "richtextdescription",
        "style0",
        "customnumber0",
        "commercetaxcategory",
        "origincountry",
    )


META: Final = Layout("Meta catalogue feed", recognise)
