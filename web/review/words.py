"""Words that somebody began to type: what they mean, and which colour names are offered first."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from shared.catalogue.kinds import WHOLE, Piece
from shared.colour.cielab import delta_e2000
from shared.colour.naming import Naming
from shared.contracts.results import Shade
from shared.contracts.unknown_words import known_word, no_such
from shared.decisions.colour import UnknownWord

PIECES: Final = (*(piece.value for piece in Piece), WHOLE.value)
"""The pieces that may be said."""


def nearest_names(naming: Naming, shades: Sequence[Shade]) -> list[str]:
    """Return all names of colours, those nearest to the main colour first."""
    names = [row.name for row in naming.rows]
    if shades:
        far = delta_e2000(naming.centres, np.asarray(shades[0].lab))
        order = sorted(range(len(names)), key=lambda place: float(far[place]))
        names = [names[place] for place in order]
    return list(dict.fromkeys(names))


def meant_word(what: str, typed: str, words: Sequence[str]) -> str | None:
    """Return the word that was typed, or the first that begins so; None where nothing was.

    Raises UnknownWord, which says what there is.
    """
    text = typed.strip()
    if not text:
        return None
    if (found := known_word(text, words)) is not None:
        return found
    begins = (word for word in words if word.casefold().startswith(text.casefold()))
    if (found := next(begins, None)) is None:
        raise UnknownWord(f"{what}: {no_such(text[:80], words)}")
    return found
