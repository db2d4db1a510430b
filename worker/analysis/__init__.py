"""What is said of one picture: pixels in, colours and cut-out out; no feed, database or store."""
