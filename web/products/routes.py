"""The routes of ``web/products``."""

from typing import Final

from fastapi import APIRouter

router: Final = APIRouter()
