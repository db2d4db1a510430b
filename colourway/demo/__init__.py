"""The demo: a shop that draws its own catalogue, and the check of what was found."""
