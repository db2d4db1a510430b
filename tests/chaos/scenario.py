"""Scenarios: how they are declared, run one after the other, and judged."""

import shutil
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from tests.chaos.check import Count
from tests.chaos.installation import Stuck
from tests.chaos.rig import RECOVERY_S, Rig, Scale
from tests.chaos.servers.brokers import BROKERS
from tests.chaos.servers.shared import Servers
from tests.support.services import Absent

Act = Callable[[Rig], None]


class NotAllowed(Absent):
    """What a scenario needs is there, but not for the user who runs it."""


@dataclass(frozen=True)
class Scenario:
    """One kind of fault. ``act`` injects it; ``quarantined`` is how many innocents it may cost."""

    name: str
    act: Act
    store: Literal["folder", "s3"]
    brokers: tuple[str, ...]
    quarantined: int

    @property
    def about(self) -> str:
        """What it does, in a line."""
        return (self.act.__doc__ or "").strip().splitlines()[0]


SCENARIOS: Final[dict[str, Scenario]] = {}


def scenario(
    name: str,
    *,
    store: Literal["folder", "s3"] = "s3",
    brokers: Iterable[str] = tuple(BROKERS),
    quarantined: int = 0,
) -> Callable[[Act], Act]:
    """Register a function as a scenario; its docstring's first line is what people read of it."""

    def register(act: Act) -> Act:
        SCENARIOS[name] = Scenario(name, act, store, tuple(brokers), quarantined)
        return act

    return register


@dataclass
class Verdict:
    """What came of one scenario on one broker."""

    scenario: str
    broker: str
    faults: dict[str, int] = field(default_factory=dict)
    count: Count = field(default_factory=Count)
    recovery_s: float | None = None
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)
    skipped: str | None = None
    excused: bool = False
    """Whether it was skipped for want of rights that a user need not have."""
    logs: str | None = None

    @property
    def passed(self) -> bool:
        """Whether nothing was wrong; a scenario that was skipped has not passed."""
        return not self.problems and self.skipped is None

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        values = asdict(self)
        count = values.pop("count")
        count.pop("problems")
        return {**values, **count, "passed": self.passed}


def run(chosen: Scenario, servers: Servers, broker: str, scale: Scale, folder: Path) -> Verdict:
    """Run one scenario, look at what it left, and judge. ``folder`` must not exist yet."""
    verdict = Verdict(chosen.name, broker)
    started = time.monotonic()
    folder.mkdir()
    try:
        rig = Rig(servers, folder, scale, chosen.store)
    except Absent as reason:
        verdict.skipped = str(reason)
        return verdict
    try:
        chosen.act(rig)
    except Absent as reason:
        verdict.skipped, verdict.excused = str(reason), isinstance(reason, NotAllowed)
    except Stuck as error:
        rig.problems.append(str(error))
    except Exception:  # noqa: BLE001 (a scenario that breaks must not take the others with it)
        rig.problems.append(traceback.format_exc())
    finally:
        rig.close()
    if verdict.skipped is not None:
        return verdict
    verdict.faults = dict(rig.injected.faults)
    verdict.problems = rig.problems
    try:
        verdict.count = rig.check(rig.wanted())
    except Exception:  # noqa: BLE001 (as above)
        verdict.problems.append(traceback.format_exc())
    _judge(verdict, chosen, rig)
    verdict.seconds = time.monotonic() - started
    if verdict.passed:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        verdict.logs = str(folder)
    return verdict


def _judge(verdict: Verdict, chosen: Scenario, rig: Rig) -> None:
    verdict.problems += verdict.count.problems
    innocent = verdict.count.quarantined
    if innocent > chosen.quarantined:
        verdict.problems.append(
            f"{innocent} innocent jobs in quarantine, {chosen.quarantined} are borne"
        )
    if not verdict.faults:
        verdict.problems.append("no fault was injected")
    if recoveries := rig.injected.recoveries_s:
        verdict.recovery_s = max(recoveries)
        if verdict.recovery_s > RECOVERY_S:
            verdict.problems.append(
                f"{verdict.recovery_s:.1f} s until a job was done again, {RECOVERY_S:g} are borne"
            )


def new_folder() -> Path:
    """Make a folder for servers and logs; servers that run as another user may enter it."""
    folder = Path(tempfile.mkdtemp(prefix="colourway-chaos-"))
    folder.chmod(0o755)
    return folder
