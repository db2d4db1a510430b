"""What the parts of the page share of the catalogue: filters of a request, pictures, cards."""
