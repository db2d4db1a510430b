"""Pages: one HTML file each, made from a template, that needs nothing else."""

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined


def write_page(path: Path, template: str, values: dict[str, object]) -> None:
    """Write a template, filled with the values, to ``path``: whole or not at all."""
    environment = Environment(
        loader=PackageLoader("colourway.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    html = environment.get_template(template).render(values)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(html, encoding="utf-8")
    unfinished.replace(path)
