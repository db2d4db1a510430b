"""Patterns: cloth drawn with every pattern, pieces of photos labelled by eye, and the fit."""
