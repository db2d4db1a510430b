"""Colour names and families: how far apart, how well read."""
