"""Run summary: what a run prints at its end, as tables and lines or as JSON."""

import shlex
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from colourway.feed_run import Finished
from colourway.pages.comparison import Comparison, Verdict
from colourway.picture_report import Outcome, Summary
from shared.cli.own_name import own_name
from shared.contracts.jobs import JobState
from shared.settings import Settings

if TYPE_CHECKING:
    from producer.enqueue.enqueue import Enqueued

STATE_DESCRIPTIONS = {
    JobState.DONE: "enriched",
    JobState.NO_PERSON: "no person and no packshot",
    JobState.FAILED: "failed permanently",
    JobState.QUARANTINED: "quarantined after the last attempt",
    JobState.RETRY: "waiting for another attempt",
    JobState.PENDING: "not started",
    JobState.LEASED: "in progress elsewhere",
}


def summary_table(summary: Summary, outcomes: Iterable[Outcome]) -> Table:
    """Pictures by state, with the codes of those without a result."""
    codes: dict[JobState, set[str]] = {}
    for outcome in outcomes:
        if outcome.code is not None and outcome.state is not JobState.DONE:
            codes.setdefault(outcome.state, set()).add(outcome.code.value)
    table = Table("pictures", "outcome", "codes", box=None, pad_edge=False)
    table.columns[0].justify = "right"
    for state, description in STATE_DESCRIPTIONS.items():
        if count := summary.states.get(state, 0):
            table.add_row(f"{count:,}", description, ", ".join(sorted(codes.get(state, ()))))
    return table


def enqueued_line(enqueued: "Enqueued") -> str:
    """What the feed holds, and how many pictures are to be processed; above it its layout."""
    layout = enqueued.layout_line()
    line = "" if layout is None else f"{layout}\n"
    line += (
        f"{enqueued.products:,} products with {enqueued.pictures:,} pictures in the feed, "
        f"{enqueued.jobs:,} pictures to process"
    )
    line += f", {enqueued.rejected:,} rows rejected" if enqueued.rejected else ""
    return line + (f", {enqueued.left_out:,} cells left out" if enqueued.left_out else "")


def failed_lines(finished: Finished, catalogue: str, home: Path | None) -> list[str]:
    """How many pictures have failed, now or before, and what to do about them; none for none.

    ``home`` is the folder that this run was given, if it was given one.
    """
    states = finished.summary.states
    failed = states.get(JobState.FAILED, 0) + states.get(JobState.QUARANTINED, 0)
    if not failed:
        return []
    earlier = max(0, failed - finished.work.failed)
    told = f"{_pictures(failed)} failed"
    if earlier:
        told = f"{_pictures(earlier)} failed in an earlier run, and such are not tried again"
        if failed > earlier:
            told += f"; {_pictures(failed - earlier)} failed now"
    command = f"{_command(home)} failures --out failed.csv"
    if catalogue != "default":
        command += f" --catalogue {shlex.quote(catalogue)}"
    return [
        told,
        "next: the same command with --retry-failed tries them once more; "
        f"`{command}` writes them, with the reasons, as a feed to correct",
    ]


def page_line(settings: Settings, home: Path | None) -> str:
    """How to see what was found; ``home`` is the folder that this run was given, if any."""
    here = "" if home is not None or settings.home.is_absolute() else ", in this folder"
    return f"open the page: `{_command(home)} web`{here}"


def _command(home: Path | None) -> str:
    place = "" if home is None else f"COLOURWAY_HOME={shlex.quote(str(home))} "
    return place + own_name()


def _pictures(count: int) -> str:
    return f"{count:,} picture{'' if count == 1 else 's'}"


def families_line(summary: Summary) -> str:
    """The products' colour families, most frequent first, in one line."""
    return ", ".join(f"{family} {count:,}" for family, count in summary.families.items())


def run_as_json(finished: Finished) -> dict[str, Any]:
    """What `--json` prints of a run: plain JSON values."""
    summary, work = finished.summary, finished.work
    return {
        "enqueued": asdict(finished.enqueued),
        "rechecks": finished.rechecks,
        "processed": work.processed,
        "seconds": round(work.seconds, 3),
        "pictures": summary.pictures,
        "unfinished": work.unfinished,
        "interrupted": work.interrupted,
        "states": {state.value: count for state, count in summary.states.items()},
        "codes": {code.value: count for code, count in summary.codes.items()},
        "subjects": dict(summary.subjects),
        "families": dict(summary.families),
    }


def expected_table(rows: Iterable[tuple[str, str, Comparison]]) -> Table:
    """Sku, what it is, and the expected beside the found colour of one region."""
    table = Table("sku", "shows", "expected", "found", "ΔE2000", "family", box=None, pad_edge=False)
    table.columns[4].justify = "right"
    for sku, title, comparison in rows:
        found, expected = comparison.found, comparison.expected
        distance = "" if comparison.delta_e is None else f"{comparison.delta_e:.1f}"
        agrees = (
            Text(f"✓ {expected.family}", "green")
            if comparison.agrees
            else Text(f"✗ {expected.family} expected", "red")
        )
        table.add_row(
            sku,
            title,
            _patch(expected.hex, expected.name),
            _patch(found.hex, f"{found.name} {found.share:.0%}") if found else "nothing",
            distance,
            agrees,
        )
    return table


def verdict_lines(verdicts: Iterable[Verdict]) -> list[str]:
    """One line per region: how many agree in family or tone, and the median ΔE2000."""
    return [
        f"{verdict.region.value}: {verdict.agreeing} of {verdict.compared} "
        f"of the expected {verdict.kind}"
        + ("" if verdict.delta_e_median is None else f", median ΔE {verdict.delta_e_median:.1f}")
        for verdict in verdicts
    ]


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """One region's expected and found colour as plain JSON values."""
    found = comparison.found
    return {
        "region": comparison.region.value,
        "expected": comparison.expected.to_json(),
        "found": None if found is None else found.to_json(),
        "delta_e2000": comparison.delta_e,
        "family_agrees": comparison.agrees,
    }


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """A verdict as plain JSON values."""
    return {
        "region": verdict.region.value,
        "compared": verdict.compared,
        "family_agreement": verdict.agreeing / verdict.compared,
        "missing": verdict.missing,
        "delta_e2000_median": verdict.delta_e_median,
    }


def _patch(colour: str, name: str) -> Text:
    return Text.assemble(("██ ", colour), name, (f" {colour}", "dim"))
