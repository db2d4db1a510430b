"""Where a body, its head, and each piece of an outfit lie."""
