"""The schema's history: one file a step, applied by ``colourway db upgrade``."""
