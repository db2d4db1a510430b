"""The command ``weights fetch``: download weights that others have published."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TransferSpeedColumn,
)

from shared.cli.exit_codes import EXIT_INTERRUPTED
from shared.cli.periodic_lines import periodic_lines
from shared.cli.time_left import TimeLeftColumn, time_left
from shared.settings import get_settings

if TYPE_CHECKING:
    from worker.networks.weights.download import Download, FetchedWeights
    from worker.networks.weights.published import Published


JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def _sha256(text: str | None) -> str | None:
    if text is None:
        return None
    digest = text.strip().lower()
    if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise typer.BadParameter("a sha256 has 64 hexadecimal digits")
    return digest


def fetch_weights(
    name: Annotated[str, typer.Argument(help="Which: coco (Mask R-CNN, 258 MB, MIT).")],
    *,
    into: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Else weights in COLOURWAY_HOME.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="A mirror; else the publisher's.")] = None,
    sha256: Annotated[
        str | None,
        typer.Option(callback=_sha256, help="Insist on it, whatever is on record."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="From the beginning, even if it or a part is here.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Say what would be fetched, change nothing.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress, only the end.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Download weights that others have published; goes on where it was stopped.

    The file is checked: its exact size, that it is HDF5, and every digest that is known of it. Its
    sha256 is recorded beside it the first time, and compared from then on. A file that is there
    already, also one that you copied there, is only checked.

    Exit codes: 0 it is there and whole; 1 it is not, and standard error says why; 2 wrong usage;
    130 interrupted, the same command goes on unless --force is given.
    """
    # Here, so that showing help stays quick.
    from shared.logs import set_up_logs  # noqa: PLC0415
    from worker.networks.weights.download import Download  # noqa: PLC0415
    from worker.networks.weights.published import PUBLISHED  # noqa: PLC0415

    if name not in PUBLISHED:
        raise typer.BadParameter(f"{name!r} is none of: {', '.join(sorted(PUBLISHED))}")
    settings = get_settings()
    set_up_logs(settings.log_format, level="ERROR")  # the bar tells of every new attempt
    published = PUBLISHED[name]
    download = Download(published, into or settings.published_weights, url, sha256, force)
    if dry_run:
        _tell_plan(download, as_json)
        return
    bar = _Bar(published, quiet or as_json)
    try:
        with bar:
            done = download.run(bar)
    except KeyboardInterrupt:
        typer.echo("stopped; to go on, run the same command again without --force", err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    _tell_fetched(published, done, as_json)


class _Bar:
    """A bar on standard error where that is a terminal; lines elsewhere; nothing if quiet."""

    def __init__(self, published: "Published", quiet: bool) -> None:
        self._quiet = quiet
        self._console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeLeftColumn(),
            console=self._console,
            disable=quiet or not self._console.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task(published.file, total=published.size_bytes, start=False)
        self._started = False
        self._shown = ExitStack()

    def __enter__(self) -> None:
        if self._console.is_terminal or self._quiet:
            self._shown.enter_context(self._bar)
        else:
            self._shown.enter_context(periodic_lines(self.say, self._line))

    def __exit__(self, *_: object) -> None:
        self._shown.close()

    def _line(self) -> str:
        task = self._bar.tasks[0]
        line = f"{task.description}: {task.completed:,.0f} of {task.total or 0:,.0f} bytes"
        return ", ".join(part for part in (line, time_left(task)) if part)

    def at(self, size_bytes: int) -> None:
        if not self._started:  # what an earlier run fetched is no speed of this one
            self._bar.start_task(self._task)
            self._started = True
        self._bar.update(self._task, completed=size_bytes)

    def say(self, text: str) -> None:
        if not self._quiet:
            self._console.print(text, highlight=False, soft_wrap=True, markup=False)


def _tell_plan(download: "Download", as_json: bool) -> None:
    plan, published = download.plan(), download.published
    missing = 0 if plan.present and not download.force else plan.size_bytes - plan.here_bytes
    if as_json:
        facts = {
            "name": published.name,
            "dry_run": True,
            "url": plan.url,
            "path": str(plan.path),
            "present": plan.present,
            "size_bytes": plan.size_bytes,
            "to_fetch_bytes": missing,
            "free_bytes": plan.free_bytes,
            "licence": published.licence,
            "source": published.source,
        }
        typer.echo(json.dumps(facts, indent=2))
        return
    if missing:
        typer.echo(f"would fetch {missing:,} of {plan.size_bytes:,} bytes from {plan.url}")
    else:
        typer.echo("would fetch nothing: the file is here, and would only be checked")
    typer.echo(f"to {plan.path}, where {plan.free_bytes:,} bytes are free")
    typer.echo(f"{published.licence}; {published.source}")


def _tell_fetched(published: "Published", done: "FetchedWeights", as_json: bool) -> None:
    from worker.networks.weights.pin import pin_path  # noqa: PLC0415

    if as_json:
        facts = {
            "name": published.name,
            "dry_run": False,
            "path": str(done.path),
            "size_bytes": done.size_bytes,
            "received_bytes": done.received_bytes,
            "sha256": done.sha256,
            "pinned": done.pinned,
            "compared_with": [f"{one.kind} that {one.says}" for one in done.known],
            "licence": published.licence,
            "source": published.source,
        }
        typer.echo(json.dumps(facts, indent=2))
        return
    what = f"{done.received_bytes:,} bytes fetched" if done.received_bytes else "already here"
    typer.echo(f"{done.path}: {what}, whole; sha256 {done.sha256}")
    for one in done.known:
        typer.echo(f"its {one.kind} is the one that {one.says}")
    if not done.known:
        typer.echo("no digest of it is published: only its size and form could be checked")
    if done.pinned:
        unnamed = "" if published.sha256 else "its sha256 is not published; "
        typer.echo(f"{unnamed}it is recorded in {pin_path(done.path)} and compared from now on")
    typer.echo(f"{published.licence}; {published.source}")
