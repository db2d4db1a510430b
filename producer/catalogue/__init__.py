"""What the catalogue holds: products as they were answered, by id or by name."""
