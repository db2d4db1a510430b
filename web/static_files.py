"""Styles, scripts and icons: files of the package, whose addresses change with their content."""

from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Final

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER: Final = Path(str(files("web") / "static"))


@cache
def static_url(name: str) -> str:
    """Return the address of a file of ``web/static``; a new content gives a new one."""
    digest = sha256((FOLDER / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:12]}"


class PackagedFiles(StaticFiles):
    """Serves them; what is asked for by its digest may be kept for ever."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file."""
        response = await super().get_response(path, scope)
        kept = b"v=" in scope["query_string"]
        response.headers["Cache-Control"] = "max-age=31536000, immutable" if kept else "no-cache"
        return response
