"""When a colour lies between two families; apart from naming, so that reading needs no NumPy."""

from typing import Final

ABSTAIN: Final = 0.15
"""A second family is given where it is at least so probable (``make bench ONLY=reliability``)."""
