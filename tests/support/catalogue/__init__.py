"""Catalogues made for tests: products, held batches, uploads."""
