"""The stages of the pipeline; ``worker/pipeline.py`` puts them in order."""
