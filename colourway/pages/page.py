"""Writing a page: one HTML file, made from a template, that needs no other file."""

from pathlib import Path

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from shared.errors import ColourwayError
from shared.storage.atomic_write import atomic_file


def write_page(path: Path, template: str, values: dict[str, object]) -> None:
    """Write a template, filled with the values, to ``path``: complete, or not at all.

    Missing folders are made. Raises :class:`~shared.errors.ColourwayError` where it cannot be
    written.
    """
    environment = Environment(
        loader=ChoiceLoader([PackageLoader("colourway.pages"), PackageLoader("web", "static")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    html = environment.get_template(template).render(values)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(path) as file:
            file.write(html.encode("utf-8"))
    except OSError as error:
        raise ColourwayError(f"cannot write {path}: {error.strerror or error}") from error
