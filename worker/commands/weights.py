"""The commands ``weights list``, ``verify``, ``blend``, ``bundle``; others join them.

What reads files is imported inside them, so that showing help stays quick.
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from shared.errors import WeightsError
from shared.settings import get_settings
from worker.commands.weights_fetch import fetch_weights
from worker.commands.weights_quantise import quantise_weights

if TYPE_CHECKING:
    from worker.networks.weights.manifest import WeightsFile
    from worker.networks.weights.published import Published

OK: Final = "ok"
ABSENT: Final = "absent"
"""The verdict on a published file that was not fetched."""

console = Console()
weights_app = typer.Typer(
    no_args_is_help=True, help="List, check, blend, bundle, quantise and fetch networks' weights."
)
weights_app.command("fetch")(fetch_weights)
weights_app.command("quantise")(quantise_weights)

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
FetchedOption = Annotated[
    Path | None,
    typer.Option(help="Folder of fetched files, where `fetch --into` had one of its own."),
]


@weights_app.command("list")
def list_weights(fetched: FetchedOption = None, as_json: JsonFlag = False) -> None:
    """Show which weights are used or can be fetched, where they are and how good they are."""
    from worker.networks.weights.manifest import read_manifest  # noqa: PLC0415
    from worker.networks.weights.published import PUBLISHED  # noqa: PLC0415

    settings = get_settings()
    folder = fetched or settings.published_weights
    entries = read_manifest(settings.weights)
    published = {name: _published_facts(entry, folder) for name, entry in PUBLISHED.items()}
    if as_json:
        facts = {name: entry.facts for name, entry in entries.items()}
        typer.echo(json.dumps({**facts, **published}, indent=2))
        return
    table = Table("network", "file", "MB", "sha256", "metrics")
    for name, entry in _with_int8(entries).items():
        size = entry.path.stat().st_size / 1e6 if entry.path.is_file() else 0.0
        metrics = ", ".join(f"{k} {v:.3f}" for k, v in entry.facts.get("metrics", {}).items())
        table.add_row(name, str(entry.path), f"{size:.1f}", entry.sha256[:12], metrics)
    for name, facts in published.items():
        place = facts["path"] if facts["present"] else f"{ABSENT}: colourway weights fetch {name}"
        size = facts["size_bytes"] / 1e6
        table.add_row(name, place, f"{size:.1f}", (facts["sha256"] or "")[:12], "")
    console.print(table)


def _published_facts(published: "Published", folder: Path) -> dict[str, Any]:
    from worker.networks.weights.pin import read_pin  # noqa: PLC0415

    path = folder / published.file
    present = path.is_file()
    pin = read_pin(path) if present else None
    return {
        "file": published.file,
        "path": str(path),
        "present": present,
        "size_bytes": published.size_bytes,
        "sha256": published.sha256 or (pin.sha256 if pin else None),
        "url": published.url,
        "licence": published.licence,
        "source": published.source,
    }


@weights_app.command("verify")
def verify_weights(fetched: FetchedOption = None, as_json: JsonFlag = False) -> None:
    """Check every weights file against its digests; exit code 1 when one differs.

    Published files that were not fetched are told as absent, which is no fault.
    """
    from worker.networks.weights.manifest import read_manifest, verify  # noqa: PLC0415
    from worker.networks.weights.published import PUBLISHED, check  # noqa: PLC0415

    settings = get_settings()
    folder = fetched or settings.published_weights
    verdicts = {
        name: _verdict(partial(verify, entry))
        for name, entry in _with_int8(read_manifest(settings.weights)).items()
    }
    for name, published in PUBLISHED.items():
        is_here = (folder / published.file).exists()
        verdicts[name] = _verdict(partial(check, published, folder)) if is_here else ABSENT
    if as_json:
        typer.echo(json.dumps(verdicts, indent=2))
    else:
        for name, verdict in verdicts.items():
            hint = f" (colourway weights fetch {name})" if verdict == ABSENT else ""
            console.print(f"{name}: {verdict}{hint}", highlight=False, soft_wrap=True)
    if any(verdict not in (OK, ABSENT) for verdict in verdicts.values()):
        raise typer.Exit(1)


def _with_int8(entries: dict[str, "WeightsFile"]) -> dict[str, "WeightsFile"]:
    """All files of a manifest: each network's, and its int8 form."""
    files: dict[str, WeightsFile] = {}
    for name, entry in entries.items():
        files[name] = entry
        if entry.quantised is not None:
            files[f"{name} int8"] = entry.quantised
    return files


def _verdict(verify: Callable[[], object]) -> str:
    try:
        verify()
    except WeightsError as error:
        return str(error)
    return OK


@weights_app.command("bundle")
def bundle_weights(
    run: Annotated[Path, typer.Argument(help="A training's folder, as `colourway train` left it.")],
    into: Annotated[Path | None, typer.Option(help="Weights folder; the bundled one.")] = None,
) -> None:
    """Take a finished training's weights into the weights folder and its manifest."""
    from worker.networks.weights.manifest import adopt  # noqa: PLC0415

    for entry in adopt(run, into):
        console.print(f"{entry.network}: {entry.path} ({entry.sha256[:12]})")


@weights_app.command("blend")
def blend_weights(
    run: Annotated[Path, typer.Argument(help="A training's folder, as `colourway train` left it.")],
    other: Annotated[Path, typer.Argument(metavar="FILE", help="Weights that it went on from.")],
    *,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="For the blend and its manifest.")],
    share: Annotated[float, typer.Option(min=0, max=1, help="What the file weighs.")] = 0.3,
) -> None:
    """Take the mean of a training's weights and of those that it went on from.

    What a long training gained stays, and some of what it forgot comes back. `colourway weights
    bundle FOLDER` takes the blend.
    """
    from worker.networks.weights.blend import blend  # noqa: PLC0415

    entry = blend(run, other, share, out)
    console.print(f"{entry.network}: {entry.path} ({entry.sha256[:12]})")
