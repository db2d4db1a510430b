"""Every route of the page, as it is registered: what is tried on one is tried on all."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel

from web.parts import PARTS


@dataclass(frozen=True, slots=True)
class PageRoute:
    """A route: its method, its path with names in braces, and the fields that it reads."""

    method: str
    path: str
    queries: tuple[str, ...]
    forms: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def changes(self) -> bool:
        """Whether it is asked for by a method that changes something."""
        return self.method != "GET"

    def address(self, value: str = "1") -> str:
        """Return its path with the same value for every name."""
        parts = self.path.replace("{key:path}", "{}").replace("{sku:path}", "{}").split("/")
        return "/".join(value if part.startswith("{") else part for part in parts)


def page_routes() -> list[PageRoute]:
    """Return all routes of all parts."""
    return [each for part in PARTS for each in _walk(part.router, "")]


def _walk(router: APIRouter, prefix: str) -> Generator[PageRoute]:
    for route in router.routes:
        if isinstance(route, APIRoute):
            queries = _names(route.dependant.query_params)
            forms = _names(route.dependant.body_params)
            for method in sorted(route.methods):
                yield PageRoute(method, prefix + route.path, queries, forms)
        else:  # a router that was included in this one
            included: Any = route
            yield from _walk(included.original_router, prefix + router.prefix)


def _names(fields: list[Any]) -> tuple[str, ...]:
    names: list[str] = []
    for field in fields:
        kind = field.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            names += kind.model_fields
        else:
            names.append(field.alias)
    return tuple(names)
