"""Evaluation: figures on labelled photos."""
