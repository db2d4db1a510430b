"""The parts of the page: each a router of its own folder, and where it stands in the navigation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from fastapi import APIRouter

from shared.contracts.web_roles import WebRole
from web.api.analysis import MOST_BYTES
from web.api.routes import router as api
from web.operations.routes import router as operations
from web.products.routes import router as products
from web.review.routes import router as review
from web.users.routes import router as users


@dataclass(frozen=True, slots=True)
class PagePart:
    """A capability: its routes, and the entry of the navigation that leads to it."""

    router: APIRouter
    title: str = ""
    """What the navigation says; empty for a part that it does not have."""
    path: str = ""
    """Where it leads; the entry is the current one on every path that begins so."""
    also_at: frozenset[str] = frozenset()
    """Paths of other parts on which the entry is the current one, too."""
    role: WebRole = WebRole.LOOK
    """Who sees the entry. The routes themselves say who may what."""
    in_schema: bool = False
    """Whether OpenAPI describes the routes."""
    larger_bodies: Mapping[str, int] = field(default_factory=dict[str, int])
    """Paths whose requests may have more bytes than usual, and how many."""


PARTS: Final = (
    PagePart(products, "Products", "/products"),
    PagePart(review, "Review", "/review", role=WebRole.REVIEW),
    PagePart(operations, "Operations", "/operations", frozenset({"/trail"}), WebRole.OPERATE),
    PagePart(api, in_schema=True, larger_bodies={"/api/v1/analyze": MOST_BYTES}),
    PagePart(users),
)
