"""Commands of the page: its users and its keys."""
