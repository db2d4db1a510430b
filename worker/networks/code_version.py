"""Which code networks are built and traced by."""

import hashlib
from pathlib import Path
from typing import Final

import worker

_TRACED: Final = ("networks", "imaging")
"""Folders whose code decides what a network computes."""


def code_version() -> str:
    """Hex digest of that code."""
    root = Path(worker.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(path for folder in _TRACED for path in (root / folder).rglob("*.py")):
        digest.update(f"{path.relative_to(root)}\n".encode() + path.read_bytes())
    return digest.hexdigest()
