"""What people read: a line for each scenario, and below it what was wrong."""

from typing import Final

from tests.chaos.scenario import Verdict

HEAD: Final = (
    f"{'scenario':<20} {'broker':<9} {'faults':>6} {'jobs':>7} {'lost':>5} {'doubled':>7} "
    f"{'stale':>5} {'innocent':>8} {'recovery':>8} {'seconds':>7}  verdict  faults by kind"
)


def line(verdict: Verdict) -> str:
    """Return the line of one scenario."""
    if verdict.skipped is not None:
        return f"{verdict.scenario:<20} {verdict.broker:<9} skipped: {verdict.skipped}"
    count = verdict.count
    recovery = "-" if verdict.recovery_s is None else f"{verdict.recovery_s:.1f} s"
    return (
        f"{verdict.scenario:<20} {verdict.broker:<9} {sum(verdict.faults.values()):>6,} "
        f"{count.jobs:>7,} {count.lost:>5,} {count.doubled:>7,} {count.stale:>5,} "
        f"{count.quarantined:>8,} {recovery:>8} {verdict.seconds:>7.0f}  "
        f"{'ok' if verdict.passed else 'FAILED':<7}  {faults(verdict)}"
    )


def details(verdict: Verdict) -> list[str]:
    """Return what was wrong, and where to look."""
    told = [f"    {problem}" for problem in verdict.problems]
    if verdict.logs is not None:
        told.append(f"    logs: {verdict.logs}")
    return told


def faults(verdict: Verdict) -> str:
    """Return the faults by kind, for instance ``12 child killed, 9 parent killed``."""
    return ", ".join(f"{times:,} {kind}" for kind, times in sorted(verdict.faults.items()))
