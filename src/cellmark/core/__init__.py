"""Nouns and rules. No input or output, no pandas, no SQL."""
