"""Benchmarks: each file prints the figures that its first line names."""
