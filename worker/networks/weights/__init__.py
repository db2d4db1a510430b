"""The networks' weights: files, manifest, digests, and the download of published ones."""
