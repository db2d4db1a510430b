"""Labelled photos: their files, their classes, and colours to show them in."""
