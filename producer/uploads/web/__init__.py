"""The web hook's own: readiness, and its description."""
