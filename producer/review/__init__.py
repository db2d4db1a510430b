"""Review queues: products chosen for people to look at, how far they are, and what it shows."""
