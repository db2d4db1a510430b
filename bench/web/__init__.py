"""Benchmarks of the page: what each page takes, and what many people at once are answered."""
