"""Packshots: products alone on plain paper."""
