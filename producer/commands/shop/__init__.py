"""Commands for a shop: what leaves the catalogue, and checks of what left it."""
