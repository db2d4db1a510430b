"""Patterns: what is woven into or printed on a cloth, told from the pixels of the piece."""
