"""Products: the grid, search, one product, and its pictures."""
