"""The command ``backfill``: pictures processed again, chosen by what made their results."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from producer.commands.options import CatalogueOption, CategoryOption, LimitOption
from shared.cli.json_output import print_json
from shared.cli.option_groups import option_groups
from shared.cli.options import DryRunFlag, JsonFlag
from shared.cli.progress import status_line
from shared.errors import SettingsError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from producer.dispatching.dispatch import Dispatched
    from producer.reprocess.backfill import Backfilled, Selection
    from producer.status.throughput import Pace

LONGEST_SOURCE: Final = 500
"""The most characters of a selection that are stored with its batch."""


@dataclass(frozen=True, slots=True)
class SelectionOptions:
    """Which pictures are processed again."""

    missing: Annotated[
        bool,
        typer.Option("--missing", help="Pictures without a result: never processed, or failed."),
    ] = False
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CONDITION",
            help="Pictures whose result meets a condition, such as 'pipeline-version<2'; if "
            "repeated, all conditions must be met.",
        ),
    ] = None
    category: CategoryOption = None
    catalogue: CatalogueOption = None
    everything: Annotated[
        bool, typer.Option("--all", help="All pictures of the chosen categories and catalogue.")
    ] = False

    def require_choice(self) -> None:
        """Raise SettingsError unless the options choose something, and do not contradict."""
        if not (self.missing or self.where or self.everything):
            raise SettingsError(
                "choose the pictures: --missing, --where CONDITION, or --all (of the categories "
                "and the catalogue that --category and --catalogue name)"
            )
        if self.everything and (self.missing or self.where):
            raise SettingsError("--all cannot be combined with --missing or --where")

    def selection(self, engine: "Engine") -> "Selection":
        """Return the selection; raises SettingsError for a condition or a catalogue unknown."""
        from producer.catalogue.lookups import catalogue_id  # noqa: PLC0415
        from producer.reprocess.backfill import Selection  # noqa: PLC0415
        from producer.reprocess.conditions import Condition  # noqa: PLC0415

        return Selection(
            self.missing,
            tuple(Condition.parse(text) for text in self.where or ()),
            tuple(self.category or ()),
            catalogue_id(engine, self.catalogue),
        )

    def source(self, stage: bool) -> str:
        """Return the selection as it may stand on a command line, for the batch."""
        words = ["--missing"] if self.missing else []
        words += [f"--where {text}" for text in self.where or ()]
        words += [f"--category {name}" for name in self.category or ()]
        return " ".join([*(["--stage"] if stage else []), *(words or ["--all"])])[:LONGEST_SOURCE]


@option_groups
def backfill(
    *,
    options: SelectionOptions,
    stage: Annotated[
        bool,
        typer.Option(
            "--stage",
            help="Keep the results apart and leave products as they are: `colourway diff` shows "
            "what would change, `colourway promote` applies it.",
        ),
    ] = False,
    limit: LimitOption = None,
    dry_run: DryRunFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Process pictures again: those without a result, or with one made by an older version.

    A picture is chosen if --missing or --where applies to it; --category and --catalogue narrow the
    choice. A condition is NAME OPERATOR VALUE with =, !=, <, >, <= or >=, of pipeline-version,
    palette-version, naming-version, weights (of any network, by the beginning of its sha256),
    weights.mask_rcnn, weights.pix2pix, weights.worn_piece, enriched-at, outcome and code. Quote it:
    the shell gives < and > a meaning of their own.

    A picture whose job is still open gets no second job. If it is interrupted, run it again.
    """
    # Here, so that showing help stays quick.
    from producer.commands.announce import dispatch_now  # noqa: PLC0415
    from producer.reprocess.backfill import backfill as add_jobs  # noqa: PLC0415
    from producer.status.throughput import recent_pace  # noqa: PLC0415
    from shared.database.session import producer_session  # noqa: PLC0415
    from shared.settings import get_settings  # noqa: PLC0415

    options.require_choice()
    settings = get_settings()
    with producer_session(settings, dry_run=dry_run) as engine:
        selection = options.selection(engine)
        with status_line("Choosing pictures", quiet=as_json) as update:
            done = add_jobs(
                engine,
                selection,
                settings.max_attempts,
                source=options.source(stage),
                hold=stage,
                limit=limit,
                dry_run=dry_run,
                on_progress=lambda so_far: update(f"Choosing pictures: {so_far.jobs:,} chosen"),
            )
        pace = recent_pace(engine)
        dispatched = None if dry_run or not done.jobs else dispatch_now(engine, settings)
    if as_json:
        print_json(_as_json(done, pace, dry_run, dispatched))
        return
    _print(done, pace, dry_run)
    if done.jobs and not dry_run:
        _print_dispatched(done, dispatched, stage)


def _as_json(
    done: "Backfilled", pace: "Pace | None", dry_run: bool, dispatched: "Dispatched | None"
) -> dict[str, Any]:
    from producer.commands.announce import dispatched_as_json  # noqa: PLC0415

    return {
        "dry_run": dry_run,
        **asdict(done),
        "estimated_s": round(pace.seconds_for(done.jobs), 1) if pace else None,
        "pace": {
            "pictures_per_s": round(pace.per_s, 3),
            "measured_on": pace.pictures,
            "until": pace.until.isoformat(),
        }
        if pace
        else None,
        **dispatched_as_json(dispatched),
    }


def _print(done: "Backfilled", pace: "Pace | None", dry_run: bool) -> None:
    from producer.status.durations import spell  # noqa: PLC0415

    would = "would be " if dry_run else ""
    batch = f", batch {done.batch_id}" if done.batch_id is not None else ""
    typer.echo(
        f"jobs {would}added: {done.jobs:,} ({done.missing:,} without a result, "
        f"{done.jobs - done.missing:,} to be replaced{batch})"
    )
    if done.open:
        typer.echo(f"pictures with an open job already: {done.open:,}")
    if not done.jobs:
        return
    if pace is None:
        typer.echo("time: no estimate yet, too few pictures have been processed")
    else:
        typer.echo(
            f"time: about {spell(pace.seconds_for(done.jobs))} at {pace.per_s:,.2f} pictures a "
            f"second, the pace of the last {pace.pictures:,}, which ended "
            f"{pace.until:%Y-%m-%d %H:%M} UTC"
        )


def _print_dispatched(done: "Backfilled", dispatched: "Dispatched | None", stage: bool) -> None:
    from producer.commands.announce import announce_dispatched  # noqa: PLC0415

    announce_dispatched(dispatched)
    if stage:
        typer.echo(f"staged: `colourway diff {done.batch_id}` shows what would change")
