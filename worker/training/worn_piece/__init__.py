"""Training of the network that says where a piece is which a shop names."""
