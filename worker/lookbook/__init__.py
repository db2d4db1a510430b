"""Lookbook: draws product pictures whose garments, skin and hair are known exactly.

The demo shows them, tests check against them, and training draws from them by thousands.
"""

from worker.lookbook.look import Look, render

__all__ = ["Look", "render"]
