"""The commands ``decisions`` and ``review``: what people decide, and the queues they go through."""
