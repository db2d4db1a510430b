"""The routes of ``web/api``."""

from typing import Final

from fastapi import APIRouter

router: Final = APIRouter()
