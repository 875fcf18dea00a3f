"""The scoring path as a module: steps.py, with the author's functions and classes."""
