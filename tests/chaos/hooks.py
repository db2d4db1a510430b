"""What may happen in a worker before a stage: the faults that only a worker can do to itself.

``CHAOS_HOOKS`` names functions of this module, commas between; each is called before every stage
with the stage and the claim, and does nothing unless both are its own.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

from shared.contracts import Claim, Stage

Hook = Callable[[Stage, Claim], None]
HOOKS: Final[dict[str, Hook]] = {}


def hook(function: Hook) -> Hook:
    """Register a hook under its name, with dashes."""
    HOOKS[function.__name__.replace("_", "-")] = function
    return function


@dataclass(frozen=True)
class Hooks:
    chosen: tuple[Hook, ...] = ()

    @classmethod
    def from_environment(cls) -> Self:
        names = filter(None, os.environ.get("CHAOS_HOOKS", "").split(","))
        return cls(tuple(HOOKS[name] for name in names))

    def before(self, stage: Stage, claim: Claim) -> None:
        for chosen in self.chosen:
            chosen(stage, claim)
