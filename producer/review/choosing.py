"""Which products go into a review queue: those that meet conditions, or those an audit finds."""

from collections.abc import Iterator
from heapq import merge
from itertools import islice
from typing import Final

from sqlalchemy import Engine, select

from producer.audit.audit import Audit, AuditLimits
from producer.audit.finding import Finding
from producer.audit.names import NameCheck
from producer.audit.spool import Spool
from producer.catalogue.reader import OnBad, ProductReader, ProductSelection
from producer.review.queues import MOST_PRODUCTS, ChosenProduct
from shared.database.engine import reading
from shared.database.models import Product

_AT_ONCE: Final = 500


def filtered(reader: ProductReader, reason: str) -> Iterator[ChosenProduct]:
    """Yield the products that a reader selects, for one reason."""
    for page in reader.pages():
        for product in page:
            yield ChosenProduct(product.id, reason)


def audited(
    engine: Engine,
    selection: ProductSelection,
    names: NameCheck,
    limits: AuditLimits,
    on_bad: OnBad,
) -> list[ChosenProduct]:
    """Audit one catalogue; return what it finds, the surest first, each product once.

    Where a product has several findings, all of them are its reason, and the surest one proposes.
    """
    assert selection.catalogue_id is not None, "a queue is of one catalogue"
    with Spool() as spool:
        Audit(ProductReader(engine, selection, on_bad), names, spool, limits).run()
        kinds = [spool.findings(kind) for kind in sorted(limits.kinds)]
        every = merge(*kinds, key=lambda finding: finding.sureness, reverse=True)
        by_sku: dict[str, list[Finding]] = {}
        for finding in every:
            if finding.sku in by_sku or len(by_sku) < MOST_PRODUCTS:
                by_sku.setdefault(finding.sku, []).append(finding)
    ids = _ids(engine, selection.catalogue_id, by_sku)
    return [_chosen(ids[sku], found) for sku, found in by_sku.items() if sku in ids]


def _chosen(product_id: int, findings: list[Finding]) -> ChosenProduct:
    reason = "; ".join(finding.why for finding in findings)
    other = findings[0].second
    if other is None or other.family is None or not other.colours:
        return ChosenProduct(product_id, reason)
    colour, _, name = other.colours[0]
    proposed = {"family": other.family, "name": name, "hex": colour, "by": other.label}
    return ChosenProduct(product_id, reason, proposed)


def _ids(engine: Engine, catalogue_id: int, skus: dict[str, list[Finding]]) -> dict[str, int]:
    found: dict[str, int] = {}
    rest = iter(skus)
    with reading(engine).begin() as connection:
        while some := list(islice(rest, _AT_ONCE)):
            query = select(Product.sku, Product.id).where(
                Product.catalogue_id == catalogue_id, Product.sku.in_(some)
            )
            found |= {row.sku: row.id for row in connection.execute(query)}
    return found
