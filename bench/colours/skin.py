"""Skin in clothes: how often the warning comes when it should, and when it should not."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from bench.colours.photos import agrees, primary
from bench.colours.scope import Scope, shown
from shared.colour.naming import Naming
from shared.contracts.results import Region
from shared.settings import get_settings
from worker.analysis.networks import build_networks
from worker.imaging.colours.leaks import LEAST_SHARE, skin_share
from worker.imaging.colours.sample import working_picture
from worker.imaging.regions import CLOTHES, SKIN, LabelMap, Pixels
from worker.stages.colours import colours
from worker.stages.grey_fill import grey_fill, widen
from worker.stages.mask import mask
from worker.stages.segment import mean_confidence, segment

# From this part of the clothes on, skin is a leak that somebody should look at.
LEAK: Final = 0.1


@dataclass
class Cases:
    """Measured shares of skin in clothes, and those that are true."""

    measured: list[float] = field(default_factory=list)
    true: list[float] = field(default_factory=list)

    def row(self, name: str) -> str:
        """Photos with a leak and alarms among them; photos without and false alarms."""
        true, alarm = np.array(self.true) >= LEAK, np.array(self.measured) >= LEAST_SHARE
        return (
            f"{name:42}{true.sum():7}{(alarm & true).sum():8}{(~true).sum():10}"
            f"{(alarm & ~true).sum():8}"
        )


def table(scope: Scope) -> None:
    """Print alarms on labelled regions, on leaks that were made, and on the regions found."""
    photos = scope.photos()
    if photos is None:
        return
    folder, ids = photos
    naming, networks = Naming.load(), build_networks(get_settings())
    labelled, made, found = Cases(), Cases(), Cases()
    sure: list[tuple[float, bool]] = []
    for photo_id in shown(ids, "photos"):
        pixels, labels = folder.photo(photo_id), folder.labels(photo_id)
        note(labelled, pixels, labels, labels, naming)
        note(made, pixels, leaking(labels), labels, naming)
        subject = mask(pixels, networks.person)
        if subject is None:
            continue
        visible = widen(subject.mask)
        segments = segment(grey_fill(pixels, visible), visible, networks.generator)
        note(found, pixels, segments.labels, labels, naming)
        one, other = primary(pixels, labels, naming), primary(pixels, segments.labels, naming)
        if one and other:
            confidence = subject.score * mean_confidence(segments.confidence, subject.mask)
            sure.append((confidence, agrees(one, other)))
    print(f"{len(ids)} photos ({scope.which}). A leak: skin is {LEAK:.0%} of the clothes or more.")
    print(f"{'':42}{'leaks':>7}{'alarms':>8}{'no leak':>10}{'alarms':>8}")
    print(labelled.row("labelled regions"))
    print(made.row("the same, lower half of the skin as clothes"))
    print(found.row("regions found by the networks"))
    print("\nConfidence of the found regions, and whether their family is the labelled one's")
    sure.sort()
    for part in np.array_split(np.array(sure), 5):
        print(f"{part[0, 0]:.3f} to {part[-1, 0]:.3f}: {part[:, 1].mean():6.1%} of {len(part)}")
    print("lowest ten:", "  ".join(f"{c:.3f}{'' if same else ' other'}" for c, same in sure[:10]))


def note(cases: Cases, pixels: Pixels, labels: LabelMap, truth: LabelMap, naming: Naming) -> None:
    """Measure one photo."""
    clothes = labels == CLOTHES
    if not clothes.any():
        return
    working = working_picture(pixels, labels)
    skin = colours(working, naming)[Region.SKIN]
    cases.measured.append(skin_share(working, tuple(shade.lab for shade in skin)))
    cases.true.append(float((truth[clothes] == SKIN).mean()))


def leaking(labels: LabelMap) -> LabelMap:
    """The lower half of the skin taken for clothes."""
    rows = np.nonzero(labels == SKIN)[0]
    changed = labels.copy()
    if len(rows):
        lower = np.indices(labels.shape)[0] > np.median(rows)
        changed[(labels == SKIN) & lower] = CLOTHES
    return changed
