"""What a rename does, in numbers and examples."""

from dataclasses import dataclass

from producer.staged.changes import Changes


@dataclass(slots=True)
class Renamed(Changes):
    """What another table of names changes, and how many pictures and staged results it renames.

    ``fresh`` products were named by it already.
    """

    version: str
    fresh: int = 0
    pictures: int = 0
    staged_results: int = 0

    def add(self, others: "Renamed") -> None:
        """Add the changes of other products."""
        self.add_changes(others)
        self.fresh += others.fresh
        self.pictures += others.pictures
        self.staged_results += others.staged_results

    @property
    def seen(self) -> int:
        """How many products were gone through."""
        return self.fresh + self.products.total()
