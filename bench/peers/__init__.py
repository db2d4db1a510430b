"""Comparisons with others' software, each in an environment of its own."""
