"""Rename: stored colours named by another table, without looking at any picture."""
