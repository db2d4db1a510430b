"""What may happen in a worker before a stage: the faults that only a worker can do to itself.

``CHAOS_HOOKS`` names functions of this module, commas between; each is called before every stage
with the stage and the claim, and does nothing unless both are its own.
"""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from shared.contracts.jobs import Claim
from shared.contracts.stages import Stage
from tests.chaos.workers.crash_points import STORE_RECORD, crash
from tests.chaos.workers.gate import Gate

Hook = Callable[[Stage, Claim], None]
HOOKS: Final[dict[str, Hook]] = {}


def hook(function: Hook) -> Hook:
    """Register a hook under its name, with dashes."""
    HOOKS[function.__name__.replace("_", "-")] = function
    return function


@hook
def gates(stage: Stage, claim: Claim) -> None:
    """Wait where the suite has shut a gate in the folder ``CHAOS_GATES``."""
    Gate(Path(os.environ["CHAOS_GATES"])).wait(stage, claim.sku)


@hook
def crash_before_record(stage: Stage, claim: Claim) -> None:
    """Crash once, with the crops stored and nothing recorded."""
    if stage is Stage.RECORD:
        crash(STORE_RECORD)


@hook
def deadly_pictures(stage: Stage, claim: Claim) -> None:
    """Die of SIGSEGV over the skus of ``CHAOS_DEADLY``, as a decoder with a bug would.

    No file is known that does this to the decoders of today.
    """
    if stage is Stage.DECODE and claim.sku in os.environ["CHAOS_DEADLY"].split(","):
        signal.signal(signal.SIGSEGV, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGSEGV)


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
