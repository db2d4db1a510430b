"""The routes of ``web/review``."""

from typing import Final

from fastapi import APIRouter

router: Final = APIRouter()
