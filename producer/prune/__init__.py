"""Pruning: deleting the stored pictures that no row names any more."""
