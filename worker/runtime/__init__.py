"""The runtime: processes, leases and threads around the pipeline."""
