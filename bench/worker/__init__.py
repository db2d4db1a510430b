"""How fast a worker is, alone and with others, and how much memory it takes."""
