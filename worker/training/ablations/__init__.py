"""Ablations: generators that differ in one thing each, and what comes of it."""
