"""Catalogues made for tests: products, staged batches, uploads."""
