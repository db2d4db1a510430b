"""The worker's commands; each file holds one command or one group of commands."""
