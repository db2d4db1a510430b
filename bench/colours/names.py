"""Names: how far colours are from theirs, when families agree, how fast all are renamed."""

from bench.catalogue import rename
from bench.colours.scope import Scope
from bench.naming import margin
from bench.naming.families import print_gaps
from shared.colour.naming import Naming

PRODUCTS = 200_000


def table(scope: Scope) -> None:
    """Print the figures of names; the margin is chosen on training photos, whatever the scope."""
    del scope
    print_gaps(Naming.load())
    print()
    margin.main()
    print()
    rename.main(PRODUCTS, None, None)
