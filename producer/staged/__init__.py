"""Staged batches: what their results would change, promoting them, rolling them back."""
