"""Benchmarks of the page: what pages take, many people at once, and what they decide."""
