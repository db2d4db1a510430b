"""Storage: pictures in a folder or in S3, and files that are written whole or not at all."""
