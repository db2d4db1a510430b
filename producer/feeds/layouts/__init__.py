"""Layouts: how shop systems arrange products in the files that they export.

One module for each; :mod:`producer.feeds.layouts.table` lists them. A layout is told from the
header, and turns its rows into records with our own columns.
"""
