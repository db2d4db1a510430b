"""Training of the networks; never imported by the pipeline."""
