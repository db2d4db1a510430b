"""Learning what people call colours, from words that shops and surveys give them."""
