"""Colours: CIELAB, differences, names, families and patterns."""
