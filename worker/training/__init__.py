"""Training of both networks; never imported by the pipeline."""
