"""Signing in and out, and the audit trail."""
