"""Enqueue: a feed becomes products, pictures and jobs."""
