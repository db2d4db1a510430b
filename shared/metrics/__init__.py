"""Metrics for Prometheus: what is counted, how the pipeline counts it, and how it is served."""
