"""Errors of deciding: the product is not what was seen, or is not there."""

from shared.contracts.decisions import DecisionRecord, Seen
from shared.errors import ColourwayError


class DecisionConflict(ColourwayError):
    """Somebody else decided meanwhile, or a new result came: nothing was written.

    ``latest`` is the newest decision on the product, if there is one, and ``seen`` what is there
    to be seen now.
    """

    def __init__(
        self, sku: str, product_id: int, latest: DecisionRecord | None, seen: Seen
    ) -> None:
        super().__init__(sku, product_id, latest, seen)
        self.sku = sku
        self.product_id = product_id
        self.latest = latest
        self.seen = seen

    def __str__(self) -> str:
        if self.latest is None or self.latest.version != self.seen.version:
            return f"{self.sku}: a new result came meanwhile; nothing was written"
        said = self.latest.ruling.value.replace("_", " ")
        when = f"{self.latest.decided_at:%Y-%m-%d %H:%M} UTC"
        return f"{self.sku}: {self.latest.decided_by} said {said} at {when}; nothing was written"


class NothingToDecide(ColourwayError):
    """There is no such product, or it has nothing that could be accepted or taken back."""
