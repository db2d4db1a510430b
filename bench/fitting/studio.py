"""A studio's catalogue with colour words, as the pipeline sees it: ``../shared/catalogue``.

Of its 202 pictures those count whose word fits the picture by eye.
"""

import csv
import hashlib
import json
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from bench.fitting.samples import Sample, Words

CATALOGUE: Final = Path("../shared/catalogue")
KEPT: Final = Path("runs/catalogue.json")


def studio(words: Words, kept: Path = KEPT) -> list[Sample]:
    """The pictures whose word fits them by eye; none where the catalogue is not there.

    Args:
        words: reads words and kinds.
        kept: what the pipeline found in the pictures; made where it is missing. Delete it when the
            networks change.
    """
    if not CATALOGUE.is_dir():
        return []
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(looked_at()), "utf-8")
    rows = cast("list[dict[str, Any]]", json.loads(kept.read_text("utf-8")))
    agreeing = [row for row in rows if row["seen_by_eye"] == "agrees"]
    return [sample for row in agreeing if (sample := _sample(row, words)) is not None]


def _sample(row: dict[str, Any], words: Words) -> Sample | None:
    analysis, families = row["analysis"], words.families(row["shop_colour"])
    if not families:
        return None
    shares = np.array([shade["share"] for shade in analysis["colours"]])
    # The colours of one style go together: else each would be named by its own sisters.
    style = row["sku"].partition("-")[0]
    return Sample(
        np.array([shade["lab"] for shade in analysis["colours"]], float).reshape(-1, 3),
        shares / shares.sum(),
        words.presentations.of(analysis["subject"], row["category"]),
        row["shop_colour"],
        families,
        int(hashlib.sha256(style.encode()).hexdigest()[:12], 16),
        analysis["confidence"],
    )


def looked_at() -> list[dict[str, Any]]:
    """Analyse every picture of the catalogue, with its category."""
    # Here, since nothing else needs the networks.
    from worker.analysis.analyzer import Analyzer  # noqa: PLC0415

    analyzer = Analyzer.load()
    with (CATALOGUE / "labels.csv").open(encoding="utf-8", newline="") as file:
        return [
            {
                **row,
                "analysis": analyzer.analyze(CATALOGUE / row["picture"], row["category"]).to_json(),
            }
            for row in csv.DictReader(file)
        ]
