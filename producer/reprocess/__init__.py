"""Reprocessing: which pictures are done again, and opening their jobs."""
