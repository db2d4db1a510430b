"""Decisions: what people say of products, stored beside what was measured, and taken back."""
