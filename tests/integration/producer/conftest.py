"""What every test of the producer's commands may ask for by name."""

from tests.support.catalogue.renamed import clock, ledger, new, old, small_pages
from tests.support.catalogue.shell import shell

__all__ = ["clock", "ledger", "new", "old", "shell", "small_pages"]
