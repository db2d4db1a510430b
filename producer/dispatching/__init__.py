"""Dispatching: publishing notifications for jobs that are due."""
