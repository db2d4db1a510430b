"""A search in words: what each filter says that is set."""

from typing import Final

from shared.contracts.jobs import LONGEST_NAME
from web.catalogue.asked import AskedProducts

_TOLD: Final = {
    "q": "“{}”",
    "catalogue": "catalogue {}",
    "family_second": "or {}",
    "min_confidence": "at least {:.0%} sure",
    "max_confidence": "less than {:.0%} sure",
    "changed_since": "changed since {:%Y-%m-%d %H:%M}",
    "word": "the shop says {}",
    "colour": "like {}",
    "within": "within ΔE {:g}",
}
"""How a filter is said; those that are not here are said by their value alone."""

NO_FILTERS: Final = frozenset({"order", "at", "size"})


def told_filters(asked: AskedProducts) -> dict[str, str]:
    """Return the filters that are set, each in words.

    >>> told_filters(AskedProducts(q="skirt", word="Navy", mismatch=True))
    {'q': '“skirt”', 'word': 'the shop says Navy', 'mismatch': 'the word differs'}
    """
    told: dict[str, str] = {}
    for name in AskedProducts.model_fields:
        value = getattr(asked, name)
        if name in NO_FILTERS or value is None or value is False:
            continue
        said = _TOLD.get(name, "{}").format(value).replace("_", " ")
        told[name] = "the word differs" if name == "mismatch" else said
    return told


def queue_name(asked: AskedProducts) -> str:
    """Return what a queue of a search may be called; empty for a search of everything.

    >>> queue_name(AskedProducts(q="skirt", family="navy", piece="bottom"))
    'navy bottom skirt'
    >>> queue_name(AskedProducts(q="skirt", word="Navy", mismatch=True))
    'skirt, the shop says Navy, the word differs'
    """
    plain = [getattr(asked, name) or "" for name in ("pattern", "family", "piece", "q")]
    told = told_filters(asked)
    others = [told[name] for name in told if name not in ("pattern", "family", "piece", "q")]
    first = " ".join(filter(None, plain))
    return ", ".join(filter(None, (first, *others)))[:LONGEST_NAME]
