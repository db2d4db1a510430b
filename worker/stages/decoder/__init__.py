"""Decoding apart from everything else: processes that hold no secret and can be lost.

``open_decoder`` gives the worker its decoder. ``serve`` is what runs in such a process.
"""
