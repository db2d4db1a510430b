"""What tests share: servers of pictures, programs, tiny networks."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
"""The project's folder."""

CCP: Final = ROOT.parent / "shared" / "ccp"
"""Labelled photos, beside the project; not everybody has them."""
