"""Commands that need both producer and worker."""
