"""What is measured of colours: `make bench-colours` prints all of it."""
