"""The ablations' results as tables in Markdown and as bar charts."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from matplotlib.figure import Figure

from worker.evaluation.markdown import table
from worker.training.ablations.compare import BASE

TITLES: Final = {
    "losses": "Losses",
    "classes": "Classes",
    "fills": "What hides the background",
    "networks": "Networks",
}
# Per group: what the base is called there, and its recipe's field that the group varies.
BASE_NAMES: Final = {"losses": "all", "classes": "4", "fills": "grey", "networks": "compact"}
COLUMNS: Final = {
    "mean_iou": "true mask",
    "found_mean_iou": "end to end",
    "found_skin": "skin",
    "found_hair": "hair",
    "found_clothes": "clothes",
}
AGREEMENT: Final = "HSV = nearest"

Results = Sequence[Mapping[str, Any]]


def tables(results: Results, facts: Mapping[str, Mapping[str, float]]) -> str:
    """One table a group, each with the base first.

    Args:
        results: what :class:`~worker.training.ablations.compare.AblationRuns` gives, base first.
        facts: by name of the fill, as :func:`worker.training.ablations.fill_facts.fill_facts`
        gives them.
    """
    sections = [_section(group, _rows(results, group), facts) for group in _groups(results)]
    return "\n".join(sections)


def draw_bars(results: Results, target: Path) -> None:
    """Draw mean IoU, with the true mask and end to end, of every group as a PNG."""
    groups = _groups(results)
    figure = Figure(figsize=(11, 2.6 + 1.9 * len(groups)), layout="constrained")
    counts = [len(_rows(results, group)) for group in groups]
    drawn = figure.subplots(len(groups), 1, squeeze=False, height_ratios=counts)[:, 0]
    for axes, group in zip(drawn, groups, strict=True):
        rows = _rows(results, group)
        names = [name for name, _ in rows]
        for shift, key, colour in (
            (-0.2, "mean_iou", "#8fb3d9"),
            (0.2, "found_mean_iou", "#1f4e79"),
        ):
            values = [figures[key] for _, figures in rows]
            places = [place + shift for place in range(len(rows))]
            bars = axes.barh(places, values, 0.38, color=colour, label=COLUMNS[key])
            axes.bar_label(bars, fmt="%.3f", padding=3, fontsize=8)
        axes.set(title=TITLES[group], xlim=(0, 1), yticks=range(len(rows)), yticklabels=names)
        axes.invert_yaxis()
        axes.spines[["top", "right"]].set_visible(False)
    drawn[0].legend(loc="lower right", fontsize=8)
    drawn[-1].set_xlabel("mean IoU of the four regions")
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, dpi=100)


def _groups(results: Results) -> list[str]:
    """Groups that hold more than the base."""
    others = {result["group"] for result in results if result["name"] != BASE}
    return [group for group in TITLES if group in others]


def _rows(results: Results, group: str) -> list[tuple[str, dict[str, float]]]:
    """Name and figures of each row of a group; the base first, under the group's name for it."""
    rows = []
    for result in results:
        if result["name"] != BASE and result["group"] != group:
            continue
        name = str(result["name"]).removeprefix("fill-").removesuffix("-classes")
        shown = BASE_NAMES[group] if result["name"] == BASE else name
        cost = {"step_s": result["step_s"], "parameters": result["parameters"]}
        rows.append((shown, {**result["figures"], **cost}))
    return rows


def _section(
    group: str,
    rows: list[tuple[str, dict[str, float]]],
    facts: Mapping[str, Mapping[str, float]],
) -> str:
    columns = dict(COLUMNS)
    if group == "classes":
        columns |= {"found_classes": "mean IoU of all classes", "found_agreement": AGREEMENT}
    if group in {"losses", "networks"}:
        columns |= {"found_agreement": AGREEMENT, "step_s": "s a step"}
    if group == "networks":
        columns |= {"parameters": "parameters"}
    shown = [(name, [_cell(key, figures[key]) for key in columns]) for name, figures in rows]
    titles = list(columns.values())
    if group == "fills" and facts:
        titles += ["from zero", "outline alike", "ΔE at the outline"]
        shown = [(name, cells + _fact_cells(facts[name])) for name, cells in shown]
    rows_of_cells = [[name, *cells] for name, cells in shown]
    return f"### {TITLES[group]}\n\n{table(['', *titles], rows_of_cells)}\n"


def _fact_cells(facts: Mapping[str, float]) -> list[str]:
    return [f"{facts['from_zero']:.2f}", f"{facts['alike']:.0%}", f"{facts['contrast']:.0f}"]


def _cell(key: str, value: float) -> str:
    if key == "parameters":
        return f"{value / 1e6:.1f} M"
    return f"{value:.2f}" if key == "step_s" else f"{value:.3f}"
