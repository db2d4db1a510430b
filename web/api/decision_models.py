"""What the API says of decisions, and what it takes as one."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from shared.contracts.decisions import DecisionRecord

Word = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]


class DecisionGiven(BaseModel):
    """What somebody says of a product.

    ``seen`` is what ``GET`` told: a decision upon anything else is refused. The words belong to a
    correction alone; those that are left out stay as they are, and an empty second family is none.
    """

    ruling: Literal["accepted", "corrected", "not_in_picture", "skipped"]
    seen: Annotated[str, Field(max_length=80, pattern=r"^[0-9]{1,9}@[^\x00]*$")]
    family: Word | None = None
    family_second: Word | None = None
    piece: Word | None = None
    name: Word | None = None

    def words(self) -> dict[str, str]:
        """Return the words that are given."""
        given = self.model_dump(include={"family", "family_second", "piece", "name"})
        return {name: word for name, word in given.items() if word is not None}


class DecisionAnswer(BaseModel):
    """One decision: who, when, what, and what had been measured; see docs/review.md."""

    product_id: int
    version: int
    ruling: str
    decided: dict[str, Any]
    measured: dict[str, Any]
    decided_by: str
    decided_at: str
    queue: int | None
    taken_back_by: str | None
    taken_back_at: str | None
    in_force: bool

    @classmethod
    def of(cls, record: DecisionRecord) -> "DecisionAnswer":
        """Return a stored decision."""
        return cls.model_validate({"product_id": record.product_id, **record.to_json()})


class SaidAnswer(BaseModel):
    """All that was said of a product, the latest first, and what a decision must have seen."""

    product_id: int
    seen: str
    decisions: list[DecisionAnswer]


class DecisionsAnswer(BaseModel):
    """Decisions, the latest first; ``next`` is the value of ``at`` for those before."""

    decisions: list[DecisionAnswer]
    next: str | None
