"""Audit: every product of a catalogue, looked at for what a merchandiser should look at.

Products are read a page at a time, and what is found lies in a file that goes: memory does not grow
with the catalogue.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

from producer.audit.finding import Finding, finding_of
from producer.audit.kind import FindingKind
from producer.audit.names import OTHER_COLOUR, NameCheck
from producer.audit.photos import PhotoCheck
from producer.audit.spool import Spool
from producer.audit.variants import SAME_COLOUR, variant_findings
from producer.catalogue.reader import AnsweredProduct, ProductReader
from shared.contracts.warnings import WarningWord

UNSURE: Final = 0.5
"""Below this confidence an answer is looked at: its family is more likely wrong than right."""

GROUPS_AT_ONCE: Final = 200
"""Of how many item groups the products are read in one statement."""


@dataclass(frozen=True, slots=True)
class AuditLimits:
    """What counts as a finding, and which kinds are looked for.

    ``other_colour`` and ``same_colour`` are CIEDE2000, ``confidence`` lies in 0..1.
    """

    kinds: frozenset[FindingKind] = frozenset(FindingKind)
    other_colour: float = OTHER_COLOUR
    same_colour: float = SAME_COLOUR
    confidence: float = UNSURE


@dataclass(slots=True)
class Audited:
    """How many products were looked at, and how many findings of each kind there are."""

    names: NameCheck
    products: int = 0
    counts: dict[FindingKind, int] = field(default_factory=lambda: dict.fromkeys(FindingKind, 0))

    @property
    def total(self) -> int:
        """How many findings there are."""
        return sum(self.counts.values())


@dataclass(slots=True)
class Audit:
    """Runs the checks over what a reader finds and keeps what they find in a spool."""

    reader: ProductReader
    names: NameCheck
    spool: Spool
    limits: AuditLimits = field(default_factory=AuditLimits)

    def run(self, on_progress: Callable[[int], None] | None = None) -> Audited:
        """Look at every product; ``on_progress`` hears of how many so far."""
        done = Audited(self.names)
        photos = PhotoCheck(self.reader.engine, self.reader.on_bad, self.limits.other_colour)
        checks: dict[FindingKind, Callable[[Sequence[AnsweredProduct]], Iterator[Finding]]] = {
            FindingKind.NAME: self.names.findings,
            FindingKind.PHOTOS: photos.findings,
            FindingKind.DOUBT: self._doubts,
        }
        for page in self.reader.pages():
            for kind in self.limits.kinds & checks.keys():
                done.counts[kind] += self.spool.keep(checks[kind](page))
            if FindingKind.VARIANTS in self.limits.kinds:
                self.spool.keep_variants(page)
            done.products += len(page)
            if on_progress is not None:
                on_progress(done.products)
        if FindingKind.VARIANTS in self.limits.kinds:
            done.counts[FindingKind.VARIANTS] += self._compare_variants()
        if FindingKind.DOUBT in self.limits.kinds:
            done.counts[FindingKind.DOUBT] += self._find_empty_placeholders()
        return done

    def _compare_variants(self) -> int:
        # A reader of its own: what is read twice is not to be told twice.
        reader = replace(self.reader, on_bad=_say_nothing, limit=None)
        count = 0
        groups = self.spool.groups()
        while some := list(islice(groups, GROUPS_AT_ONCE)):
            products = {
                each.id: each for each in reader.by_ids([key for ids in some for key in ids])
            }
            for ids in some:
                group = [found for key in ids if (found := products.get(key)) and found.shades]
                count += self.spool.keep(variant_findings(group, self.limits.same_colour))
        return count

    def _find_empty_placeholders(self) -> int:
        """Keep the products without an answer whose picture is a placeholder that shows nothing."""
        selection = replace(self.reader.selection, answered=False)
        reader = ProductReader(self.reader.engine, selection, _say_nothing, self.reader.limit)
        count = 0
        for page in reader.pages() if self.reader.shared.any else ():
            count += self.spool.keep(
                finding_of(
                    product,
                    FindingKind.DOUBT,
                    1 - 1 / product.sharing,
                    f"{_sharing(product)}, and nothing for sale was found in it",
                )
                for product in page
                if product.sharing
            )
        return count

    def _doubts(self, products: Sequence[AnsweredProduct]) -> Iterator[Finding]:
        for product in products:
            confidence = product.confidence or 0.0
            told = (WarningWord.LOW_CONFIDENCE, WarningWord.PLACEHOLDER)
            reasons = [word for word in product.warnings if word not in told]
            is_low = WarningWord.LOW_CONFIDENCE in product.warnings
            if confidence < self.limits.confidence or is_low:
                reasons.insert(0, f"only {confidence:.0%} sure")
            sureness = 1 - confidence
            if product.sharing:
                reasons.insert(0, _sharing(product))
                sureness = max(sureness, 1 - 1 / product.sharing)
            if product.shades and reasons:
                yield finding_of(product, FindingKind.DOUBT, sureness, ", ".join(reasons))


def _sharing(product: AnsweredProduct) -> str:
    return f"{WarningWord.PLACEHOLDER}: {product.sharing} products show this very picture"


def _say_nothing(_sku: str, _reason: str) -> None:
    pass
