"""The front door's own commands, which need both producer and worker."""
