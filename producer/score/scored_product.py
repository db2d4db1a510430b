"""One product of a score: the shop's word beside what was found."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from producer.score.outcome import WordOutcome


@dataclass(frozen=True, slots=True)
class ScoredProduct:
    """A product of a feed, judged.

    ``piece`` is what it is (top, shoes …), as far as is known; ``means`` are the families that its
    word's first colour may mean, and ``word_hex`` the colour that stands for it. ``sureness``
    (0..1) and ``delta_e`` (CIEDE2000) are the audit's, where the word is a finding there.
    """

    sku: str
    outcome: WordOutcome
    title: str | None = None
    category: str | None = None
    piece: str | None = None
    word: str | None = None
    means: tuple[str, ...] = ()
    word_hex: str | None = None
    family: str | None = None
    family_second: str | None = None
    colour_name: str | None = None
    colour_hex: str | None = None
    confidence: float | None = None
    sureness: float | None = None
    delta_e: float | None = None
    thumbnail_key: str | None = None
    url: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the product as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """Read what :meth:`to_json` gave, from JSON or not."""
        values: dict[str, Any] = dict(raw)
        values["outcome"] = WordOutcome(raw["outcome"])
        values["means"] = tuple(raw["means"])
        return cls(**values)
