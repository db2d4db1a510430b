"""What producer and worker share: contracts, settings, tables, the ledger, queue and storage.

This package imports neither side. See ``docs/`` for the flow and the glossary.
"""
