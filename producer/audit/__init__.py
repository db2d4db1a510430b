"""Audit: where a catalogue's words and pictures disagree."""
