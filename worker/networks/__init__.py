"""The networks, their layers and their weights. Knows nothing of jobs, rows or queues."""
