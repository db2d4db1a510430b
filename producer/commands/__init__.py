"""The producer's commands; each file holds one command, or a pair that undo each other."""
