"""Packshots: products alone on a plain backdrop, cut from it by their outline."""
