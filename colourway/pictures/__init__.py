"""What ``colourway picture`` does: pictures analysed one by one, without feed or database."""
