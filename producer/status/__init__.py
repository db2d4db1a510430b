"""Status: what is done, how fast, and what more would take."""
