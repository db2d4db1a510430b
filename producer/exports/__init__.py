"""Exports: a catalogue's answers as CSV, JSON Lines, Parquet, JSON-LD or a merchant feed."""
