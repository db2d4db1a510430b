"""Which pixels speak for a colour, and which colours they show."""
