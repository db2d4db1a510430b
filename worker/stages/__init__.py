"""The stages of the road, one file each; ``worker/pipeline.py`` puts them in order."""
