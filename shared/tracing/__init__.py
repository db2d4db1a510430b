"""Traces for OpenTelemetry: from an upload event or an enqueue to a picture's record."""
