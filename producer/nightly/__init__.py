"""The nightly run: feeds enqueued and pictures rechecked at a set hour, one run a catalogue."""
