"""Review: queues, and decisions about results."""
