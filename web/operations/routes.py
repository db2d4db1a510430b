"""The routes of ``web/operations``."""

from typing import Final

from fastapi import APIRouter

router: Final = APIRouter()
