"""Benchmarks: each file of a group prints the figures that its first line names."""
