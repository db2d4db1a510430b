"""Commands that have pictures done again, or that change stored answers."""
