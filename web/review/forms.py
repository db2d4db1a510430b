"""The forms of review: a new queue, and a decision on one product or several."""

from typing import Annotated, Final

from pydantic import BaseModel, Field, field_validator

from shared.contracts.decisions import QueueSource, Ruling
from shared.contracts.jobs import LONGEST_NAME
from web.catalogue.asked import AskedProducts

MOST_PRODUCTS: Final = 2000
"""How many products a queue has at most that is made on the page."""

Word = Annotated[str, Field(max_length=LONGEST_NAME)]


class QueueForm(AskedProducts):
    """A new queue: its name and size, and the search that it is made from."""

    queue_name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    queue_size: Annotated[int, Field(ge=1, le=MOST_PRODUCTS)] = 300
    source: QueueSource = QueueSource.FILTER
    seed: Annotated[int, Field(ge=0, le=2**31)] = 1

    def asked(self) -> AskedProducts:
        """Return the search alone."""
        return AskedProducts(**self.model_dump(include=set(AskedProducts.model_fields)))


class DecisionForm(BaseModel):
    """What is said of the products ``item``: each its id and what was seen, ``12:3@2026-…``.

    The words belong to a correction; those that are empty say nothing.
    """

    item: list[Annotated[str, Field(max_length=80)]] = Field(default_factory=list[str])
    ruling: Ruling
    family: Word = ""
    family_second: Word = ""
    piece: Word = ""
    name: Word = ""

    @field_validator("ruling")
    @classmethod
    def _refuse_taking_back(cls, ruling: Ruling) -> Ruling:
        if ruling is Ruling.TAKEN_BACK:
            raise ValueError("a decision is taken back by undoing it")
        return ruling
