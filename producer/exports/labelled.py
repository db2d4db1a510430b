"""A labelled set: what people decided, beside what was measured when they did.

``colour`` is the word by which others read it: ``colourway score FEED --labels FILE --measured``
compares it with what is measured today, and ``python -m bench.fitting.learn --words FILE`` learns
from it.
"""

import csv
import json
from io import TextIOWrapper
from typing import Any, BinaryIO, Final

from producer.catalogue.reader import AnsweredProduct
from producer.exports.formats import ExportFormat, LeftOut
from shared.contracts.decisions import DecisionRecord
from shared.errors import SettingsError
from shared.spreadsheet_cells import inert_row

FORMS: Final = (ExportFormat.CSV, ExportFormat.JSONL)
"""The forms in which a labelled set is written."""

LABELLED: Final = (
    *("catalogue", "sku", "title", "category", "image_url", "image_sha256", "subject"),
    *("colour", "ruling", "family_second", "colour_name", "colour_hex", "piece"),
    *("measured_family", "measured_family_second", "measured_name", "measured_hex"),
    *("measured_piece", "measured_confidence", "shades", "pipeline_version", "naming_version"),
    *("decided_by", "decided_at", "version"),
)
"""The columns in their order; ``colour`` is the decided family, empty where the product is not in
its picture. ``shades`` are the measured colours: CIELAB and share, parted by strokes."""


class LabelledWriter:
    """Writes labels as CSV with a header, or as JSON lines; see :mod:`producer.exports.formats`.

    ``plain_cells`` writes CSV as it is, though a spreadsheet may take a cell for a formula. Raises
    SettingsError for a form other than :data:`FORMS`.
    """

    def __init__(self, form: ExportFormat, file: BinaryIO, *, plain_cells: bool = False) -> None:
        if form not in FORMS:
            raise SettingsError(f"--decisions are written as {' or '.join(FORMS)}, not as {form}")
        self._form, self._plain_cells = form, plain_cells
        self._text = TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        self._rows = csv.writer(self._text, lineterminator="\r\n")
        if form is ExportFormat.CSV:
            self._rows.writerow(LABELLED)

    def add(self, product: AnsweredProduct) -> None:
        """See :class:`producer.exports.formats.Writer`."""
        if product.decision is None:
            raise LeftOut("nobody has decided on it")
        label = label_of(product, product.decision)
        if self._form is ExportFormat.CSV:
            cells = [label[column] for column in LABELLED]
            self._rows.writerow(cells if self._plain_cells else inert_row(cells))
        else:
            self._text.write(json.dumps(label, ensure_ascii=False) + "\n")

    def end(self) -> None:
        """See :class:`producer.exports.formats.Writer`."""
        self._text.detach()  # closing the wrapper would close the file, which is not ours


def label_of(product: AnsweredProduct, decision: DecisionRecord) -> dict[str, Any]:
    """Return one label, its values by :data:`LABELLED`."""
    decided, measured = decision.colour, decision.measured
    return {
        "catalogue": product.catalogue,
        "sku": product.sku,
        "title": product.title,
        "category": product.category,
        "image_url": next(iter(product.urls), None),
        "image_sha256": measured.image_sha256,
        "subject": product.subject,
        "colour": decided.family,
        "ruling": decision.ruling.value,
        "family_second": decided.family_second,
        "colour_name": decided.name,
        "colour_hex": decided.hex,
        "piece": decided.piece,
        "measured_family": measured.family,
        "measured_family_second": measured.family_second,
        "measured_name": measured.name,
        "measured_hex": measured.hex,
        "measured_piece": measured.piece,
        "measured_confidence": measured.confidence,
        "shades": _shades(decision),
        "pipeline_version": measured.pipeline_version,
        "naming_version": measured.naming_version,
        "decided_by": decision.decided_by,
        "decided_at": decision.decided_at.isoformat(),
        "version": decision.version,
    }


def _shades(decision: DecisionRecord) -> str:
    from shared.colour.cielab import hex_to_rgb, rgb_to_lab  # noqa: PLC0415 - loads NumPy

    told: list[str] = []
    for colour, share in decision.measured.colours:
        lightness, a, b = (float(value) for value in rgb_to_lab(hex_to_rgb(colour)))
        told.append(f"{lightness:.1f} {a:.1f} {b:.1f} {share:.3f}")
    return " | ".join(told)
