"""Derive a scoring module from the author's own cells, and prove that it gives their numbers."""
