"""What producer and worker both know: words, settings, rows, the ledger and the storage.

This package imports neither side. See ``docs/`` for the flow and the glossary.
"""
