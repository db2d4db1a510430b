"""The command ``weights quantise``: the networks in int8."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from shared.cli.progress import ProgressBar
from shared.settings import get_settings

if TYPE_CHECKING:
    from worker.imaging.labels.ccp import LabelledFolder
    from worker.imaging.regions import Pixels


def quantise_weights(
    dataset: Annotated[
        Path, typer.Argument(help="Folder with photos/*.jpg of people; labels are not read.")
    ],
    *,
    photos: Annotated[int, typer.Option(min=1, help="How many to look at, at random.")] = 200,
    seed: Annotated[int, typer.Option(help="Which ones.")] = 0,
    into: Annotated[
        Path | None, typer.Option(help="Weights folder with the networks; else the one in use.")
    ] = None,
    network: Annotated[
        list[str] | None,
        typer.Option(help="Only this one, by its name in the manifest; may be given again."),
    ] = None,
) -> None:
    """Make the networks' int8 forms, which take half of the processor time, and name them.

    Photos of the validation split are left out. Takes a minute, and the package nncf
    (`pip install 'colourway[train]'`). See with `colourway evaluate` what it cost.
    """
    from worker.analysis.networks import networks_of  # noqa: PLC0415
    from worker.imaging.labels.ccp import LabelledFolder  # noqa: PLC0415
    from worker.networks.weights.manifest import BUNDLED  # noqa: PLC0415
    from worker.training.quantised import quantise_networks  # noqa: PLC0415

    settings = get_settings() if into is None else get_settings(weights=into)
    known = networks_of(settings.weights)
    if unknown := sorted(set(network or ()) - set(known)):
        raise typer.BadParameter(
            f"{', '.join(unknown)}: the networks are {', '.join(known)}", param_hint="--network"
        )
    folder = LabelledFolder(dataset)
    ids = [photo_id for photo_id in folder.ids() if photo_id not in folder.held_out()]
    chosen = random.Random(seed).sample(ids, min(photos, len(ids)))  # noqa: S311 - no secret
    progress = ProgressBar(Console(stderr=True))
    with progress.doing("Looking at photos", len(chosen)):
        made = quantise_networks(
            settings,
            _told(folder, chosen, progress),
            settings.weights or BUNDLED,
            network or (),
        )
    for entry in made:
        typer.echo(f"{entry.network}: {entry.path} ({entry.sha256[:12]})")


def _told(folder: "LabelledFolder", ids: list[str], progress: ProgressBar) -> Iterator["Pixels"]:
    for photo_id in ids:
        yield folder.photo(photo_id)
        progress.step()
