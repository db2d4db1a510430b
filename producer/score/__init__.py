"""Score: how often a catalogue's own words for colours agree with what was found."""
