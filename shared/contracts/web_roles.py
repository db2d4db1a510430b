"""What somebody may do on the page: look, review, or operate."""

from enum import StrEnum


class WebRole(StrEnum):
    """A role of the page and of the HTTP API; each may do what the ones before it may.

    >>> WebRole.OPERATE.includes(WebRole.LOOK), WebRole.LOOK.includes(WebRole.REVIEW)
    (True, False)
    """

    LOOK = "look"
    """See products, pictures and results."""

    REVIEW = "review"
    """Decide about results, too."""

    OPERATE = "operate"
    """Run batches, promote and roll back, and read the audit trail, too."""

    def includes(self, other: "WebRole") -> bool:
        """Return whether whoever has this role may do what the other one may."""
        order = list(WebRole)
        return order.index(self) >= order.index(other)
