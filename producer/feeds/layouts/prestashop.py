"""PrestaShop's product and combination files, as its importer reads and its modules write them."""

from typing import Final

from producer.feeds.layouts.colours import colour_of
from producer.feeds.layouts.family import made_sku
from producer.feeds.layouts.layout import Header, Layout, Rows, own_record, pictures, text
from producer.feeds.record import Record, Rejected

ROOTS: Final = frozenset({"home", "root", "accueil", "start", "startseite", "inicio"})
"""Names of the category that every product is in."""


def recognise(header: Header) -> bool:
    """Say whether this is PrestaShop's header."""
    return header.has("imageurlsxyz") or (
        header.has_any("active01", "attributenametypeposition") and header.has("imageurls")
    )


class _PrestaShopReader:
    def __init__(self, header: Header) -> None:
        self._combination = header.find("attributenametypeposition")
        self._values = header.find("valuevalueposition")
        self._reference = header.find("combinationreference", "reference", "supplierreference")
        self._product = header.find("productid", "productreference", "id")
        self._title = header.find("name")
        self._categories = header.find("categoriesxyz", "categories", "category")
        self._pictures = header.find("imageurlsxyz", "imageurls")
        self._features = header.find(
            "featurenamevalueposition", "featurenamevaluepositioncustomized"
        )

    def read(self, rows: Rows) -> Rows:
        for row in rows:
            yield row if isinstance(row, Rejected) else self._record(row)

    def _record(self, row: Record) -> Record:
        product, reference = text(row, self._product), text(row, self._reference)
        values = [part.partition(":")[0].strip() for part in _parts(text(row, self._values))]
        names = [part.partition(":")[0].strip() for part in _parts(text(row, self._combination))]
        is_combination = bool(self._combination)
        features = (part.split(":") for part in _parts(text(row, self._features)))
        pairs = [(each[0].strip(), each[1].strip()) for each in features if len(each) > 1]
        made = made_sku(product, values) if is_combination else product
        return own_record(
            row,
            sku=reference or made,
            addresses=pictures(row, self._pictures),
            title=text(row, self._title),
            category=default_category(text(row, self._categories)),
            item_group=product if is_combination else "",
            merchant_colour=colour_of([*zip(names, values, strict=False), *pairs]),
        )


def default_category(cell: str) -> str:
    """Return the category that says most: the deepest path, else the first that is no root.

    >>> default_category("Home,Women,Sale"), default_category("Home/Women/Dresses,Sale")
    ('Women', 'Home/Women/Dresses')
    """
    names = _parts(cell)
    paths = sorted((name for name in names if "/" in name), key=lambda name: -name.count("/"))
    told = [name for name in names if name.casefold() not in ROOTS and not name.isdigit()]
    return next(iter([*paths, *told, *names]), "")


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(",") if part.strip()]


def _read(rows: Rows, header: Header) -> Rows:
    return _PrestaShopReader(header).read(rows)


PRESTASHOP: Final = Layout("PrestaShop file", recognise, _read)
