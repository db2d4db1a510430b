"""Benchmarks of upload events."""
