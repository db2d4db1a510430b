"""Labels that people give by eye: sheets to look at, answers to read, and what comes of both."""
