"""Every table of ours: whoever imports this knows all of them, whichever module defines them."""

from typing import Final

from shared.database import (
    change_rows,
    decision_rows,
    models,
    search_rows,
    web_tables,
    worker_row,
)
from shared.database.base import Row

DEFINED_IN: Final = (
    models,
    change_rows,
    decision_rows,
    search_rows,
    web_tables,
    worker_row,
)
"""The modules that define tables; a new one is added here."""

METADATA: Final = Row.metadata
