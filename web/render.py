"""Templates filled: pages, and fragments of pages for HTMX."""

from importlib.resources import files
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shared.redaction import public_url
from web.csrf import csrf_token
from web.in_words import in_words
from web.static_files import static_url
from web.visit import keep_visit

TEMPLATES: Final = Environment(
    loader=FileSystemLoader(str(files("web") / "templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,  # else each use looks whether the file has changed
)
TEMPLATES.filters["thousands"] = "{:,}".format
TEMPLATES.filters["public_url"] = public_url
TEMPLATES.filters["in_words"] = in_words
TEMPLATES.globals["static_url"] = static_url  # pyright: ignore[reportArgumentType]


def render(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a template of ``web/templates`` filled with values; see :mod:`web` for the others."""
    text = TEMPLATES.get_template(template).render(
        request=request,
        viewer=getattr(request.state, "viewer", None),
        csrf_token=csrf_token(request),
        navigation=request.app.state.navigation,
        sign_in=request.app.state.sign_in,
        **values,
    )
    response = HTMLResponse(text, status)
    keep_visit(request, response)
    return response
