"""The web hook's own: bodies and turns that are bounded, readiness, and its description."""
