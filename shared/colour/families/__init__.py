"""Families as people give them to colours: learned tables of probabilities, and their reader."""
